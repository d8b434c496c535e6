"""Any faults, in any order: a result is what happened, and nothing is written twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from django_zcrm.testing.standalone import ZCRMEmulator, emulate
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import ZohoError
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import Options, WriteResult
from django_zcrm.zoho.query.write import importing

FAULTS: list[dict[str, Any]] = [
    {"drop": "before"},
    {"drop": "after"},
    {"html": 502},
    {"html": 429},
    {"code": "TOO_MANY_REQUESTS"},
    {"code": "INTERNAL_ERROR", "status": 500},
    {"bad_item": 1, "code": "RECORD_LOCKED"},
    {"code": "NO_PERMISSION", "status": 403},
    {"code": "INVALID_DATA", "status": 400},
]
RECORDS = ["records.create", "records.upsert"]
BULK = ["bulk.upload", "bulk.write", "bulk.write_status", "bulk.write_result"]
OPERATIONS = {"records": RECORDS, "bulk": BULK, "auto": [*RECORDS, *BULK]}
MOST = 12
"""Rows of a write; each needs some requests of one or two, or jobs of five."""

IN_DOUBT = ("NO_RESPONSE", "HTTP_502", "HTTP_429", "INTERNAL_ERROR")
"""The codes of rows that a plain create may have written."""

numbers = count()


def faults(operations: list[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return some faults, each of which hits one to six requests of an operation."""
    built = st.builds(
        lambda operation, fault, skip, times: {
            **fault,
            "operation": operation,
            "skip": skip,
            "times": times,
        },
        st.sampled_from(operations),
        st.sampled_from(FAULTS),
        st.integers(0, 3),
        st.integers(1, 6),
    )
    return st.lists(built, max_size=4)


@pytest.fixture(scope="module")
def zcrm() -> Iterator[ZCRMEmulator]:
    """Return an emulator without records."""
    patched = pytest.MonkeyPatch()
    patched.setattr(importing, "ROWS", 5)
    with emulate(data="empty") as emulator, patched.context():
        yield emulator
    patched.undo()


def rows_of(size: int, refused: set[int], mark: str) -> list[RecordDict]:
    return [
        {"Last_Name": None if n in refused else "Wong", "Email": f"{mark}-{n}@acme.example"}
        for n in range(size)
    ]


def count_stored(zcrm: ZCRMEmulator, mark: str) -> Counter[str]:
    """Return how many leads there are of each address."""
    leads = zcrm.records("Leads")
    return Counter(lead["Email"] for lead in leads if lead["Email"].startswith(f"{mark}-"))


def check(
    result: WriteResult, rows: list[RecordDict], in_zoho: Counter[str], *, is_keyed: bool
) -> None:
    """Check that a result is what happened."""
    assert [(outcome.index, outcome.input) for outcome in result] == list(enumerate(rows))
    assert all(number == 1 for number in in_zoho.values())
    for outcome in result:
        there = in_zoho[outcome.input["Email"]]
        if outcome.ok:
            assert there == 1
        elif outcome.code in ("NOT_SENT", "MANDATORY_NOT_FOUND", "RECORD_LOCKED"):
            # What an upsert lost may have been written before it was refused.
            assert there == 0 or is_keyed
    assert len(result.accepted) == sum(outcome.ok for outcome in result)


@pytest.mark.slow
@settings(max_examples=50, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    st.data(),
    st.sampled_from(["records", "bulk", "auto"]),
    st.booleans(),
    st.integers(0, MOST),
    st.sets(st.integers(0, MOST - 1), max_size=3),
)
def test_nothing_is_lost_and_nothing_doubled(
    zcrm: ZCRMEmulator, data: st.DataObject, via: str, is_keyed: bool, size: int, refused: set[int]
) -> None:
    mark = f"m{next(numbers)}"
    rows = rows_of(size, refused, mark)
    how: dict[str, Any] = {"via": via, "batch_size": 1 if via == "auto" else 2}
    if is_keyed:
        how["unique_fields"] = ["Email"]
    leads = Client(zcrm.client().session, Options(bulk_write_threshold=4)).objects("Leads")
    for fault in data.draw(faults(OPERATIONS[via])):
        zcrm.fail_next(**fault)
    try:
        result = leads.bulk_create(rows, **how)
    except ZohoError:  # what meets every row
        assert count_stored(zcrm, mark) == Counter()
        zcrm.stop_failing()
        result = leads.bulk_create(rows, **how)
    check(result, rows, count_stored(zcrm, mark), is_keyed=is_keyed)
    with suppress(ZohoError):
        result = result.retry_failed()
    zcrm.stop_failing()
    check(result, rows, count_stored(zcrm, mark), is_keyed=is_keyed)

    for row in rows:
        row["Last_Name"] = "Wong"
    result = result.retry_failed().retry_failed()
    in_zoho = count_stored(zcrm, mark)
    check(result, rows, in_zoho, is_keyed=is_keyed)
    assert {outcome.code for outcome in result} <= {"SUCCESS", *IN_DOUBT}
    if is_keyed:
        assert len(result.accepted) == len(in_zoho) == size
    leads.all().delete()
