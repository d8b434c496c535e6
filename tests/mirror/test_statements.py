"""Statements that are compiled once give the same as query sets."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_zcrm.mirror.models import Channel, Notice, Wakeup
from django_zcrm.mirror.statements import (
    Parameter,
    Row,
    Select,
    Update,
    insert_row,
    insert_unless_stored,
    numbered,
    parameters,
    size_of,
)
from django_zcrm.models import Connection
from django_zcrm.moments import Moment
from tests.cases import check_each

pytestmark = pytest.mark.django_db


def is_mariadb() -> bool:
    return database.vendor == "mysql" and bool(getattr(database, "mysql_is_mariadb", False))


@pytest.fixture
def channel(db: None) -> Channel:
    """A channel that no emulator knows."""
    connection = Connection.objects.create(user_identifier="first", organisation_id="1")
    now = timezone.now()
    return Channel.objects.create(
        connection=connection, channel_id="1", events=["Leads.all"], expires_at=now
    )


NAMES = ("id", "events", "refused", "renew_at", "last_notice_at")


def test_compiled_query_returns_values_of_a_query_set(channel: Channel) -> None:
    rows = Channel.objects.values_list(*NAMES)
    compiled = Select.of(rows.filter(channel_id=Parameter("id")))
    expected = rows.get(channel_id=channel.channel_id)
    assert compiled.fetch(id=channel.channel_id) == [expected]
    assert compiled.fetch(id="another") == []


def test_compiled_moment_is_that_of_each_use(channel: Channel) -> None:
    compiled = Select.of(Channel.objects.filter(renew_at__lte=Moment()).values_list("pk"))
    Channel.objects.update(renew_at=timezone.now() + timedelta(hours=1))
    assert compiled.fetch() == []
    Channel.objects.update(renew_at=timezone.now())
    assert compiled.fetch() == [(channel.pk,)]


@check_each("count", range(1, 6))
def test_compiled_in_finds_rows_of_any_number_of_values(channel: Channel, count: int) -> None:
    keys = [channel.pk + number for number in range(count)]
    rows = Channel.objects.filter(pk__in=parameters("key", size_of(keys)))
    found = Select.of(rows.values_list("pk", flat=True)).fetch(**numbered("key", keys))
    assert found == keys[:1]


def test_compiled_update_sets_values_of_each_use(channel: Channel) -> None:
    field: Any = Channel._meta.get_field("events")
    rows = Channel.objects.filter(channel_id=Parameter("id"))
    compiled = Update.of(rows, events=Parameter("events", field), expires_at=Moment(60))
    for events in (["Leads.edit"], []):
        assert compiled.run(id=channel.channel_id, events=events) == 1
        before, channel = channel.expires_at, Channel.objects.get(pk=channel.pk)
        assert channel.events == events
        assert channel.expires_at is not None
        assert channel.expires_at != before
    assert compiled.run(id="another", events=[]) == 0


def test_inserted_row_has_values_of_a_saved_one(channel: Channel) -> None:
    now = timezone.now()
    values: dict[str, Any] = {
        "channel_id": channel.pk,
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


def rows_of(channel: Channel) -> tuple[Row, Row]:
    """Return a notice of a channel, and its request for work."""
    notice = {
        "channel_id": channel.pk,
        "module": "Leads",
        "operation": "update",
        "ids": [],
        "server_time": None,
        "digest": "same",
        "received_at": timezone.now(),
        "done_at": None,
    }
    request = {"connection_id": channel.connection_id, "module": "Leads' 100%"}
    return (Notice, notice), (Wakeup, request)


@pytest.mark.parametrize("in_transaction", [False, True])
@pytest.mark.django_db(transaction=True)
def test_companion_is_inserted_with_its_row_only(channel: Channel, in_transaction: bool) -> None:
    with transaction.atomic() if in_transaction else nullcontext():
        _check_companion(channel)


def _check_companion(channel: Channel) -> None:
    row, companion = rows_of(channel)
    assert insert_unless_stored(row, companion, "default")
    assert not insert_unless_stored(row, companion, "default")
    assert not insert_unless_stored(row, None, "default")
    assert Notice.objects.count() == 1
    assert list(Wakeup.objects.values_list("connection_id", "module")) == [
        (channel.connection_id, "Leads' 100%")
    ]
    assert not database.needs_rollback


@pytest.mark.django_db(transaction=True)
def test_row_whose_companion_is_refused_is_not_inserted(channel: Channel) -> None:
    row, (model, request) = rows_of(channel)
    with CaptureQueriesContext(database) as queries:
        invalid = (model, {**request, "connection_id": None})
        assert not insert_unless_stored(row, invalid, "default")
    assert not Notice.objects.exists()
    assert not Wakeup.objects.exists()
    with transaction.atomic():  # no transaction is left open
        assert insert_unless_stored(row, (model, request), "default")
        transaction.set_rollback(True)
    assert not Notice.objects.exists()
    if is_mariadb():
        assert len(queries) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("not is_mariadb()", reason="one statement of MariaDB")
def test_interrupted_transaction_of_one_statement_is_rolled_back(channel: Channel) -> None:
    row, companion = rows_of(channel)
    stored, done = threading.Event(), threading.Event()

    def store() -> None:
        try:
            with transaction.atomic():
                assert insert_unless_stored(row, companion, "default")
                stored.set()
                done.wait(20)
                transaction.set_rollback(True)
        finally:
            database.close()

    thread = threading.Thread(target=store)
    thread.start()
    try:
        assert stored.wait(20)
        with database.cursor() as cursor:
            cursor.execute("SET max_statement_time = 0.5")
        with pytest.raises(DatabaseError):  # waited for the other one's digest
            insert_unless_stored(row, companion, "default")
        assert database.connection is None
    finally:
        done.set()
        thread.join(20)
    assert insert_unless_stored(row, companion, "default")
    assert Notice.objects.count() == Wakeup.objects.count() == 1
