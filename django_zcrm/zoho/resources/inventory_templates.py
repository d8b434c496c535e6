"""Inventory templates: how quotes, orders and invoices look."""

from __future__ import annotations

from typing import Literal

from ..operation import operation
from ..readers import item, page
from ..results import Page
from ..types import Filters, SortOrder
from ..types.messaging import InventoryTemplate
from . import Resource


class InventoryTemplates(Resource):
    """Inventory templates (Zoho's manual: Inventory Templates)."""

    @operation(
        "GET",
        "/crm/{version}/settings/inventory_templates",
        key="inventory_templates",
        returns=page,
        since="v2.1",
        scopes=("ZohoCRM.templates.inventory.READ",),
    )
    def list(
        self,
        *,
        module: str | None = None,
        category: Literal["normal", "draft"] | None = None,
        filters: Filters | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[InventoryTemplate]:
        """List templates, of one module or of all."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/inventory_templates/{template}",
        key="inventory_templates",
        returns=item,
        since="v2.1",
        scopes=("ZohoCRM.templates.inventory.READ",),
    )
    def get(self, template: str) -> InventoryTemplate:
        """Return one template with its content. Raises NotFound."""
        ...
