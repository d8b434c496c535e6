"""Channels are opened, renewed in time, and opened again when Zoho forgot them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_zcrm.exceptions import ConfigurationError
from django_zcrm.mirror import run_due
from django_zcrm.mirror.failures import longest_retry
from django_zcrm.mirror.health import section as mirror_section
from django_zcrm.mirror.models import Channel
from django_zcrm.mirror.module_health import count_closed_channels
from django_zcrm.mirror.notifications import channels, subscribe
from django_zcrm.mirror.notifications.channels import find_due_channels, renew
from django_zcrm.mirror.options import mirrored_models
from django_zcrm.mirror.runners.mirror_states import ensure_states
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.clock import Clock
from tests.mirror.conftest import NOTIFY_URL
from tests.mirror.failing import failing_queries

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("notified", "connection")
def test_channel_watches_mirrored_modules(zcrm_emulator: SiteEmulator) -> None:
    run_due()
    (channel,) = Channel.objects.all()
    (there,) = zcrm_emulator.org.channels.values()
    assert there.id == channel.channel_id
    assert there.notify_url == NOTIFY_URL
    assert list(there.events) == [f"{module}.all" for module in sorted(mirrored_models())]
    assert channel.expires_at == there.expiry
    life = there.expiry - timezone.now()
    assert timedelta(days=5) < life < timedelta(days=7)
    assert life / 4 - timedelta(minutes=1) < channel.renew_at - timezone.now() <= life / 2
    assert there.details["token"] not in channel.encrypted_token
    assert not find_due_channels()


def test_site_without_an_address_has_no_channels(connection: Connection) -> None:
    run_due()
    assert not Channel.objects.exists()
    with pytest.raises(ConfigurationError, match="NOTIFY_URL"):
        subscribe(connection, ["Leads.all"])


@pytest.mark.usefixtures("notified", "connection")
def test_renewal_with_shortened_expiry_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "LONG_LIFE", timedelta(days=30))  # Zoho replaces it by one hour
    run_due()
    channel = Channel.objects.get()
    assert timedelta(minutes=14) < channel.renew_at - timezone.now() <= timedelta(minutes=30)


@pytest.mark.usefixtures("notified", "connection")
def test_channel_with_late_expiry_is_not_renewed_at_every_poll(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expiry = timezone.now() + timedelta(days=300)
    monkeypatch.setattr(channels, "expiry_of", lambda outcome, default: expiry)
    run_due()
    assert Channel.objects.get().expires_at == expiry
    assert not find_due_channels()


@pytest.mark.usefixtures("notified")
def test_channel_forgotten_by_zoho_is_opened_again(
    zcrm_emulator: SiteEmulator, connection: Connection, clock: Clock
) -> None:
    run_due()
    first = Channel.objects.get()
    clock.forward(days=3, minutes=1)
    run_due()
    renewed = Channel.objects.get()
    assert renewed.expires_at is not None
    assert first.expires_at is not None
    assert renewed.expires_at > first.expires_at + timedelta(days=2)
    assert len(zcrm_emulator.requests_to("POST", "/crm/v8/actions/watch")) == 1

    zcrm_emulator.org.channels.clear()
    Channel.objects.update(renew_at=timezone.now())
    run_due()
    assert list(zcrm_emulator.org.channels) == [first.channel_id]
    assert Channel.objects.get().failures == 0


@pytest.mark.usefixtures("notified", "connection")
def test_renewal_after_killed_worker_succeeds(zcrm_emulator: SiteEmulator) -> None:
    run_due()
    Channel.objects.update(expires_at=None, renew_at=timezone.now(), lease_until=None)
    run_due()
    assert Channel.objects.get().expires_at is not None
    assert len(zcrm_emulator.org.channels) == 1


@pytest.mark.usefixtures("notified", "connection")
def test_changed_address_is_sent_at_once(zcrm_emulator: SiteEmulator, settings: Any) -> None:
    run_due()
    moved = "http://testserver/elsewhere/"
    settings.ZCRM = {**settings.ZCRM, "MIRROR": {"NOTIFY_URL": moved}}
    run_due()
    (there,) = zcrm_emulator.org.channels.values()
    assert there.notify_url == moved


@pytest.mark.usefixtures("notified", "connection")
@pytest.mark.parametrize("trouble", ["none", "forgotten", "away"])
def test_channel_without_an_address_any_more_is_closed(
    zcrm_emulator: SiteEmulator, settings: Any, admin_client: Client, trouble: str
) -> None:
    run_due()
    with_address, without = settings.ZCRM, {**settings.ZCRM, "MIRROR": {}}
    settings.ZCRM = without
    if trouble == "forgotten":
        zcrm_emulator.org.channels.clear()
    if trouble == "away":
        zcrm_emulator.fail_next(path="*/actions/watch", code="INTERNAL_ERROR", times=None)
        run_due()
        zcrm_emulator.stop_failing()
        channel = Channel.objects.get()
        assert "INTERNAL_ERROR" in channel.last_error
        assert (channel.notify_url, count_closed_channels()) == (NOTIFY_URL, 0)
        assert not find_due_channels()
        Channel.objects.update(renew_at=timezone.now())
    run_due()
    assert not zcrm_emulator.org.channels
    channel = Channel.objects.get()
    assert (channel.expires_at, channel.events, channel.last_error) == (None, [], "")
    assert not find_due_channels()
    assert count_closed_channels() == 0
    assert "closed: there is no NOTIFY_URL" in (
        admin_client.get("/admin/zcrm_mirror/channel/").content.decode()
    )
    settings.ZCRM = with_address
    run_due()
    assert list(zcrm_emulator.org.channels) == [channel.channel_id]


@pytest.mark.usefixtures("notified", "connection")
def test_failed_renewal_waits_at_most_poll_interval(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.fail_next(path="*/actions/watch", code="INTERNAL_ERROR", times=None)
    begun = timezone.now()
    run_due()
    channel = Channel.objects.get()
    assert channel.failures == 1
    assert "INTERNAL_ERROR" in channel.last_error
    assert begun < channel.renew_at < timezone.now() + timedelta(seconds=300)
    assert not channel.lease_owner


@pytest.mark.usefixtures("notified", "connection")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_response_lost", [False, True])
def test_lease_is_released_whichever_query_fails(is_response_lost: bool) -> None:
    run_due()
    for query in failing_queries(is_response_lost):
        Channel.objects.update(renew_at=timezone.now())
        (channel,) = find_due_channels()
        with query.survived():
            renew(channel)
        channel.refresh_from_db()
        assert (channel.lease_owner, channel.lease_until) == ("", None), query.sql
    assert query.number > 4
    assert channel.last_error == ""


@pytest.mark.usefixtures("notified")
def test_command_opens_and_prints_channels(
    zcrm_emulator: SiteEmulator, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("zcrm_channels")
    assert "--renew opens them" in capsys.readouterr().out
    call_command("zcrm_channels", "--renew")
    assert "watches: Accounts.all" in capsys.readouterr().out
    call_command("zcrm_channels", "--json")
    out = capsys.readouterr().out
    (channel,) = json.loads(out)
    assert channel["channel_id"] in zcrm_emulator.org.channels
    assert datetime.fromisoformat(channel["expires_at"]) > timezone.now()
    assert not any(
        subscription.details["token"] in out for subscription in zcrm_emulator.org.channels.values()
    )


@pytest.mark.slow
@pytest.mark.usefixtures("notified")
def test_thirty_days_with_zoho_away_for_eight_hours(
    zcrm_emulator: SiteEmulator, connection: Connection, clock: Clock
) -> None:
    """Whenever Zoho can be reached, the channel is open again within a poll."""
    poll = timedelta(seconds=longest_retry())
    run_due()
    begun, away = timezone.now(), (timedelta(days=6), timedelta(days=6, hours=8))
    is_away, gap, longest = False, timedelta(), timedelta()
    zcrm_emulator.org.channels.clear()  # Zoho forgets the channel when it becomes unreachable
    Channel.objects.update(renew_at=begun + away[0])
    while (age := timezone.now() - begun) < timedelta(days=30):
        if (away[0] <= age < away[1]) != is_away:
            is_away = not is_away
            if is_away:
                zcrm_emulator.fail_next(path="*", drop="before", times=None)
            else:
                zcrm_emulator.stop_failing()
        for channel in find_due_channels():
            renew(channel)
        if age > away[0]:
            is_open = any(
                subscription.expiry > clock.zoho()
                for subscription in zcrm_emulator.org.channels.values()
            )
            gap = timedelta() if is_open or is_away else gap + poll
            longest = max(longest, gap)
        is_near = away[0] - poll <= age <= away[1] + 5 * poll
        clock.forward(seconds=(poll if is_near else 12 * poll).total_seconds())
    assert longest <= poll
    assert Channel.objects.get().failures == 0
    assert len(zcrm_emulator.requests_to("POST", "/crm/v8/actions/watch")) == 2


@pytest.mark.usefixtures("notified", "connection")
def test_health_page_warns_of_a_channel_without_any_notice() -> None:
    run_due()
    words = [entry.condition.words for entry in mirror_section().entries]
    assert "no notice yet" in words
    Channel.objects.update(last_notice_at=timezone.now())
    words = [entry.condition.words for entry in mirror_section().entries]
    assert "no notice yet" not in words


@pytest.mark.usefixtures("notified")
def test_channels_are_renewed_in_slices_of_few_queries(
    zcrm_emulator: SiteEmulator, django_user_model: Any
) -> None:
    for number in range(12):
        zcrm_emulator.connect(django_user_model.objects.create_user(f"user {number}"))
    with CaptureQueriesContext(database) as queries:
        assert channels.renew_due_channels() == channels.SLICE
    assert len(queries) / channels.SLICE < 5
    assert Channel.objects.exclude(expires_at=None).count() == channels.SLICE
    assert channels.renew_due_channels() == 2
    assert channels.renew_due_channels() == 0
    spread = Channel.objects.values_list("renew_at", flat=True)
    assert max(spread) - min(spread) > timedelta(hours=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("notified")
def test_channels_are_renewed_by_a_database_that_cannot_skip_locked_rows(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MariaDB before 10.6 can lock rows, and only within a transaction."""
    ensure_states()
    channels.ensure_channels()
    monkeypatch.setattr(database.features, "has_select_for_update_skip_locked", False)
    assert channels.renew_due_channels() == 1
    assert Channel.objects.get().expires_at is not None
