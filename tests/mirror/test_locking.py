"""Pages and workers that write the same rows at the same time: none of the pages is refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from django_zcrm.mirror.declared_fields import organisation_fields
from django_zcrm.mirror.leased_mirror import LeasedMirror, lease_mirror
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.mirror.pull.storing import commit
from django_zcrm.mirror.push.changes import Link
from django_zcrm.mirror.push.outcomes import link_rows
from django_zcrm.mirror.runners.holds import SLOW_SECONDS, rest
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.records import NOON, lead
from tests.mirror.shop.models import Lead

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not database.features.has_select_for_update, reason="SQLite locks no single rows"
    ),
]

AHEAD = 0.3
"""Seconds until a thread has reached the statement that it announced."""


@pytest.fixture
def connection(zcrm_emulator: SiteEmulator, transactional_db: None) -> Connection:
    return zcrm_emulator.connect()


@pytest.fixture
def leads(connection: Connection) -> list[Lead]:
    """Rows whose keys and ids in Zoho have contrary orders."""
    return [
        Lead.objects.create(connection=connection, name=f"Lead {n}", zoho_id=str(10**18 + 40 - n))
        for n in range(40)
    ]


@pytest.fixture
def mirror(leads: list[Lead], connection: Connection) -> LeasedMirror:
    """A worker that holds the mirror's lease, and knows the organisation's fields."""
    found = lease_mirror(MirrorState.objects.get(connection=connection, module="Leads"))
    assert found is not None
    organisation_fields(found)
    return found


class Beside:
    """A thread that writes. On MySQL it waits one second for locked rows."""

    def __init__(self, write: Callable[[], object], until: str = "") -> None:
        """Start it, and wait until it runs a statement with these words."""
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
def test_worker_releases_rows_for_page(
    mirror: LeasedMirror, leads: list[Lead], order: tuple[int, int]
) -> None:
    read = [lead(number, Last_Name=f"Read {number}") for number in (39, 40)]
    first, second = (leads[number] for number in order)
    with transaction.atomic():
        first.company = "Page"
        first.save()
        worker = Beside(lambda: commit(mirror, read), until="FOR UPDATE")
        second.company = "Page"
        second.save()
    worker.end()
    rows = Lead.objects.filter(pk__in=[leads[0].pk, leads[1].pk]).order_by("pk")
    assert [*rows.values_list("name", "company")] == [("Read 40", "Page"), ("Read 39", "Page")]


def test_worker_waits_for_rows_that_stay_locked(
    mirror: LeasedMirror, leads: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django_zcrm.mirror.leased_mirror.WAITS", (0.01, 0.01))
    with transaction.atomic():
        leads[1].company = "Page"
        leads[1].save()
        worker = Beside(lambda: commit(mirror, [lead(39, Last_Name="Read")]), until="FOR UPDATE")
    worker.end()
    row = Lead.objects.get(pk=leads[1].pk)
    assert (row.name, row.company) == ("Read", "Page")


def test_row_deleted_in_the_meantime_stays_deleted(mirror: LeasedMirror, leads: list[Lead]) -> None:
    key = leads[1].pk
    with transaction.atomic():
        leads[1].delete()
        worker = Beside(lambda: commit(mirror, [lead(39, Last_Name="Read")]), until="FOR UPDATE")
    worker.end()
    assert not Lead.objects.filter(zoho_id=str(10**18 + 39)).exists()
    assert OutboxItem.objects.get().object_id == str(key)


def test_workers_that_postpone_mirrors_lock_them_in_order(connection: Connection) -> None:
    first, second, *_ = MirrorState.objects.filter(connection=connection).order_by("pk")
    rows = MirrorState.objects.all()
    rows.filter(pk=first.pk).update(failures=0)  # PostgreSQL reads it after the others now
    with transaction.atomic():
        rows.filter(pk=first.pk).update(failures=1)
        worker = Beside(lambda: rest(first, SLOW_SECONDS * 2), until="mirrorstate")
        rows.filter(pk=second.pk).update(failures=1)
    worker.end()
    later = timezone.now() + timedelta(seconds=SLOW_SECONDS)
    assert {state.due > later for state in rows} == {True}


def test_rows_that_are_pushed_wait_for_no_others(leads: list[Lead]) -> None:
    some = Lead.objects.filter(pk__in=[row.pk for row in leads[5:30]])
    with transaction.atomic():
        leads[0].company = "Page"
        leads[0].save()
        Beside(lambda: some.push(source="Pushed")).end()
    assert Lead.objects.filter(source="Pushed").count() == 25


def test_results_with_other_rows_locked_are_stored(mirror: LeasedMirror, leads: list[Lead]) -> None:
    links = {str(row.pk): Link(str(row.zoho_id), NOON) for row in leads[5:30]}

    def note() -> None:
        with mirror.commit():
            link_rows(mirror, links)

    with transaction.atomic():
        leads[0].company = "Page"
        leads[0].save()
        Beside(note).end()
    assert Lead.objects.exclude(synced_at=None).count() == 25


def test_discard_locks_rows_in_order(leads: list[Lead]) -> None:
    for row in leads[:2]:
        row.company = "Discarded"
        row.save()
    Lead.objects.filter(pk=leads[0].pk).update(source="Moved")  # behind the other, in PostgreSQL
    with transaction.atomic():
        Lead.objects.select_for_update().get(pk=leads[0].pk)
        discarding = Beside(lambda: OutboxItem.objects.all().discard(), until="mirror_shop_lead")
        Lead.objects.select_for_update().get(pk=leads[1].pk)
    discarding.end()
    assert not OutboxItem.objects.exclude(state=OutboxItem.State.DISCARDED).exists()
