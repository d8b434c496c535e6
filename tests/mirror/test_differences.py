"""What differs between records and rows: pure, in any order and amount."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from django_zcrm.mirror.planning.reconcile import (
    LocalRow,
    RecordTimes,
    are_too_many,
    find_differences,
)

BEGUN = datetime(2026, 5, 1, tzinfo=UTC)
SINCE = int(BEGUN.timestamp()) - 60
BEFORE, DURING, NOW, AHEAD = (BEGUN + timedelta(hours=hours) for hours in (-1, 0.1, 0.2, 1))
JUST_BEFORE = BEGUN - timedelta(seconds=20)


def pages(rows: list[LocalRow], size: int = 3) -> Iterator[Sequence[LocalRow]]:
    ordered = sorted(rows, key=lambda row: row.zoho_id)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


@pytest.mark.parametrize("seed", range(20))
def test_every_difference_is_found_and_no_other(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    # Ids of different lengths, which text and numbers put in different orders.
    ids = chance.sample(range(1, 5_000), 300)
    times = range(SINCE - 8, SINCE + 4)
    there = {str(number): chance.choice(times) for number in ids if chance.random() < 0.9}
    records = RecordTimes()
    shuffled = chance.sample(sorted(there.items()), len(there))
    for start in range(0, len(shuffled), 70):
        records.add(shuffled[start : start + 70])
    assert len(records) == len(there)
    rows = [
        LocalRow(
            str(number),
            chance.choice((0, *times)),
            is_live=chance.random() < 0.9,
            read_at=chance.choice((None, BEFORE, JUST_BEFORE, DURING, AHEAD)),
        )
        for number in ids
        if chance.random() < 0.9
    ]
    compared = find_differences(records, pages(rows), BEGUN, NOW, SINCE)
    here = {row.zoho_id: row for row in rows}
    to_read = {
        zoho_id
        for zoho_id, seconds in there.items()
        if zoho_id not in here or here[zoho_id].seconds < seconds or not here[zoho_id].is_live
    }
    missing = {
        row.zoho_id
        for row in rows
        if row.is_live
        and row.zoho_id not in there
        and row.read_at != DURING
        and (row.seconds or row.read_at != JUST_BEFORE)
        and row.seconds <= SINCE
    }
    assert sorted(compared.to_read) == sorted(to_read)
    assert sorted(compared.missing) == sorted(missing)
    without_time = {row.zoho_id for row in rows if row.is_live and not row.seconds} & to_read
    assert compared.drift == len(to_read - without_time) + len(missing)
    assert compared.rows == sum(row.is_live for row in rows)


def test_id_in_two_files_is_one_record() -> None:
    records = RecordTimes()
    records.add([("7", 1)])
    records.add([("7", 2)])
    compared = find_differences(
        records, pages([LocalRow("7", 2, is_live=True, read_at=None)]), BEGUN, NOW, SINCE
    )
    assert compared.drift == 0


def test_row_without_time_read_by_a_slow_clock_is_not_missing() -> None:
    row = LocalRow("7", 0, is_live=True, read_at=DURING)
    zoho_is_ahead = int((BEGUN + timedelta(hours=1)).timestamp())
    compared = find_differences(RecordTimes(), pages([row]), BEGUN, NOW, zoho_is_ahead)
    assert not compared.missing


@pytest.mark.parametrize(
    ("missing", "rows", "answer"),
    [(20, 20, False), (21, 1_000, False), (50, 1_000, False), (51, 1_000, True), (21, 30, True)],
)
def test_how_many_are_too_many(missing: int, rows: int, answer: bool) -> None:
    assert are_too_many(missing, rows) is answer
