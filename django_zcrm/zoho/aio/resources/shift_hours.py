"""Shift hours: who works when.

Written by tools/write_resources.py from zoho/resources/shift_hours.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Values
from ...types.organisation import ShiftHour


class ShiftHours:
    """Shifts (Zoho's manual: Shift Hours)."""

    async def list(self, *, x_crm_org: str | None = None) -> Sequence[ShiftHour]:
        """Return all shifts."""
        ...

    async def get(self, shift_id: str, *, x_crm_org: str | None = None) -> ShiftHour:
        """Return one shift with its users, breaks and holidays. Raises NotFound."""
        ...

    async def create(
        self, shift_hours: Sequence[Values], *, x_crm_org: str | None = None
    ) -> BatchResult:
        """Create shifts; return the outcome of each."""
        ...

    async def update(
        self, shift_hours: Sequence[Values], *, x_crm_org: str | None = None
    ) -> BatchResult:
        """Change shifts, each with its `id`; return the outcome of each."""
        ...

    async def update_one(
        self, shift_id: str, shift_hour: Values, *, x_crm_org: str | None = None
    ) -> Outcome:
        """Change one shift."""
        ...

    async def delete_one(self, shift_id: str, *, x_crm_org: str | None = None) -> Outcome:
        """Delete one shift."""
        ...
