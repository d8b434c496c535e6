"""Rescheduled appointments: from when to when, by whom and why.

Written by tools/write_resources.py from zoho/resources/appointments_rescheduled_history.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome, Record
from ...types import SortOrder
from ..results import AsyncPage


class AppointmentsRescheduledHistory:
    """History of rescheduled appointments (Zoho's manual: Appointments Rescheduled History)."""

    async def list(
        self,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        per_page: int | None = None,
        page: int | None = None,
    ) -> AsyncPage[Record]:
        """List entries; iterating goes through all pages."""
        ...

    async def get(self, id: str, *, fields: Sequence[str] | None = None) -> Record:
        """Return one entry. Raises NotFound."""
        ...

    async def create(self, records: Sequence[Record]) -> BatchResult:
        """Create entries, 100 per request."""
        ...

    async def create_one(self, record: Record) -> Outcome:
        """Create one entry."""
        ...

    async def update(self, records: Sequence[Record]) -> BatchResult:
        """Update entries, each with its `id`, 100 per request."""
        ...

    async def update_one(self, id: str, record: Record) -> Outcome:
        """Update one entry."""
        ...

    async def delete_one(self, id: str) -> Outcome:
        """Delete one entry."""
        ...
