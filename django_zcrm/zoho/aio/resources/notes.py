"""Notes of all records; for those of one record, see `related_notes`.

Written by tools/write_resources.py from zoho/resources/notes.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...results import BatchResult, Outcome
from ...types import SortBy, SortOrder
from ...types.records import Note
from ..results import AsyncPage


class Notes:
    """Notes (Zoho's manual: Notes)."""

    async def list(
        self,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        sort_by: SortBy | str | None = None,
        sort_order: SortOrder | None = None,
        per_page: int | None = None,
        page: int | None = None,
        page_token: str | None = None,
    ) -> AsyncPage[Note]:
        """List notes of all records; for administrators only."""
        ...

    async def get(
        self,
        id: str,
        *,
        fields: Sequence[str] | None = None,
        if_modified_since: datetime | None = None,
    ) -> Note:
        """Return one note. Raises NotFound."""
        ...

    async def create(self, notes: Sequence[Note]) -> BatchResult:
        """Create notes, 100 per request.

        Each has `Note_Content` and the record that it belongs to,
        `"Parent_Id": {"id": ..., "module": {"api_name": "Leads"}}`.
        """
        ...

    async def create_one(self, note: Note) -> Outcome:
        """Create one note."""
        ...

    async def update(self, notes: Sequence[Note]) -> BatchResult:
        """Change notes, each with its `id`, 100 per request."""
        ...

    async def update_one(self, id: str, note: Note) -> Outcome:
        """Change one note."""
        ...

    async def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete notes, 100 per request."""
        ...

    async def delete_one(self, id: str) -> Outcome:
        """Delete one note."""
        ...
