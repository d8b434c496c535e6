"""Fiscal year: when the organisation's year begins."""

from __future__ import annotations

from ..operations.operation import operation
from ..operations.results import Outcome
from ..types import Values
from ..types.organisation import FiscalYearSettings
from . import Resource


class FiscalYear(Resource, scope="ZohoCRM.settings.fiscal_year", key="fiscal_year", since="v3"):
    """Fiscal year (Zoho's manual: Fiscal Year)."""

    @operation("GET", "/crm/{version}/settings/fiscal_year")
    def get(self) -> FiscalYearSettings:
        """Return the fiscal year. Raises NotFound until it is set."""
        ...

    @operation("PUT", "/crm/{version}/settings/fiscal_year", body="fiscal_year")
    def update(self, fiscal_year: Values) -> Outcome:
        """Change the fiscal year.

        Args:
            fiscal_year: Values to change, by Zoho's key, such as `start_month`.
        """
        ...
