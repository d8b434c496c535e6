"""Every row accounted for: refused rows, a lost response, a process that is killed in the
middle.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator, emulate, serve
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import RecordSet
from django_zcrm.zoho.query.write import importing
from django_zcrm.zoho.query.write.result import WriteResult
from tests.wire.writes.worker import REFUSED, rows_of

ROOT = Path(__file__).parents[3]
Leads = RecordSet[RecordDict]

COUNT = 2_100
"""Rows: 21 requests of records, or five jobs. More rows would be more of the same."""
ROWS_A_JOB = COUNT // 5


@pytest.fixture(scope="module")
def zoho() -> Iterator[ZCRMEmulator]:
    """Return an emulator on a port, for other processes."""
    with serve(data="empty") as emulator:
        yield emulator


@pytest.fixture
def shop(zoho: ZCRMEmulator) -> Iterator[ZCRMEmulator]:
    """Return it without leads."""
    yield zoho
    zoho.stop_failing()
    zoho.session().post(f"{zoho.url}/emulator/reset", timeout=30)
    zoho.forget_requests()


def check_outcomes(result: WriteResult, rows: list[RecordDict], stored: list[RecordDict]) -> None:
    """Check that each row is reported once, in order and truthfully."""
    assert [outcome.index for outcome in result] == list(range(len(rows)))
    assert all(outcome.input == row for outcome, row in zip(result, rows, strict=True))
    by_reference = {lead["External_Reference"]: lead["id"] for lead in stored}
    assert len(by_reference) == len(stored)  # nothing twice
    for outcome, row in zip(result, rows, strict=True):
        if outcome.ok:
            assert by_reference[row["External_Reference"]] == outcome.id
        elif outcome.code != "NO_RESPONSE":
            assert row["External_Reference"] not in by_reference


def expect_code(number: int, row: RecordDict) -> str:
    """Return the code of a row when the response of the fourth request is lost."""
    if 300 <= number < 400:
        return "NO_RESPONSE"
    return "SUCCESS" if row["Last_Name"] else "MANDATORY_NOT_FOUND"


@pytest.mark.slow
def test_lost_response_gives_one_outcome_per_row() -> None:
    rows = rows_of(COUNT)
    for row in rows:
        # A second copy would be refused, were this unique in Zoho: let it be stored.
        row["External_Reference"], row["Phone"] = None, row["External_Reference"]
    with emulate(data="empty") as zcrm:
        leads = zcrm.client().objects("Leads")
        zcrm.fail_next("records.create", drop="after", skip=3)
        result = leads.bulk_create(rows)
        codes = Counter(outcome.code for outcome in result)
        expected_codes = Counter(expect_code(n, row) for n, row in enumerate(rows))
        assert codes == expected_codes
        assert [outcome.input for outcome in result] == rows
        assert len(zcrm.requests) == COUNT // 100

        zcrm.forget_requests()
        again = result.retry_failed()
        assert Counter(outcome.code for outcome in again) == expected_codes
        assert len(zcrm.requests) == -(-expected_codes["MANDATORY_NOT_FOUND"] // 100)

        for row in rows:
            row["Last_Name"] = row["Last_Name"] or "Corrected"
        last = again.retry_failed()
        assert Counter(outcome.code for outcome in last) == {
            "SUCCESS": COUNT - 100,
            "NO_RESPONSE": 100,
        }
        stored = Counter(lead["Phone"] for lead in zcrm.records("Leads"))
        lost = {row["Phone"] for n, row in enumerate(rows) if 300 <= n < 400}
        assert set(stored.values()) == {1}
        assert set(stored) >= {row["Phone"] for row in rows} - lost


@pytest.mark.slow
@pytest.mark.parametrize("via", ["records", "bulk"])
def test_killed_write_continues(
    via: str, shop: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = rows_of(COUNT)
    monkeypatch.setattr(importing, "ROWS", ROWS_A_JOB)
    news = kill_write(shop, via)
    jobs = [job_id for _, job_id in news if job_id != "-"]
    accepted = max(records for records, _ in news)
    assert 0 < accepted < COUNT

    leads = shop.client().objects("Leads")
    if via == "bulk":
        assert len(jobs) == 3
        result = leads.bulk_create(rows, via="bulk", jobs=jobs)
        assert len(shop.requests_to("POST", "/crm/bulk/*/write")) == 5
    else:
        result = leads.upsert(rows, on=["External_Reference"])
        assert {outcome.action for outcome in result[:accepted] if outcome.ok} == {"update"}
    stored = shop.records("Leads")
    check_outcomes(result, rows, stored)
    assert len(result.accepted) == len(stored) == COUNT - COUNT // REFUSED
    assert {outcome.code for outcome in result.failed} == {"MANDATORY_NOT_FOUND"}

    again = result.retry_failed(via="records")
    assert len(shop.records("Leads")) == len(stored)
    check_outcomes(again, rows, stored)


def kill_write(shop: ZCRMEmulator, via: str) -> list[tuple[int, str]]:
    """Let a process write, kill it while Zoho works on its third job, or in half, return its news.

    Zoho is slow from there on, so that the process does not end before.
    """
    half = COUNT // 200
    shop.fail_next("records.upsert", delay_ms=500, skip=half, times=None)
    shop.fail_next("bulk.write_status", delay_ms=500, skip=4, times=None)
    process = subprocess.Popen(
        [
            sys.executable,
            *("-m", "tests.wire.writes.worker"),
            *(shop.url, shop.access_token(), via, str(COUNT), str(ROWS_A_JOB)),
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
