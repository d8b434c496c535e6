"""Appointments: bookings of services.

Written by tools/write_resources.py from zoho/resources/appointments.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome, Record
from ..results import AsyncPage


class Appointments:
    """Appointments (Zoho's manual: Appointments)."""

    async def list(self, *, fields: Sequence[str] | None = None) -> AsyncPage[Record]:
        """List appointments; iterating goes through all pages."""
        ...

    async def get(self, appointment_id: str) -> Record:
        """Return one appointment. Raises NotFound."""
        ...

    async def create(self, records: Sequence[Record]) -> BatchResult:
        """Create appointments, 100 per request."""
        ...

    async def create_one(self, record: Record) -> Outcome:
        """Create one appointment."""
        ...

    async def update(self, records: Sequence[Record]) -> BatchResult:
        """Update appointments, each with its `id`, 100 per request."""
        ...

    async def update_one(self, appointment_id: str, record: Record) -> Outcome:
        """Update one appointment."""
        ...

    async def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete appointments, 100 per request."""
        ...

    async def delete_one(self, appointment_id: str) -> Outcome:
        """Delete one appointment."""
        ...
