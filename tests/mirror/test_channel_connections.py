"""Channels of connections that end, connect again or move, and the keys of their tokens."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.test import Client

from django_zcrm import zcrm
from django_zcrm.mirror import run_due
from django_zcrm.mirror.models import Channel, Notice
from django_zcrm.mirror.module_health import count_closed_channels, count_silent_channels
from django_zcrm.mirror.notifications import subscribe
from django_zcrm.mirror.notifications.channels import find_due_channels, renew
from django_zcrm.mirror.tenants import forget
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.conftest import Post

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("notified")
def test_subscription_outlasts_a_disconnection(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    post: Post,
    admin_client: Client,
    capsys: pytest.CaptureFixture[str],
    django_capture_on_commit_callbacks: Any,
) -> None:
    run_due()
    subscribe(connection, ["Deals.all"])
    (there,) = zcrm_emulator.org.channels.values()
    with django_capture_on_commit_callbacks(execute=True):
        zcrm.disconnect(connection)
    assert not zcrm_emulator.org.channels
    zcrm_emulator.forget_requests()
    run_due()
    call_command("zcrm_channels", "--renew", "--test")
    assert "There are no channels yet" in capsys.readouterr().out
    assert not zcrm_emulator.requests
    assert count_closed_channels() == count_silent_channels() == 0
    body = {"module": "Deals", "operation": "update", "ids": ["1"]}
    kept = Channel.objects.get()
    for channel_id in (there.id, kept.channel_id):
        for token in (there.details["token"], ""):
            forged = {**body, "channel_id": channel_id, "token": token}
            assert post(forged).status_code == 403
    page = admin_client.get("/admin/zcrm_mirror/channel/").content.decode()
    assert "not made yet" not in page
    with django_capture_on_commit_callbacks(execute=True):
        zcrm_emulator.connect()
    run_due()
    assert "Deals.all" in Channel.objects.get().events
    assert list(zcrm_emulator.org.channels) == [kept.channel_id]


@pytest.mark.usefixtures("notified", "connection")
def test_channel_of_another_organisation_is_opened_by_the_next_runner(
    other: SiteEmulator, django_capture_on_commit_callbacks: Any
) -> None:
    run_due()
    with django_capture_on_commit_callbacks(execute=True):
        other.connect()
    run_due()
    assert list(other.org.channels) == [Channel.objects.get().channel_id]


@pytest.mark.usefixtures("notified")
def test_forget_removes_notices_but_leaves_the_channel_open(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    subscribe(connection, ["Deals.all"])
    channel = Channel.objects.get()
    Notice.objects.create(channel=channel, module="Deals", operation="insert", digest="d")
    forget(connection)
    assert not Notice.objects.exists()
    assert Channel.objects.get().subscribed == ["Deals.all"]
    assert list(zcrm_emulator.org.channels) == [channel.channel_id]


@pytest.mark.usefixtures("notified")
def test_keys_can_be_rotated(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    run_due()
    before = Channel.objects.get().encrypted_token
    call_command("zcrm_rotate_keys")
    channel = Channel.objects.get()
    assert channel.encrypted_token != before
    assert renew(channel) is None


@pytest.mark.usefixtures("notified")
def test_token_with_a_lost_key_is_replaced_after_reconnecting(
    zcrm_emulator: SiteEmulator, connection: Connection, settings: Any, post: Post
) -> None:
    run_due()
    (there,) = zcrm_emulator.org.channels.values()
    body = {
        "module": "Leads",
        "operation": "update",
        "ids": ["1"],
        "channel_id": there.id,
        "token": there.details["token"],
    }

    assert post(body).status_code == 200
    settings.SECRET_KEY = "another secret key"
    settings.ZCRM = {**settings.ZCRM, "ENCRYPTION_KEYS": [Fernet.generate_key().decode()]}
    assert post(body).status_code == 403
    assert find_due_channels()
    zcrm_emulator.connect()
    run_due()
    channel = Channel.objects.get()
    assert (channel.failures, channel.last_error) == (0, "")
    (there,) = zcrm_emulator.org.channels.values()
    assert there.details["token"] != body["token"]
    body["token"] = there.details["token"]
    assert post(body).status_code == 200
