"""Statements that are compiled once give the same as query sets."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from django_zcrm.mirror.models import Channel, Notice, Wakeup
from django_zcrm.mirror.statements import Parameter, Select, insert_row, insert_unless_stored

pytestmark = pytest.mark.django_db

NAMES = ("id", "events", "refused", "renew_at", "last_notice_at")


def test_compiled_query_returns_values_of_a_query_set(in_step: Channel) -> None:
    rows = Channel.objects.values_list(*NAMES)
    compiled = Select.of(rows.filter(channel_id=Parameter("id")))
    expected = rows.get(channel_id=in_step.channel_id)
    found = compiled.fetch_one("default", {"id": in_step.channel_id})
    assert found is not None
    assert tuple(found) == expected
    assert compiled.fetch_one("default", {"id": "another"}) is None


def test_inserted_row_has_values_of_a_saved_one(in_step: Channel) -> None:
    now = timezone.now()
    values: dict[str, Any] = {
        "channel_id": in_step.pk,
        "module": "Leads",
        "operation": "update",
        "ids": ["1", "2"],
        "server_time": now,
        "digest": "inserted",
        "received_at": now,
        "done_at": None,
    }
    insert_row(Notice, values, "default")
    Notice.objects.create(**{**values, "digest": "saved"})
    inserted, saved = Notice.objects.order_by("pk").values()
    assert inserted == {**saved, "id": inserted["id"], "digest": "inserted"}


def test_companion_is_inserted_with_its_row_only(in_step: Channel) -> None:
    notice = {
        "channel_id": in_step.pk,
        "module": "Leads",
        "operation": "update",
        "ids": [],
        "server_time": None,
        "digest": "same",
        "received_at": timezone.now(),
        "done_at": None,
    }
    request = {"connection_id": in_step.connection_id, "module": "Leads' 100%"}
    row, companion = (Notice, notice), (Wakeup, request)
    assert insert_unless_stored(row, companion, "default")
    assert not insert_unless_stored(row, companion, "default")
    assert not insert_unless_stored(row, None, "default")
    assert Notice.objects.count() == 1
    assert list(Wakeup.objects.values_list("connection_id", "module")) == [
        (in_step.connection_id, "Leads' 100%")
    ]
    assert not database.needs_rollback
