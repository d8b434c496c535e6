"""Inventory templates, which are read-only in the API."""

from __future__ import annotations

from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.register import collection
from django_zcrm.emulator.engine.settings.value_types import (
    Flag,
    JSONObject,
    Moment,
    Text,
    ValueType,
    one_of,
)
from django_zcrm.emulator.engine.settings.value_types import module as a_module

routes = Routes()

_FOLDER = JSONObject(default=lambda org: {"name": "Public Templates", "id": org.ids.seeded(98_001)})

_TEMPLATE: dict[str, ValueType] = {
    "name": Text(75),
    "module": a_module(),
    "category": one_of("normal", "draft", default="normal"),
    "folder": _FOLDER,
    "editor_mode": one_of("plain_text", "rich_text", "gallery", default="rich_text"),
    "favorite": Flag(default=False),
    "active": Flag(default=True),
    "last_usage_time": Moment(),
    "content": Text(100_000, detail_only=True),
    "mail_content": Text(100_000, detail_only=True),
}

INVENTORY_TEMPLATES = collection(
    routes,
    "/settings/inventory_templates",
    methods="GET",
    item="{template} GET",
    scope="ZohoCRM.templates.inventory",
    since=2.1,
    paged=True,
    filters={"module": "module", "category": "category"},
    keys=_TEMPLATE,
    demo_items=lambda org: [
        {"name": f"{module} template", "module": {"api_name": module}, "content": "<table></table>"}
        for module in ("Quotes", "Invoices")
    ],
)
