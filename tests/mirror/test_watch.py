"""`zcrm_sync --watch`: a process that does what is due until it is told to end."""

from __future__ import annotations

import signal
from contextlib import suppress
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from django_zcrm.mirror.apply import Applied
from django_zcrm.mirror.management.commands import zcrm_sync
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.mirror.runners import watch as loop
from django_zcrm.mirror.runners.stopping import Stop, Stopped
from django_zcrm.mirror.runners.worker_run import RunResult
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.processes import Processes
from tests.mirror.shop.models import Lead

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def kill_connections() -> None:
    """End every other connection to the test's database, as a server that restarts does."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return
        cursor.execute(
            "SELECT id FROM information_schema.processlist "
            "WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        )
        for (number,) in cursor.fetchall():
            with suppress(OperationalError):  # one that is gone already
                cursor.execute(f"KILL {number}")


@pytest.mark.sampled
def test_changes_appear_until_it_is_stopped(
    zcrm_live_emulator: SiteEmulator, processes: Processes
) -> None:
    zcrm_live_emulator.connect()
    zcrm_live_emulator.create("Leads", 2, Last_Name="First")
    process = processes.start("zcrm_sync", "--watch", EVERY=1, SETTLE=0)
    processes.wait_until(lambda: Lead.objects.count() == 2)
    zcrm_live_emulator.create("Leads", 1, Last_Name="Later")
    processes.wait_until(lambda: Lead.objects.filter(name="Later").exists())
    lead = Lead.objects.get(name="Later")
    lead.name = "Edited"
    lead.save()
    processes.wait_until(lambda: OutboxItem.objects.filter(state="done").exists())
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    said = processes.said(process)
    assert "Leads of emulator @ Brightwater Trading: new: " in said
    assert "Leads of emulator @ Brightwater Trading: sent: 1" in said
    assert "nothing new" not in said
    assert said.rstrip().endswith("Stopped.")


@pytest.mark.parametrize(("verbosity", "lines"), [(1, 2), (2, 3)])
def test_looks_without_news_are_told_on_request(
    monkeypatch: pytest.MonkeyPatch, verbosity: int, lines: int
) -> None:
    def turns(report: Any, trouble: Any) -> None:
        state = MirrorState(module="Leads", connection=Connection(user_identifier="emulator"))
        for outcome in (
            RunResult(),
            RunResult(applied=Applied(sent=1)),
            RunResult(error=OSError()),
        ):
            report(state, outcome, 0.1)

    monkeypatch.setattr(zcrm_sync, "watch", turns)
    out = StringIO()
    call_command("zcrm_sync", "--watch", stdout=out, verbosity=verbosity)
    assert out.getvalue().count("Leads of emulator") == lines
    assert ("nothing new" in out.getvalue()) is (verbosity == 2)


@pytest.mark.sampled
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_work_in_hand_comes_to_its_end(
    zcrm_live_emulator: SiteEmulator, processes: Processes, number: signal.Signals
) -> None:
    # What a shell starts in the background ignores SIGINT, and so does what that starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    zcrm_live_emulator.connect()
    zcrm_live_emulator.create("Leads", 2, Last_Name="First")
    # Long enough that the signal comes before the next mirror has its turn.
    zcrm_live_emulator.fail_next(path="/crm/*", delay_ms=1_000, times=None)
    process = processes.start("zcrm_sync", "--watch", EVERY=1)
    processes.wait_until(lambda: MirrorState.objects.exclude(lease_owner="").exists())
    process.send_signal(number)
    assert process.wait(60) == 0
    assert not MirrorState.objects.exclude(lease_owner="").exists()
    assert processes.said(process).rstrip().endswith("Stopped.")
    assert MirrorState.objects.exclude(last_run_at=None).count() == 1


@pytest.mark.sampled
def test_a_second_signal_ends_it_at_once(
    zcrm_live_emulator: SiteEmulator, processes: Processes
) -> None:
    zcrm_live_emulator.connect()
    zcrm_live_emulator.fail_next(path="/crm/*", delay_ms=60_000, times=None)
    process = processes.start("zcrm_sync", "--watch", EVERY=1)
    processes.wait_until(lambda: MirrorState.objects.exclude(lease_owner="").exists())
    process.send_signal(signal.SIGTERM)
    with pytest.raises(Exception, match="timed out"):
        process.wait(1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert not MirrorState.objects.exclude(lease_owner="").exists()


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="it has no connections to lose")
def test_a_database_that_restarts_is_survived(
    zcrm_live_emulator: SiteEmulator, processes: Processes
) -> None:
    zcrm_live_emulator.connect()
    process = processes.start("zcrm_sync", "--watch", EVERY=1, SETTLE=0)
    processes.wait_until(lambda: MirrorState.objects.filter(module="Leads", phase="live").exists())
    kill_connections()
    zcrm_live_emulator.create("Leads", 1, Last_Name="Later")
    processes.wait_until(lambda: Lead.objects.filter(name="Later").exists())
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


def test_a_database_that_is_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Exception | None] = [OperationalError("gone"), OperationalError("gone"), None]
    waits: list[float] = []
    said: list[Any] = []

    def look() -> list[MirrorState]:
        if (error := answers.pop(0)) is not None:
            raise error
        return []

    def sleep(self: Any, seconds: float) -> None:
        waits.append(seconds)
        if not answers:
            raise Stopped

    monkeypatch.setattr(loop, "due_states", look)
    monkeypatch.setattr(Stop, "sleep", sleep)
    loop.watch(lambda *turn: None, said.append)
    assert [str(error) for error in said] == ["gone", "None"]
    assert waits[:2] == [1.0, 2.0]
