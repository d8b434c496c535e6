"""Inventory: quotes that become sales orders, and sales orders that become invoices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operation import operation
from ..readers import one, value
from ..results import Outcome
from ..types import ApiNamed
from ..types.jobs import InventoryMassConvertStatus
from ..types.records import Id, InventoryTarget
from . import Resource

Convertible = Literal["Quotes", "Sales_Orders"]


class Inventory(Resource):
    """Conversion of quotes and sales orders (Zoho's manual: Convert Inventory Records)."""

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/convert",
        key="data",
        within=("convert_to",),
        returns=one,
        since="v7",
        scopes=("ZohoCRM.modules.{module}.CREATE",),
    )
    def convert(
        self, module: Convertible, id: str, convert_to: Sequence[InventoryTarget]
    ) -> Outcome:
        """Create a sales order or an invoice from a record; the outcome's `details` name it."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/mass_convert",
        beside=("ids", "convert_to", "assign_to", "related_modules"),
        returns=one,
        adapt="by_id",
        since="v7",
        scopes=("ZohoCRM.mass_convert.{module}.CREATE",),
    )
    def mass_convert(
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

    @operation(
        "GET",
        "/crm/{version}/{module}/actions/mass_convert",
        returns=value,
        since="v7",
        scopes=("ZohoCRM.mass_convert.{module}.READ",),
    )
    def mass_convert_status(self, module: Convertible, job_id: str) -> InventoryMassConvertStatus:
        """Return how far a mass conversion has come."""
        ...
