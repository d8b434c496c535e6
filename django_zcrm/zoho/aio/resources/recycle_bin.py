"""Recycle bin: deleted records that can be restored.

Written by tools/write_resources.py from zoho/resources/recycle_bin.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Filters, SortOrder
from ...types.organisation import RecycledRecord
from ..results import AsyncPage


class RecycleBin:
    """Recycle bin (Zoho's manual: Recycle Bin)."""

    async def list(
        self,
        *,
        ids: Sequence[str] | None = None,
        filters: Filters | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[RecycledRecord]:
        """List records in the bin."""
        ...

    async def get(self, record_id: str) -> RecycledRecord:
        """Return one record in the bin. Raises NotFound."""
        ...

    async def count(self) -> int:
        """Count records in the bin."""
        ...

    async def restore(
        self,
        *,
        ids: Sequence[str] | None = None,
        filters: Filters | None = None,
        restore_all_records: bool | None = None,
    ) -> BatchResult:
        """Restore records by `ids`, by `filters`, or all; return the outcome of each."""
        ...

    async def restore_one(self, record_id: str) -> Outcome:
        """Restore one record. Raises Invalid when that is not possible."""
        ...

    async def delete(
        self, filters: Filters | None, *, ids: Sequence[str] | None = None
    ) -> BatchResult:
        """Delete records for good: those that match `filters`, or `delete(None, ids=...)`.

        Returns the outcome of each.
        """
        ...

    async def delete_one(self, record_id: str) -> Outcome:
        """Delete one record for good."""
        ...

    async def empty(self) -> Outcome:
        """Delete everything in the bin for good; that takes a while if there is much in it."""
        ...
