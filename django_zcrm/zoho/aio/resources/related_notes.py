"""Notes of one record.

Written by tools/write_resources.py from zoho/resources/related_notes.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import SortBy, SortOrder
from ...types.records import Note
from ..results import AsyncPage


class RelatedNotes:
    """Notes of a record (Zoho's manual: Notes, of a specific record)."""

    async def list(
        self,
        module: str,
        record_id: str,
        *,
        fields: Sequence[str] | None = None,
        sort_by: SortBy | str | None = None,
        sort_order: SortOrder | None = None,
        per_page: int | None = None,
        page: int | None = None,
    ) -> AsyncPage[Note]:
        """List a record's notes."""
        ...

    async def get(self, module: str, record_id: str, note_id: str) -> Note:
        """Return one of a record's notes. Raises NotFound."""
        ...

    async def create(self, module: str, record_id: str, notes: Sequence[Note]) -> BatchResult:
        """Add notes to a record, 100 per request."""
        ...

    async def create_one(self, module: str, record_id: str, note: Note) -> Outcome:
        """Add one note to a record."""
        ...

    async def update(self, module: str, record_id: str, notes: Sequence[Note]) -> BatchResult:
        """Change notes of a record, each with its `id`, 100 per request."""
        ...

    async def update_one(self, module: str, record_id: str, note_id: str, note: Note) -> Outcome:
        """Change one of a record's notes."""
        ...

    async def delete(self, module: str, record_id: str, ids: Sequence[str]) -> BatchResult:
        """Delete notes of a record, 100 per request."""
        ...

    async def delete_one(self, module: str, record_id: str, note_id: str) -> Outcome:
        """Delete one of a record's notes."""
        ...
