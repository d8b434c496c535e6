"""Inventory: quotes that become sales orders, and sales orders that become invoices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.readers import value
from ..operations.results import Outcome
from ..types import ApiNamed
from ..types.jobs import InventoryMassConvertStatus
from ..types.records import Id, InventoryTarget
from . import Resource

Convertible = Literal["Quotes", "Sales_Orders"]


class Inventory(Resource, scope="ZohoCRM.mass_convert.{module}", since="v7"):
    """Conversion of quotes and sales orders (Zoho's manual: Convert Inventory Records)."""

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/convert",
        key="data",
        within=("convert_to",),
        scopes=("ZohoCRM.modules.{module}.CREATE",),
    )
    def convert(
        self, module: Convertible, id: str, convert_to: Sequence[InventoryTarget]
    ) -> Outcome:
        """Create a sales order or an invoice from a record; the outcome's `details` contain its id.

        Args:
            module: API name of the module of the records: `Quotes` or `Sales_Orders`.
            id: Id of the record.
            convert_to: Exactly one target: its `module`, and `carry_over_tags` to keep the tags.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/mass_convert",
        top_level=("ids", "convert_to", "assign_to", "related_modules"),
        adapt="by_id",
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
        """Convert records in the background; the id of the job is `details["job_id"]`.

        Args:
            module: API name of the module of the records: `Quotes` or `Sales_Orders`.
            ids: Ids of the records.
            convert_to: Targets, each with its `module`, and `carry_over_tags` to keep the tags.
            assign_to: Id of the user who will own the new records.
            related_modules: Modules, by API name and id, such as `Tasks`: their related records get
                the new owner too.
        """
        ...

    @operation("GET", "/crm/{version}/{module}/actions/mass_convert", returns=value)
    def mass_convert_status(self, module: Convertible, job_id: str) -> InventoryMassConvertStatus:
        """Return the progress of a mass conversion.

        Args:
            module: API name of the module of the records: `Quotes` or `Sales_Orders`.
            job_id: Id of the job.
        """
        ...
