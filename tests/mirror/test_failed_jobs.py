"""A job that failed, or whose file is damaged, is replaced by another one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.pull import files
from django_zcrm.mirror.runners.due import attempt
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.http.downloads import Download
from tests.mirror.shop.models import Lead
from tests.wire.archives import zip_text

pytestmark = pytest.mark.django_db

OLD = datetime(2020, 1, 1, tzinfo=UTC)
READ = "/crm/bulk/*/read"


@pytest.fixture(params=["initial sync", "comparison", "refresh"])
def mirror(
    request: pytest.FixtureRequest,
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    declare: Any,
) -> Mirror:
    """A mirror whose next work is to read all records by bulk read."""
    zcrm_emulator.create("Leads", 3, Last_Name=lambda n: f"Lead {n}", Company="Acme")
    mirror = Mirror(Lead, connection)
    if request.param != "initial sync":
        mirror.sync()
    if request.param == "comparison":
        MirrorState.objects.request_reconcile()
    elif request.param == "refresh":
        declare(Lead, refresh={"Company": "daily"})
        MirrorState.objects.update(refreshed={"Company": OLD.isoformat()})
    monkeypatch.setattr(files, "MAX_DIRECT", 0)
    zcrm_emulator.forget_requests()
    return mirror


def work(mirror: Mirror, until: Callable[[], object]) -> None:
    """Do the mirror's work until a condition holds."""
    for _ in range(9):
        MirrorState.objects.update(due=OLD)
        attempt(mirror.state)
        if until():
            return
    raise AssertionError(f"{mirror.state} does not come to an end")


def fail_jobs(zoho: SiteEmulator, code: str = "INTERNAL_ERROR") -> None:
    for job in zoho.org.bulk.waiting.values():
        job.error = {"code": code, "message": "failed", "status": "error"}


def test_failed_job_is_replaced(zcrm_emulator: SiteEmulator, mirror: Mirror) -> None:
    zcrm_emulator.org.bulk.seconds = 30
    work(mirror, until=lambda: zcrm_emulator.org.bulk.jobs)
    fail_jobs(zcrm_emulator)
    zcrm_emulator.advance(minutes=1)
    work(mirror, until=has_failed)
    assert "INTERNAL_ERROR" in MirrorState.objects.get().last_error
    zcrm_emulator.org.bulk.seconds = None
    work(mirror, until=is_done)
    assert len(zcrm_emulator.requests_to("POST", READ, status=201)) == 2


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"no zip", id="no zip"),
        pytest.param(zip_text("1.csv", "Id,City\n1,A\n"), id="other columns"),
    ],
)
def test_damaged_file_is_replaced(
    zcrm_emulator: SiteEmulator, mirror: Mirror, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Download, "__iter__", lambda self: iter([content]))
        work(mirror, until=has_failed)
    work(mirror, until=is_done)
    assert len(zcrm_emulator.requests_to("POST", READ, status=201)) == 2


@pytest.mark.parametrize("mirror", ["initial sync", "comparison"], indirect=True)
def test_failures_of_jobs_add_up(zcrm_emulator: SiteEmulator, mirror: Mirror) -> None:
    zcrm_emulator.org.bulk.polls = 3
    for count in range(1, 4):
        for _ in range(20):
            fail_jobs(zcrm_emulator)
            work(mirror, until=lambda: True)
            if MirrorState.objects.get().failures == count:
                break
    assert MirrorState.objects.get().failures == 3
    assert len(zcrm_emulator.requests_to("POST", READ, status=201)) == 3


@pytest.mark.parametrize("mirror", ["comparison"], indirect=True)
def test_comparison_whose_second_file_fails_starts_again(
    zcrm_emulator: SiteEmulator, mirror: Mirror
) -> None:
    zcrm_emulator.org.bulk.rows = 2
    jobs = zcrm_emulator.org.bulk.jobs
    work(mirror, until=lambda: len(jobs) == 2)
    fail_jobs(zcrm_emulator)
    work(mirror, until=has_failed)
    assert MirrorState.objects.get().reconciliation["windows"] == []
    work(mirror, until=is_done)
    assert len(jobs) == 4


@pytest.mark.parametrize("mirror", ["refresh"], indirect=True)
def test_refresh_whose_job_is_refused_reads_by_coql(
    zcrm_emulator: SiteEmulator, mirror: Mirror
) -> None:
    zcrm_emulator.org.bulk.seconds = 30
    work(mirror, until=lambda: zcrm_emulator.org.bulk.jobs)
    fail_jobs(zcrm_emulator, code="NOT_SUPPORTED")
    zcrm_emulator.advance(minutes=1)
    zcrm_emulator.forget_requests()
    work(mirror, until=is_done)
    assert not zcrm_emulator.requests_to("POST", READ)


@pytest.mark.parametrize("mirror", ["comparison"], indirect=True)
def test_comparison_waits_between_downloads(
    zcrm_emulator: SiteEmulator, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    zcrm_emulator.create("Leads", 9, Last_Name="Fox", Company="Acme")
    zcrm_emulator.org.bulk.rows, zcrm_emulator.org.bulk.limits_downloads = 1, True
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        zcrm_emulator.advance(seconds=seconds)

    monkeypatch.setattr("time.sleep", wait)
    for _ in range(40):
        work(mirror, until=lambda: True)
    assert (len(waits), Lead.objects.count()) == (1, 12)
    assert not MirrorState.objects.get().reconciliation


def has_failed() -> bool:
    return MirrorState.objects.get().failures > 0


def is_done() -> bool:
    state = MirrorState.objects.get()
    is_over = not (state.failures or state.windows or state.reconciliation)
    return is_over and "files" not in state.refreshed and Lead.objects.count() == 3
