"""Inventory templates, which are read-only in the API."""

from __future__ import annotations

from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.kinds import Flag, Kind, Moment, Shape, Text, one_of
from django_zcrm.emulator.engine.settings.kinds import module as a_module
from django_zcrm.emulator.engine.settings.register import collection

routes = Routes()

_FOLDER = Shape(default=lambda org: {"name": "Public Templates", "id": org.ids.seeded(98_001)})

_TEMPLATE: dict[str, Kind] = {
    "name": Text(75),
    "module": a_module(),
    "category": one_of("normal", "draft", default="normal"),
    "folder": _FOLDER,
    "editor_mode": one_of("plain_text", "rich_text", "gallery", default="rich_text"),
    "favorite": Flag(default=False),
    "active": Flag(default=True),
    "last_usage_time": Moment(),
    "content": Text(100_000, alone=True),
    "mail_content": Text(100_000, alone=True),
}

INVENTORY_TEMPLATES = collection(
    routes,
    "/settings/inventory_templates",
    many="GET",
    one="{template} GET",
    scope="ZohoCRM.templates.inventory",
    since=2.1,
    paged=True,
    filters={"module": "module", "category": "category"},
    keys=_TEMPLATE,
    demo=lambda org: [
        {"name": f"{module} template", "module": {"api_name": module}, "content": "<table></table>"}
        for module in ("Quotes", "Invoices")
    ],
)
