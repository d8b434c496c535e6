"""Fiscal year: when the organisation's year begins.

Written by tools/write_resources.py from zoho/resources/fiscal_year.py.
"""

from __future__ import annotations

from ...results import Outcome
from ...types import Values
from ...types.organisation import FiscalYearSettings


class FiscalYear:
    """Fiscal year (Zoho's manual: Fiscal Year)."""

    async def get(self) -> FiscalYearSettings:
        """Return the fiscal year. Raises NotFound until it is set."""
        ...

    async def update(self, fiscal_year: Values) -> Outcome:
        """Change the fiscal year."""
        ...
