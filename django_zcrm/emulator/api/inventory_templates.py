"""Inventory templates, which are read-only in the API."""

from __future__ import annotations

from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.register import collection
from django_zcrm.emulator.engine.settings.shared_keys import TEMPLATE_KEYS

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
