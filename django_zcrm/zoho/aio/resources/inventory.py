"""Inventory: quotes that become sales orders, and sales orders that become invoices.

Written by tools/write_resources.py from zoho/resources/inventory.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...resources.inventory import Convertible
from ...results import Outcome
from ...types import ApiNamed
from ...types.jobs import InventoryMassConvertStatus
from ...types.records import Id, InventoryTarget


class Inventory:
    """Conversion of quotes and sales orders (Zoho's manual: Convert Inventory Records)."""

    async def convert(
        self, module: Convertible, id: str, convert_to: Sequence[InventoryTarget]
    ) -> Outcome:
        """Create a sales order or an invoice from a record; the outcome's `details` name it."""
        ...

    async def mass_convert(
        self,
        module: Convertible,
        ids: Sequence[str],
        convert_to: Sequence[InventoryTarget],
        *,
        assign_to: str | Id | None = None,
        related_modules: Sequence[ApiNamed] | None = None,
    ) -> Outcome:
        """Convert records in the background: the job is `details["job_id"]`."""
        ...

    async def mass_convert_status(
        self, module: Convertible, job_id: str
    ) -> InventoryMassConvertStatus:
        """Return how far a mass conversion has come."""
        ...
