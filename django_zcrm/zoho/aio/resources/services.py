"""Services that can be booked.

Written by tools/write_resources.py from zoho/resources/services.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome, Record
from ..results import AsyncPage


class Services:
    """Services (Zoho's manual: Services)."""

    async def list(self, *, fields: Sequence[str] | None = None) -> AsyncPage[Record]:
        """List services; iterating goes through all pages."""
        ...

    async def get(self, id: str) -> Record:
        """Return one service. Raises NotFound."""
        ...

    async def create(
        self, records: Sequence[Record], *, skip_mandatory: bool | None = None
    ) -> BatchResult:
        """Create services, 100 per request."""
        ...

    async def create_one(self, record: Record, *, skip_mandatory: bool | None = None) -> Outcome:
        """Create one service."""
        ...

    async def update(
        self, records: Sequence[Record], *, affected_data: bool | None = None
    ) -> BatchResult:
        """Update services, each with its `id`, 100 per request."""
        ...

    async def update_one(
        self, id: str, record: Record, *, affected_data: bool | None = None
    ) -> Outcome:
        """Update one service."""
        ...

    async def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete services, 100 per request."""
        ...

    async def delete_one(self, id: str) -> Outcome:
        """Delete one service."""
        ...
