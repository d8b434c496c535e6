"""Inventory templates: how quotes, orders and invoices look.

Written by tools/write_resources.py from zoho/resources/inventory_templates.py.
"""

from __future__ import annotations

from typing import Literal

from ...types import Filters, SortOrder
from ...types.messaging import InventoryTemplate
from ..results import AsyncPage


class InventoryTemplates:
    """Inventory templates (Zoho's manual: Inventory Templates)."""

    async def list(
        self,
        *,
        module: str | None = None,
        category: Literal["normal", "draft"] | None = None,
        filters: Filters | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[InventoryTemplate]:
        """List templates, of one module or of all."""
        ...

    async def get(self, template: str) -> InventoryTemplate:
        """Return one template with its content. Raises NotFound."""
        ...
