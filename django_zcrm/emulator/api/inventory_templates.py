"""Inventory templates, which are read-only in the API."""

from __future__ import annotations

from ..core import Routes
from ..engine.settings import collection
from ..engine.settings.shared_keys import TEMPLATE_KEYS

routes = Routes()

INVENTORY_TEMPLATES = collection(
    routes,
    "/settings/inventory_templates",
    methods="GET",
    item="{template} GET",
    scope="ZohoCRM.templates.inventory",
    since=2.1,
    paged=True,
    filters={"module": "module", "category": "category"},
    keys=TEMPLATE_KEYS,
    demo_items=lambda org: [
        {"name": f"{module} template", "module": {"api_name": module}, "content": "<table></table>"}
        for module in ("Quotes", "Invoices")
    ],
)
