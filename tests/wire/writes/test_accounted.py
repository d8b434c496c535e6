"""Every row accounted for: refused rows, a lost reply, a process that is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator, emulated, served
from django_zcrm.zoho.query import RecordSet, importing
from django_zcrm.zoho.query.write_result import WriteResult
from django_zcrm.zoho.results import Record
from tests.amounts import amount
from tests.wire.writes.worker import REFUSED, rows_of

ROOT = Path(__file__).parents[3]
Leads = RecordSet[Record]

sizes = pytest.mark.parametrize("count", [700, amount(25_000, 1_500)])


@pytest.fixture(scope="module")
def zoho() -> Iterator[ZCRMEmulator]:
    """Return an emulator on a port, for other processes."""
    with served(data="empty") as emulator:
        yield emulator


@pytest.fixture
def shop(zoho: ZCRMEmulator) -> Iterator[ZCRMEmulator]:
    """Return it without leads."""
    yield zoho
    zoho.stop_failing()
    zoho.session().post(f"{zoho.url}/emulator/reset", timeout=30)
    zoho.forget_requests()


def accounted(result: WriteResult, rows: list[Record], stored: list[Record]) -> None:
    """Check that each row is told of once and in order, and that what is told is so."""
    assert [outcome.index for outcome in result] == list(range(len(rows)))
    assert all(outcome.input == row for outcome, row in zip(result, rows, strict=True))
    by_reference = {lead["External_Reference"]: lead["id"] for lead in stored}
    assert len(by_reference) == len(stored)  # nothing twice
    for outcome, row in zip(result, rows, strict=True):
        if outcome.ok:
            assert by_reference[row["External_Reference"]] == outcome.id
        elif outcome.code != "NO_REPLY":
            assert row["External_Reference"] not in by_reference


def expected(number: int, row: Record) -> str:
    """Return the code of a row when the reply of the fourth request is lost."""
    if 300 <= number < 400:
        return "NO_REPLY"
    return "SUCCESS" if row["Last_Name"] else "MANDATORY_NOT_FOUND"


@pytest.mark.slow
@sizes
def test_rows_are_told_once_when_a_reply_is_lost(count: int) -> None:
    rows = rows_of(count)
    for row in rows:
        # A second copy would be refused, were this unique in Zoho: let it be stored.
        row["External_Reference"], row["Phone"] = None, row["External_Reference"]
    with emulated(data="empty") as zcrm:
        leads = zcrm.client().objects("Leads")
        zcrm.fail_next("records.create", drop="after", skip=3)
        result = leads.bulk_create(rows)
        codes = Counter(outcome.code for outcome in result)
        kept = Counter(expected(n, row) for n, row in enumerate(rows))
        assert codes == kept
        assert [outcome.input for outcome in result] == rows
        assert len(zcrm.requests) == count // 100

        zcrm.forget_requests()
        again = result.retry_failed()
        assert Counter(outcome.code for outcome in again) == kept
        assert len(zcrm.requests) == -(-kept["MANDATORY_NOT_FOUND"] // 100)

        for row in rows:
            row["Last_Name"] = row["Last_Name"] or "Corrected"
        last = again.retry_failed()
        assert Counter(outcome.code for outcome in last) == {
            "SUCCESS": count - 100,
            "NO_REPLY": 100,
        }
        stored = Counter(lead["Phone"] for lead in zcrm.records("Leads"))
        lost = {row["Phone"] for n, row in enumerate(rows) if 300 <= n < 400}
        assert set(stored.values()) == {1}
        assert set(stored) >= {row["Phone"] for row in rows} - lost


@pytest.mark.slow
@sizes
@pytest.mark.parametrize("via", ["records", "bulk"])
def test_a_killed_write_goes_on(
    via: str, count: int, shop: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, rows_a_job = rows_of(count), count // 5
    monkeypatch.setattr(importing, "ROWS", rows_a_job)
    news = killed(shop, via, count, rows_a_job)
    jobs = [job_id for _, job_id in news if job_id != "-"]
    told = max(records for records, _ in news)
    assert 0 < told < count

    leads = shop.client().objects("Leads")
    if via == "bulk":
        assert len(jobs) == 3
        result = leads.bulk_create(rows, via="bulk", jobs=jobs)
        assert len(shop.requests_to("POST", "/crm/bulk/*/write")) == 5
    else:
        result = leads.upsert(rows, on=["External_Reference"])
        assert {outcome.action for outcome in result[:told] if outcome.ok} == {"update"}
    stored = shop.records("Leads")
    accounted(result, rows, stored)
    assert int(result) == len(stored) == count - count // REFUSED
    assert {outcome.code for outcome in result.failed} == {"MANDATORY_NOT_FOUND"}

    again = result.retry_failed(via="records")
    assert len(shop.records("Leads")) == len(stored)
    accounted(again, rows, stored)


def killed(shop: ZCRMEmulator, via: str, count: int, rows_a_job: int) -> list[tuple[int, str]]:
    """Let a process write, kill it while Zoho works on its third job, or in half, return its news.

    Zoho is slow from there on, so that the process does not end before.
    """
    half = count // 200
    shop.fail_next("records.upsert", delay_ms=500, skip=half, times=None)
    shop.fail_next("bulk.write_status", delay_ms=500, skip=4, times=None)
    process = subprocess.Popen(
        [
            sys.executable,
            *("-m", "tests.wire.writes.worker"),
            *(shop.url, shop.access_token(), via, str(count), str(rows_a_job)),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    news: list[tuple[int, str]] = []
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            records, job_id = line.split()
            news.append((int(records), job_id))
            jobs = [job for _, job in news if job != "-"]
            if len(jobs) == 3 or (via == "records" and int(records) >= half * 100):
                os.kill(process.pid, signal.SIGKILL)
                break
    shop.stop_failing()
    assert process.returncode == -signal.SIGKILL
    return news
