"""`zcrm_sync --watch`: a process that does what is due until it gets a signal."""

from __future__ import annotations

import signal
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from django_zcrm.mirror.apply import SyncResult
from django_zcrm.mirror.management.commands import zcrm_sync
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.mirror.runners import watch as loop
from django_zcrm.mirror.runners.poll import RunResult
from django_zcrm.mirror.runners.stopping import Stop, Stopped
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.cases import check_each
from tests.mirror.failing import FailingQuery
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


def test_watch_applies_changes_until_it_is_stopped(
    zcrm_live_emulator: SiteEmulator, processes: Processes
) -> None:
    zcrm_live_emulator.connect()
    zcrm_live_emulator.create("Leads", 2, Last_Name="First")
    process = processes.start("zcrm_sync", "--watch", SETTLE_TIME=0)
    processes.wait_until(lambda: Lead.objects.count() == 2)
    zcrm_live_emulator.create("Leads", 1, Last_Name="Later")
    MirrorState.objects.all().request_sync()
    processes.wait_until(lambda: Lead.objects.filter(name="Later").exists())
    lead = Lead.objects.get(name="Later")
    lead.name = "Edited"
    lead.save()
    processes.wait_until(lambda: OutboxItem.objects.filter(state="done").exists())
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    output = processes.read_output(process)
    assert "Leads of emulator @ Brightwater Trading: new: " in output
    assert "Leads of emulator @ Brightwater Trading: sent: 1" in output
    assert "nothing new" not in output
    assert output.rstrip().endswith("Stopped.")


@check_each(("verbosity", "lines"), [(1, 2), (2, 3)])
def test_polls_without_changes_are_printed_only_when_verbose(
    monkeypatch: pytest.MonkeyPatch, verbosity: int, lines: int
) -> None:
    def polls(report: Any, trouble: Any, concurrency: int) -> None:
        state = MirrorState(module="Leads", connection=Connection(user_identifier="emulator"))
        for outcome in (
            RunResult(),
            RunResult(applied=SyncResult(sent=1)),
            RunResult(error=OSError()),
        ):
            report(state, outcome, 0.1)

    monkeypatch.setattr(zcrm_sync, "watch", polls)
    out = StringIO()
    call_command("zcrm_sync", "--watch", stdout=out, verbosity=verbosity)
    assert out.getvalue().count("Leads of emulator") == lines
    assert ("nothing new" in out.getvalue()) is (verbosity == 2)


def test_watch_with_ctrl_c_finishes_its_work(
    zcrm_live_emulator: SiteEmulator, processes: Processes
) -> None:
    zcrm_live_emulator.connect()
    zcrm_live_emulator.create("Leads", 2, Last_Name="First")
    # Long enough that the signal comes before the next mirror is polled.
    zcrm_live_emulator.fail_next(path="/crm/*", delay_ms=500, times=None)
    process = processes.start("zcrm_sync", "--watch", POLL_INTERVAL=1)
    processes.wait_until(lambda: MirrorState.objects.exclude(lease_owner="").exists())
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert not MirrorState.objects.exclude(lease_owner="").exists()
    assert processes.read_output(process).rstrip().endswith("Stopped.")
    assert MirrorState.objects.exclude(last_run_at=None).count() == 1


def test_watch_with_concurrency_works_on_several_mirrors_at_once(
    zcrm_live_emulator: SiteEmulator, processes: Processes
) -> None:
    zcrm_live_emulator.connect()
    # Long enough that the third mirror is polled before the first one ends.
    zcrm_live_emulator.fail_next(path="/crm/*", delay_ms=500, times=None)
    words = ("zcrm_sync", "--watch", "--concurrency", "3")
    process = processes.start(*words, POLL_INTERVAL=1, MAX_WORKERS=4)
    leased = MirrorState.objects.exclude(lease_owner="")
    processes.wait_until(lambda: leased.count() == 3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert not leased.exists()
    assert processes.read_output(process).rstrip().endswith("Stopped.")


def test_watch_with_a_second_signal_stops_at_once(
    zcrm_live_emulator: SiteEmulator, processes: Processes
) -> None:
    zcrm_live_emulator.connect()
    zcrm_live_emulator.fail_next(path="/crm/*", delay_ms=60_000, times=None)
    process = processes.start("zcrm_sync", "--watch", POLL_INTERVAL=1)
    processes.wait_until(lambda: MirrorState.objects.exclude(lease_owner="").exists())
    process.send_signal(signal.SIGTERM)
    with pytest.raises(Exception, match="timed out"):
        process.wait(1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert not MirrorState.objects.exclude(lease_owner="").exists()


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="it has no connections to lose")
def test_watch_survives_a_restart_of_the_database(
    zcrm_live_emulator: SiteEmulator, processes: Processes
) -> None:
    zcrm_live_emulator.connect()
    process = processes.start("zcrm_sync", "--watch", SETTLE_TIME=0)
    processes.wait_until(lambda: MirrorState.objects.filter(module="Leads", phase="live").exists())
    kill_connections()
    zcrm_live_emulator.create("Leads", 1, Last_Name="Later")
    MirrorState.objects.all().request_sync()
    processes.wait_until(lambda: Lead.objects.filter(name="Later").exists())
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


def test_watch_waits_for_an_unavailable_database(monkeypatch: pytest.MonkeyPatch) -> None:
    results: list[Exception | None] = [OperationalError("gone"), OperationalError("gone"), None]
    waits: list[float] = []
    reports: list[Any] = []

    def claim(limit: int, columns: Any) -> list[Any]:
        if (error := results.pop(0)) is not None:
            raise error
        return []

    def sleep(self: Any, seconds: float) -> None:
        waits.append(seconds)
        if not results:
            raise Stopped

    monkeypatch.setattr(loop, "claim_mirrors", claim)
    monkeypatch.setattr(Stop, "sleep", sleep)
    loop.watch(lambda *poll: None, reports.append)
    assert [str(error) for error in reports] == ["gone", "None"]
    assert waits[:2] == [1.0, 2.0]


def test_watch_started_without_a_database_waits_for_it(
    zcrm_emulator: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    zcrm_emulator.connect()
    MirrorState.objects.update(blocked="configuration", due=timezone.now() + timedelta(hours=1))
    waits: list[float] = []

    def sleep(self: Any, seconds: float) -> None:
        waits.append(seconds)
        if len(waits) > 1:
            raise Stopped

    monkeypatch.setattr(loop, "claim_mirrors", lambda limit, columns: [])
    monkeypatch.setattr(Stop, "sleep", sleep)
    out = StringIO()
    with connection.execute_wrapper(FailingQuery(1, is_response_lost=False)):
        call_command("zcrm_sync", "--watch", stdout=out)
    assert "The database cannot be used: lost. Retrying." in out.getvalue()
    assert "The database is back." in out.getvalue()
    assert not MirrorState.objects.filter(due__gt=timezone.now()).exists()


@check_each(("free", "seconds"), [(1, 10.0), (4, 0.0)])
def test_busy_pool_claims_for_the_threads_that_became_free_together(
    monkeypatch: pytest.MonkeyPatch, free: int, seconds: float
) -> None:
    now, wakeups = [100.0], []
    clock = SimpleNamespace(
        monotonic=lambda: now[0], sleep=lambda wait: now.append(now.pop() + wait)
    )
    monkeypatch.setattr(loop, "time", clock)
    monkeypatch.setattr(loop, "claim_mirrors", lambda limit, columns: [])
    monkeypatch.setattr(loop, "do_upkeep", lambda: None)
    monkeypatch.setattr(loop, "collect_wakeups", lambda: wakeups.append(now[0]))
    watcher = loop.Watcher(SimpleNamespace(free=free, size=4, run=lambda task: None))  # type: ignore[arg-type]
    for _ in range(101):
        watcher.start_due_work()
    assert now[0] == pytest.approx(100 + seconds)
    assert len(wakeups) == pytest.approx(1 + seconds, abs=1)
