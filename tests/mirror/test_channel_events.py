"""Which events a channel watches: not those that Zoho refuses, or that it has no place for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from django_zcrm.exceptions import ApiError
from django_zcrm.mirror import run_due
from django_zcrm.mirror.models import Channel
from django_zcrm.mirror.notifications import channels, subscribe
from django_zcrm.mirror.notifications.channels import find_due_channels, renew
from django_zcrm.mirror.options import mirrored_models
from django_zcrm.mirror.runners.mirror_states import add_states
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.moving import once

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("notified")
def test_channel_with_refused_module_omits_it(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    channel = subscribe(connection, ["Leads.all", "Deals.edit", "Nonsense.all", "Users.all"])
    assert channel.events == ["Leads.all", "Deals.edit", "Users.all"]
    assert list(channel.refused) == ["Nonsense.all"]
    assert "INVALID_DATA" in channel.refused["Nonsense.all"]
    assert len(zcrm_emulator.org.channels) == 1
    calls = len(zcrm_emulator.requests)
    renew(channel)
    assert len(zcrm_emulator.requests) == calls + 1


@pytest.mark.usefixtures("notified", "connection")
def test_refused_module_is_watched_after_reconnecting(
    zcrm_emulator: SiteEmulator, django_capture_on_commit_callbacks: Any
) -> None:
    modules = zcrm_emulator.org.metadata.modules
    contacts = modules.pop("Contacts")
    run_due()
    assert list(Channel.objects.get().refused) == ["Contacts.all"]
    modules["Contacts"] = contacts
    with django_capture_on_commit_callbacks(execute=True):
        zcrm_emulator.connect()
    run_due()
    channel = Channel.objects.get()
    assert (channel.refused, "Contacts.all" in channel.events) == ({}, True)


@pytest.mark.usefixtures("notified")
def test_error_of_a_trial_that_is_not_about_events_leaves_the_channel_open(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    run_due()
    trial = "POST /crm/{version}/actions/watch"
    zcrm_emulator.fail_next(trial, bad_item=0, code="LIMIT_REACHED", status=400, times=None)
    with pytest.raises(ApiError, match="LIMIT_REACHED"):
        subscribe(connection, ["Nonsense.all"])
    channel = Channel.objects.get()
    assert (channel.failures, channel.refused) == (1, {})
    assert list(zcrm_emulator.org.channels) == [channel.channel_id]


@pytest.mark.usefixtures("notified")
@pytest.mark.parametrize("event", ["Tasks.all", "Deals.all"])
def test_event_wanted_during_a_renewal_is_watched_by_the_next(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    run_due()
    requests = {
        "Tasks.all": lambda: add_states(["Tasks"], [connection.pk]),
        "Deals.all": lambda: subscribe(connection, ["Deals.all"]),
    }
    put, request = channels._put, once(requests[event])

    def slow(*args: Any) -> Any:
        outcome = put(*args)
        request()
        return outcome

    monkeypatch.setattr(channels, "_put", slow)
    Channel.objects.update(renew_at=timezone.now())
    assert channels.renew_due_channels() == 1
    assert event not in Channel.objects.get().events
    assert channels.renew_due_channels() == 1
    assert event in Channel.objects.get().events
    assert not find_due_channels()


@pytest.mark.usefixtures("notified")
def test_modules_that_a_channel_has_no_place_for_are_named(
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    admin_client: Client,
) -> None:
    """What the project subscribed goes first, since nothing polls it; then modules by name."""
    monkeypatch.setattr(channels, "MAX_EVENTS", 3)
    run_due()
    channel = subscribe(connection, ["Users.all", "Leads.edit"])
    assert list(mirrored_models()) == ["Accounts", "Contacts", "Leads"]
    assert channel.events == ["Users.all", "Leads.all", "Accounts.all"]
    assert channel.polled_only == ["Contacts"]
    assert "these are only polled: Contacts.all" in caplog.text
    call_command("zcrm_channels")
    assert "polled only: Contacts\n" in capsys.readouterr().out
    call_command("zcrm_channels", "--json")
    assert json.loads(capsys.readouterr().out)[0]["polled_only"] == ["Contacts"]
    for page in ("", f"{channel.pk}/change/"):
        text = admin_client.get(f"/admin/zcrm_mirror/channel/{page}").content.decode()
        assert "Polled only" in text
        assert "Contacts" in text
    with pytest.raises(ValueError, match="at most 3 events in a channel, not 4"):
        subscribe(connection, ["Users.all", "Deals.edit", "Tasks.all", "Calls.all"])


@pytest.mark.usefixtures("notified")
def test_subscribe_with_invalid_event_raises(connection: Connection) -> None:
    with pytest.raises(ValueError, match="'Leads' is not an event"):
        subscribe(connection, ["Leads"])
