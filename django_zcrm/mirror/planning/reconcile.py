"""Finds the differences between Zoho's records and the rows here, by merging two sorted streams.

Only differences and a page of each stream are held in memory, beside the ids and times of Zoho's
records, which are arrays of numbers.
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
    """Ids to read, of missing or differing rows; and ids of rows that Zoho does not show."""

    to_read: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    rows: int = 0

    @property
    def drift(self) -> int:
        """How many rows differed."""
        return len(self.to_read) + len(self.missing)


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
        """Yield them without repetition, in the order of their ids as text."""
        streams = [
            ((str(zoho_id), seconds) for zoho_id, seconds in zip(*file, strict=True))
            for file in self._files
        ]
        last = ""
        for seen in merge(*streams):
            if seen[0] != last:
                yield seen
            last = seen[0]


def differences(
    records: Iterable[RecordTime],
    pages: Iterable[Sequence[LocalRow]],
    begun: datetime,
    problems: Iterable[str] = (),
) -> Differences:
    """Compare records with rows, both in the order of their ids as text.

    A row that was read since the comparison has `begun` is not missing: its record is newer than
    the files. Records with `problems` are read again.
    """
    differences, again = Differences(), set(problems)
    stream = iter(records)
    seen = next(stream, None)
    for page in pages:
        for row in page:
            while seen is not None and seen[0] < row.zoho_id:
                differences.to_read.append(seen[0])
                seen = next(stream, None)
            if seen is not None and seen[0] == row.zoho_id:
                if row.seconds < seen[1] or not row.is_live or row.zoho_id in again:
                    differences.to_read.append(row.zoho_id)
                seen = next(stream, None)
            elif row.is_live and (row.read_at is None or row.read_at < begun):
                differences.missing.append(row.zoho_id)
            differences.rows += row.is_live
    while seen is not None:
        differences.to_read.append(seen[0])
        seen = next(stream, None)
    return differences


def are_too_many(missing: int, rows: int) -> bool:
    """Whether so many rows are missing that a person has to confirm it."""
    return missing > MIN_MISSING and missing > rows * MAX_SHARE


def seconds_of(moment: datetime | str | None) -> int:
    """Return a moment in whole seconds since 1970; 0 for None."""
    if not moment:
        return 0
    value = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
