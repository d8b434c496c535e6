"""Locks of records: who locked a record, and why.

Written by tools/write_resources.py from zoho/resources/record_locks.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import Outcome
from ...types.records import RecordLock
from ..results import AsyncPage


class RecordLocks:
    """Locks of a record (Zoho's manual: Record Locking Information)."""

    async def list(
        self,
        module: str,
        record_id: str,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        per_page: int | None = None,
        page: int | None = None,
        page_token: str | None = None,
    ) -> AsyncPage[RecordLock]:
        """List a record's locks."""
        ...

    async def get(
        self, module: str, record_id: str, lock_id: str, *, fields: Sequence[str] | None = None
    ) -> RecordLock:
        """Return one lock. Raises NotFound."""
        ...

    async def create_one(self, module: str, record_id: str, locked_reason: str) -> Outcome:
        """Lock a record."""
        ...

    async def update_one(
        self, module: str, record_id: str, lock_id: str, locked_reason: str
    ) -> Outcome:
        """Change the reason for a lock."""
        ...

    async def delete_one(self, module: str, record_id: str, lock_id: str) -> Outcome:
        """Unlock a record."""
        ...
