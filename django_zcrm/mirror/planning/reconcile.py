"""Finds the differences between Zoho's records and the rows here, by merging two sorted streams.

Memory holds the differences, a page of rows, and the ids and times of Zoho's records as arrays of
numbers.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import merge

MAX_SHARE = 0.05
"""The share of rows that may be missing in Zoho at once: if it is larger, permissions in Zoho
were probably changed.
"""

MIN_MISSING = 20
"""A smaller number is never too many."""

RecordTime = tuple[str, int]
"""The id of a record in Zoho, and its Modified_Time in seconds; 0 without one."""


@dataclass(frozen=True, slots=True)
class LocalRow:
    """A local row: its record's id and Modified_Time, whether it is live, and when it was read."""

    zoho_id: str
    seconds: int
    is_live: bool
    read_at: datetime | None


@dataclass
class Differences:
    """Ids of records to read again, and ids of rows whose records are missing in Zoho."""

    to_read: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    rows: int = 0
    without_time: int = 0
    """Live rows to read again because they lost their time here, and not because they differ."""

    @property
    def drift(self) -> int:
        """The number of rows that differed."""
        return len(self.to_read) + len(self.missing) - self.without_time


class RecordTimes:
    """The ids and times of a module's records, added in any order: 16 bytes a record."""

    def __init__(self) -> None:
        self._files: list[tuple[array[int], array[int]]] = []

    def add(self, records: Iterable[RecordTime]) -> None:
        """Add the records of one file."""
        ordered = sorted(records)
        ids = array("Q", (int(zoho_id) for zoho_id, _ in ordered))
        self._files.append((ids, array("q", (seconds for _, seconds in ordered))))

    def __len__(self) -> int:
        return sum(len(ids) for ids, _ in self._files)

    def __iter__(self) -> Iterator[RecordTime]:
        """Yield the records without duplicates, in the order of their ids as text."""
        streams = [
            ((str(zoho_id), seconds) for zoho_id, seconds in zip(*file, strict=True))
            for file in self._files
        ]
        last = ""
        for entry in merge(*streams):
            if entry[0] != last:
                yield entry
            last = entry[0]


def find_differences(
    records: Iterable[RecordTime],
    pages: Iterable[Sequence[LocalRow]],
    begin: datetime,
    end: datetime,
    since: int,
) -> Differences:
    """Compare records with rows, both in the order of their ids as text.

    A row that was read between the comparison's `begin` and `end`, or whose record changed after
    `since`, by Zoho's clock, is not missing, because the files may lack its record. Zoho shows new
    records late, so `since` is earlier than `begin`. The same holds for a row without a time that
    was read after `since`. The clock of a worker that has noted a later read than `end` was wrong.
    """
    result = Differences()
    settled = min(begin, datetime.fromtimestamp(since, UTC))
    stream = iter(records)
    entry = next(stream, None)
    for page in pages:
        for row in page:
            while entry is not None and entry[0] < row.zoho_id:
                result.to_read.append(entry[0])
                entry = next(stream, None)
            if entry is not None and entry[0] == row.zoho_id:
                if row.seconds < entry[1] or not row.is_live:
                    result.to_read.append(row.zoho_id)
                    result.without_time += row.is_live and not row.seconds
                entry = next(stream, None)
            elif (
                row.is_live
                and row.seconds <= since
                and not _is_within(row.read_at, begin if row.seconds else settled, end)
            ):
                result.missing.append(row.zoho_id)
            result.rows += row.is_live
    while entry is not None:
        result.to_read.append(entry[0])
        entry = next(stream, None)
    return result


def _is_within(moment: datetime | None, begin: datetime, end: datetime) -> bool:
    return moment is not None and begin <= moment <= end


def are_too_many(missing: int, rows: int) -> bool:
    """Whether so many rows are missing that a person has to confirm it."""
    return missing > MIN_MISSING and missing > rows * MAX_SHARE


def seconds_of(moment: datetime | str | None) -> int:
    """Return a time in whole seconds since 1970; 0 for None and for invalid values."""
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            return 0
    if not isinstance(moment, datetime):
        return 0
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
