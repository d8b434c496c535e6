"""Inventory templates: the appearance of quotes, orders and invoices."""

from __future__ import annotations

from typing import Literal

from ..operations.operation import operation
from ..operations.results import Page
from ..types import Filters, SortOrder
from ..types.messaging import InventoryTemplate
from . import Resource


class InventoryTemplates(
    Resource, scope="ZohoCRM.templates.inventory", key="inventory_templates", since="v2.1"
):
    """Inventory templates (Zoho's manual: Inventory Templates)."""

    @operation("GET", "/crm/{version}/settings/inventory_templates")
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
        """List templates, of one module or of all.

        Args:
            module: API name of a module; without it, all modules.
            category: `normal` for finished templates, `draft` for drafts; without it, both.
            filters: Condition, or group of conditions, on the templates to return.
            sort_by: Key of a template to sort by.
            sort_order: Direction of the sort: `asc` or `desc`.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Templates per page, 1 to 100; 20 by default.
        """
        ...

    @operation("GET", "/crm/{version}/settings/inventory_templates/{template}")
    def get(self, template: str) -> InventoryTemplate:
        """Return one template with its content. Raises NotFound.

        Args:
            template: Id of the template.
        """
        ...
