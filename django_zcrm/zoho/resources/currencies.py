"""Currencies: those that the organisation trades in."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.organisation import AvailableCurrency, Currency
from . import Resource


class Currencies(Resource, scope="ZohoCRM.settings.currencies", key="currencies"):
    """Currencies (Zoho's manual: Currencies)."""

    @operation("GET", "/crm/{version}/org/currencies")
    def list(self) -> Sequence[Currency]:
        """Return the organisation's currencies; none unless multiple currencies are enabled."""
        ...

    @operation("GET", "/crm/{version}/org/currencies/{id}")
    def get(self, id: str) -> Currency:
        """Return one currency. Raises NotFound.

        Args:
            id: Id of the currency.
        """
        ...

    @operation("POST", "/crm/{version}/org/currencies", body="currencies")
    def create(self, currencies: Sequence[Values]) -> BatchResult:
        """Add currencies; return the outcome of each.

        Args:
            currencies: Currencies to add, by Zoho's key, each with `iso_code` and `exchange_rate`.
        """
        ...

    @operation("PUT", "/crm/{version}/org/currencies", body="currencies")
    def update(self, currencies: Sequence[Values]) -> BatchResult:
        """Change currencies, each with its `id`; return the outcome of each.

        Args:
            currencies: Currencies to change, each with its `id` and the new values; at most 100.
        """
        ...

    @operation("PUT", "/crm/{version}/org/currencies/{id}", body="currency", in_list=True)
    def update_one(self, id: str, currency: Values) -> Outcome:
        """Change one currency. Raises Invalid when refused.

        Args:
            id: Id of the currency.
            currency: Values to change, by Zoho's key, such as `exchange_rate`.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/org/currencies/actions/available_currencies",
        key="available_currencies",
        since="v3",
    )
    def available(self) -> Sequence[AvailableCurrency]:
        """Return the currencies that Zoho supports."""
        ...

    @operation(
        "POST",
        "/crm/{version}/org/currencies/actions/enable",
        key="base_currency",
        body="base_currency",
    )
    def enable(self, base_currency: Values) -> Outcome:
        """Enable multiple currencies, and set the base currency; this cannot be undone.

        Args:
            base_currency: Values of the base currency by Zoho's key; needs `iso_code` and
                `exchange_rate`.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/org/currencies/actions/enable",
        key="base_currency",
        body="base_currency",
    )
    def update_base(self, base_currency: Values) -> Outcome:
        """Change the format of the base currency.

        Args:
            base_currency: Values to change, by Zoho's key, with the `id` of the base currency.
        """
        ...
