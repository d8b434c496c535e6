"""Pages and workers that write the same rows at the same time: none of the pages is refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction

from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.mirror.pull.storing import commit
from django_zcrm.mirror.push.outcomes import link_rows
from django_zcrm.mirror.work import Work, start_work
from django_zcrm.models import Connection
from tests.mirror.shop.models import Lead
from tests.mirror.test_apply import NOON, lead

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not database.features.has_select_for_update, reason="SQLite locks no single rows"
    ),
]

AHEAD = 0.3
"""Seconds in which a thread has come to the statement that it announced."""


@pytest.fixture
def connection(transactional_db: None) -> Connection:
    return Connection.objects.create(user_identifier="locking")


@pytest.fixture
def leads(connection: Connection) -> list[Lead]:
    """Rows whose keys and ids in Zoho have contrary orders."""
    return [
        Lead.objects.create(connection=connection, name=f"Lead {n}", zoho_id=str(10**18 + 40 - n))
        for n in range(40)
    ]


@pytest.fixture
def work(leads: list[Lead], connection: Connection) -> Work:
    """A worker that holds the mirror's lease."""
    found = start_work(MirrorState.objects.create(connection=connection, module="Leads"))
    assert found is not None
    return found


class Beside:
    """A thread that writes, and waits a second for what others have locked."""

    def __init__(self, write: Callable[[], object], until: str = "") -> None:
        """Start it, and wait until it comes to a statement that has these words."""
        self.write, self.until = write, until
        self.has_come, self.errors = threading.Event(), list[Exception]()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        if until:
            assert self.has_come.wait(30)
            time.sleep(AHEAD)

    def end(self) -> None:
        """Wait for its end. Raises what it raised."""
        self.thread.join()
        for error in self.errors:
            raise error

    def _run(self) -> None:
        try:
            if database.vendor == "mysql":
                with database.cursor() as cursor:
                    cursor.execute("SET SESSION innodb_lock_wait_timeout = 1")
            with database.execute_wrapper(self._look):
                self.write()
        except Exception as error:
            self.errors.append(error)
        finally:
            self.has_come.set()
            database.close()

    def _look(self, execute: Any, sql: str, *more: Any) -> Any:
        if self.until in sql:
            self.has_come.set()
        return execute(sql, *more)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_worker_gives_way_to_a_page(
    work: Work, leads: list[Lead], order: tuple[int, int]
) -> None:
    read = [lead(number, Last_Name=f"Read {number}") for number in (39, 40)]
    first, second = (leads[number] for number in order)
    with transaction.atomic():
        first.company = "Page"
        first.save()
        worker = Beside(lambda: commit(work, read), until="FOR UPDATE")
        second.company = "Page"
        second.save()
    worker.end()
    rows = Lead.objects.filter(pk__in=[leads[0].pk, leads[1].pk]).order_by("pk")
    assert [*rows.values_list("name", "company")] == [("Read 40", "Page"), ("Read 39", "Page")]


def test_a_worker_waits_for_rows_that_stay_locked(
    work: Work, leads: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django_zcrm.mirror.work.WAITS", (0.01, 0.01))
    with transaction.atomic():
        leads[1].company = "Page"
        leads[1].save()
        worker = Beside(lambda: commit(work, [lead(39, Last_Name="Read")]), until="FOR UPDATE")
    worker.end()
    row = Lead.objects.get(pk=leads[1].pk)
    assert (row.name, row.company) == ("Read", "Page")


def test_a_row_that_is_deleted_meanwhile_stays_away(work: Work, leads: list[Lead]) -> None:
    key = leads[1].pk
    with transaction.atomic():
        leads[1].delete()
        worker = Beside(lambda: commit(work, [lead(39, Last_Name="Read")]), until="FOR UPDATE")
    worker.end()
    assert not Lead.objects.filter(zoho_id=str(10**18 + 39)).exists()
    assert OutboxItem.objects.get().object_id == str(key)


def test_rows_that_are_pushed_wait_for_no_others(leads: list[Lead]) -> None:
    some = Lead.objects.filter(pk__in=[row.pk for row in leads[5:30]])
    with transaction.atomic():
        leads[0].company = "Page"
        leads[0].save()
        Beside(lambda: some.push(source="Pushed")).end()
    assert Lead.objects.filter(source="Pushed").count() == 25


def test_what_was_sent_is_noted_beside_other_rows(work: Work, leads: list[Lead]) -> None:
    times = {str(row.pk): (str(row.zoho_id), NOON) for row in leads[5:30]}

    def note() -> None:
        with work.commit():
            link_rows(work, times)

    with transaction.atomic():
        leads[0].company = "Page"
        leads[0].save()
        Beside(note).end()
    assert Lead.objects.filter(zoho_modified_time=NOON).count() == 25


def test_what_is_dropped_locks_rows_in_order(connection: Connection, leads: list[Lead]) -> None:
    for row in leads[:2]:
        row.company = "Dropped"
        row.save()
    Lead.objects.filter(pk=leads[0].pk).update(source="Moved")  # behind the other, in PostgreSQL
    with transaction.atomic():
        Lead.objects.select_for_update().get(pk=leads[0].pk)
        dropping = Beside(lambda: OutboxItem.objects.all().give_up(), until="mirror_shop_lead")
        Lead.objects.select_for_update().get(pk=leads[1].pk)
    dropping.end()
    assert not OutboxItem.objects.exclude(state=OutboxItem.State.DROPPED).exists()
