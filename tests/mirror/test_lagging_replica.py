"""Pages that read a replica which is behind: nothing is lost, and nothing is there twice."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django.db import connections
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pulling import do_due_work
from tests.mirror.replica import Router
from tests.mirror.shop.models import Contact

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(database.vendor != "sqlite", reason="the replica is a copy of a file"),
]

ROUNDS, LAG = 12, 4
"""The number of rounds, and after how many rounds the replica catches up."""


class LaggingRouter(Router):
    """Reads from a replica that has the rows of the primary, if not the latest."""

    def allow_relation(self, *rows: Any, **hints: Any) -> bool:
        """Let rows of the two be related: they are the same."""
        return True


@pytest.fixture
def catch_up(
    tmp_path: Path, settings: Any, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], None]]:
    """A function that brings the replica in step with the primary."""
    path = tmp_path / "replica.sqlite3"
    copy = {**connections.settings["default"], "NAME": str(path)}
    monkeypatch.setitem(connections.settings, "replica", copy)

    replica: Any = connections["replica"]

    def connect() -> None:
        # Django's own refuses what the settings did not name when the test began.
        if replica.connection is None:
            replica.connect()

    monkeypatch.setattr(replica, "ensure_connection", connect)

    def do() -> None:
        replica.close()
        with (
            closing(sqlite3.connect(connections["default"].settings_dict["NAME"])) as primary,
            closing(sqlite3.connect(path)) as copied,
        ):
            primary.backup(copied)

    do()
    settings.DATABASE_ROUTERS = [f"{__name__}.LaggingRouter"]
    yield do
    replica.close()
    del connections["replica"]


def work() -> None:
    """Do all that is due, as runners do within the next day."""
    MirrorState.objects.using("default").request_sync()
    OutboxItem.objects.filter(state__in=OutboxItem.OPEN, waits_for="").update(due=timezone.now())
    do_due_work()


def edit(chance: random.Random, number: int) -> None:
    """Do what a page does with the rows that the replica shows."""
    rows = list(Contact.objects.all())
    assert {row._state.db for row in rows} == {"replica"}
    first, second, third = chance.sample(rows, 3)
    first.first_name = f"Page {number}"
    first.save()
    Contact.objects.filter(pk=second.pk).push(first_name=f"Pushed {number}")
    if number % 5 == 0:
        third.delete()
    Contact.objects.create(last_name=f"Made {number}", email=f"made{number}@example.com")


def test_concurrent_writes_while_the_replica_lags_lose_nothing(
    zcrm_emulator: SiteEmulator, catch_up: Callable[[], None], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311
    for number in range(30):
        zcrm_emulator.create("Contacts", Last_Name=f"Fox {number}")
    work()
    catch_up()
    for number in range(ROUNDS):
        edit(chance, number)
        if number % 2:
            record = chance.choice(zcrm_emulator.records("Contacts"))
            zcrm.records.update_one("Contacts", record["id"], {"First_Name": f"Zoho {number}"})
        work()
        zcrm_emulator.advance(seconds=1)
        if number % LAG == LAG - 1:
            catch_up()
    zcrm_emulator.advance(minutes=5)
    work()
    catch_up()
    assert not OutboxItem.objects.open().exists()
    assert not OutboxItem.objects.filter(state=OutboxItem.State.FAILED).exists()
    records = {record["id"]: record for record in zcrm_emulator.records("Contacts")}
    assert max(Counter(record["Last_Name"] for record in records.values()).values()) == 1
    live = {str(row.zoho_id): row for row in Contact.objects.live()}
    assert live.keys() == records.keys()
    for zoho_id, row in live.items():
        record = records[zoho_id]
        assert (row.last_name, row.first_name) == (record["Last_Name"], record["First_Name"] or "")
    assert zcrm.mirror(Contact).reconcile() == 0
