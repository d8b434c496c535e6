"""While a connection goes to another organisation, nobody sees the rows of the former one."""

from __future__ import annotations

import threading
import time

import pytest
from django.contrib.auth.models import User
from django.db import connections

from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.runners.due import run_due
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Lead

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROWS = 300
MOVES = 3


class Reader(threading.Thread):
    """Reads a user's rows all the time, and notes those of another organisation."""

    def __init__(self, user: User, connection: Connection) -> None:
        super().__init__()
        self.user, self.connection = user, connection
        self.stop = threading.Event()
        self.looks, self.foreign = 0, list[str]()
        self.seen = set[str]()

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                before = self._organisation()
                names = set(Lead.objects.for_user(self.user).values_list("name", flat=True))
                self.looks += 1
                self.seen |= names
                # What is shown in between may be of either.
                if before == self._organisation():
                    self.foreign += [f"{name} in {before}" for name in names if name != before]
        finally:
            connections.close_all()

    def _organisation(self) -> str:
        rows = Connection.objects.filter(pk=self.connection.pk)
        return rows.values_list("organisation_name", flat=True).get()


class Worker(threading.Thread):
    """Does what is due, all the time."""

    def __init__(self) -> None:
        super().__init__()
        self.stop = threading.Event()

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                run_due()
                time.sleep(0.01)
        finally:
            connections.close_all()


def test_queries_after_move_omit_former_rows(zcrm_emulator: SiteEmulator) -> None:
    user = User.objects.create_user("alice")
    homes = [zcrm_emulator, zcrm_emulator.add_organisation("Other")]
    names = [str(home.org.info["company_name"]) for home in homes]
    for home, name in zip(homes, names, strict=True):
        home.create("Leads", ROWS, Last_Name=name, Company="Acme")
    connection = homes[0].connect(user)
    Mirror(Lead, connection).sync()
    reader, worker = Reader(user, connection), Worker()
    reader.start()
    worker.start()
    try:
        for move in range(1, MOVES + 1):
            there = move % 2
            assert homes[there].connect(user) == connection
            _wait_for(user, names[there])
    finally:
        for thread in (worker, reader):
            thread.stop.set()
            thread.join(30)
    assert reader.foreign == []
    assert reader.seen == set(names)
    assert reader.looks > MOVES
    assert set(Lead.objects.values_list("name", flat=True)) == {names[MOVES % 2]}


def _wait_for(user: User, name: str) -> None:
    until = time.monotonic() + 60
    while Lead.objects.for_user(user).filter(name=name).count() < ROWS:
        assert time.monotonic() < until, f"{name} did not come"
        time.sleep(0.05)
