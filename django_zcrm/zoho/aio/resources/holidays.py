"""Holidays: days off for all, or for a shift.

Written by tools/write_resources.py from zoho/resources/holidays.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...resources.holidays import HolidayType
from ...results import BatchResult, Outcome
from ...types import Values
from ...types.organisation import Holiday


class Holidays:
    """Holidays (Zoho's manual: Holidays)."""

    async def list(
        self,
        *,
        year: int | None = None,
        type: HolidayType | None = None,
        shift_id: str | None = None,
        x_crm_org: str | None = None,
    ) -> Sequence[Holiday]:
        """Return the holidays of a year, of the organisation or of a shift."""
        ...

    async def get(self, holiday_id: str, *, x_crm_org: str | None = None) -> Holiday:
        """Return one holiday. Raises NotFound."""
        ...

    async def create(
        self, holidays: Sequence[Values], *, x_crm_org: str | None = None
    ) -> BatchResult:
        """Create holidays; return the outcome of each."""
        ...

    async def update(
        self, holidays: Sequence[Values], *, x_crm_org: str | None = None
    ) -> BatchResult:
        """Change holidays, each with its `id`; return the outcome of each."""
        ...

    async def update_one(
        self, holiday_id: str, holiday: Values, *, x_crm_org: str | None = None
    ) -> Outcome:
        """Change one holiday."""
        ...

    async def delete_one(self, holiday_id: str, *, x_crm_org: str | None = None) -> Outcome:
        """Delete one holiday."""
        ...
