"""The result of a bulk write: a CSV for each resource with the outcome of each row.

Zoho returns no other report on rows.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from io import StringIO

COLUMNS_REPEATED = 3


class Status(StrEnum):
    """The outcome of a row."""

    ADDED = "ADDED"
    UPDATED = "UPDATED"
    SKIPPED = "SKIPPED"
    UNPROCESSED = "UNPROCESSED"


@dataclass
class ResourceReport:
    """The outcome of one resource's rows; `code` is why they were not processed at all."""

    module: str
    file: str
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Status, 0))
    code: str | None = None

    def add(
        self, row: list[str], status: Status, record_id: str = "", errors: Iterable[str] = ()
    ) -> None:
        """Record the outcome of a row; `errors` look like `INVALID_DATA-Email`."""
        self.counts[status] += 1
        self.rows.append([*row, status, record_id, ":".join(errors)])

    @property
    def total(self) -> int:
        return len(self.rows)

    @property
    def name(self) -> str:
        """Return the name of the CSV in the result's zip."""
        return f"{self.module}-{self.file.rpartition('/')[2]}"

    def as_csv(self) -> bytes:
        """Return the CSV in UTF-8: the first columns of the upload, then each row's outcome."""
        out = StringIO()
        writer = csv.writer(out)
        writer.writerow([*self.header, "STATUS", "RECORD_ID", "ERRORS"])
        writer.writerows(self.rows)
        return out.getvalue().encode()
