"""Runners with a queue: few messages, and urgent work passes a backlog."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.mirror.models import Channel, MirrorState, OutboxItem
from django_zcrm.mirror.runners import queued
from django_zcrm.mirror.runners.queued import (
    MESSAGE_SECONDS,
    find_due_mirrors,
    run_mirror,
    send_due,
)
from django_zcrm.mirror.wake import wake
from django_zcrm.models import Connection
from tests.mirror.clock import Clock
from tests.mirror.conftest import NOTIFY_URL
from tests.mirror.fleet import add_tenants
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db


def test_search_sends_no_second_message_within_the_life_of_the_first(clock: Clock) -> None:
    add_tenants(10, timezone.now())
    assert len(find_due_mirrors()) == 30
    assert find_due_mirrors() == []
    clock.forward(seconds=MESSAGE_SECONDS + 1)
    assert len(find_due_mirrors()) == 30


def test_search_sends_at_most_so_many_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queued, "MAX_MESSAGES", 8)
    add_tenants(4, timezone.now())
    counts = [len(find_due_mirrors()) for _ in range(3)]
    assert counts == [8, 4, 0]


def test_messages_are_sent_before_channels_are_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    add_tenants(2, timezone.now())
    sent: list[tuple[int, str]] = []
    before: list[int] = []
    monkeypatch.setattr(queued, "renew_due_channels", lambda: before.append(len(sent)))
    assert send_due(lambda *mirror: sent.append(mirror)) == 6
    assert before == [6]


def test_urgent_mirror_gets_another_message_before_the_others() -> None:
    tenants = add_tenants(3, timezone.now())
    assert len(find_due_mirrors()) == 9
    wake(tenants[2].pk, "Leads")
    assert find_due_mirrors() == [(tenants[2].pk, "Leads")]
    assert find_due_mirrors() == []


def test_message_of_a_backlog_does_urgent_work_first(live: Connection) -> None:
    assert len(find_due_mirrors()) > 1
    Lead.objects.create(name="Fox")
    run_mirror(live.pk, "Contacts")
    assert OutboxItem.objects.get().state == OutboxItem.State.DONE
    assert MirrorState.objects.get(module="Contacts").due > timezone.now()


def test_message_of_a_backlog_renews_a_channel(live: Connection, settings: Any) -> None:
    settings.ZCRM = {**settings.ZCRM, "MIRROR": {"NOTIFY_URL": NOTIFY_URL}}
    Channel.objects.create(connection=live, channel_id="1", organisation_id=live.organisation_id)
    run_mirror(live.pk, "Contacts")
    assert Channel.objects.get().expires_at is not None


def test_mirror_whose_connection_is_busy_gets_another_message(live: Connection) -> None:
    assert len(find_due_mirrors()) > 1
    busy = MirrorState.objects.filter(module="Leads")
    busy.update(lease_owner="a worker", lease_until=timezone.now() + timedelta(seconds=30))
    assert not run_mirror(live.pk, "Contacts")
    busy.update(lease_owner="", lease_until=None)
    assert find_due_mirrors() == [(live.pk, "Contacts")]
