"""Business hours: when the organisation works.

Written by tools/write_resources.py from zoho/resources/business_hours.py.
"""

from __future__ import annotations

from ...results import Outcome
from ...types import Values
from ...types.organisation import WorkingHours


class BusinessHours:
    """Business hours (Zoho's manual: Business Hours). For shifts, see `shift_hours`."""

    async def get(self, *, x_crm_org: str | None = None) -> WorkingHours:
        """Return the business hours. Raises NotFound until there are any."""
        ...

    async def create(self, business_hours: Values, *, x_crm_org: str | None = None) -> Outcome:
        """Set the business hours for the first time."""
        ...

    async def update(self, business_hours: Values, *, x_crm_org: str | None = None) -> Outcome:
        """Change the business hours."""
        ...
