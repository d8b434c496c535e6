"""Currencies: those that the organisation trades in.

Written by tools/write_resources.py from zoho/resources/currencies.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Values
from ...types.organisation import AvailableCurrency, Currency


class Currencies:
    """Currencies (Zoho's manual: Currencies)."""

    async def list(self) -> Sequence[Currency]:
        """Return the organisation's currencies; none unless multiple currencies are enabled."""
        ...

    async def get(self, id: str) -> Currency:
        """Return one currency. Raises NotFound."""
        ...

    async def create(self, currencies: Sequence[Values]) -> BatchResult:
        """Add currencies; return the outcome of each."""
        ...

    async def update(self, currencies: Sequence[Values]) -> BatchResult:
        """Change currencies, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, id: str, currency: Values) -> Outcome:
        """Change one currency. Raises Invalid when refused."""
        ...

    async def available(self) -> Sequence[AvailableCurrency]:
        """Return the currencies that Zoho supports."""
        ...

    async def enable(self, base_currency: Values) -> Outcome:
        """Enable multiple currencies, and set the base currency; this cannot be undone."""
        ...

    async def update_base(self, base_currency: Values) -> Outcome:
        """Change the format of the base currency."""
        ...
