"""Wizards, which are read-only in the API."""

from __future__ import annotations

from ..core import Request, Routes, invalid_data
from ..engine.access import require_param
from ..engine.settings import SETTINGS, ItemCollection, collection, keys
from ..engine.settings.operations import get_item
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.wizards", versions=(2.1, 8), generic=True)


def _wizard_screens(org: Organisation, wizard: Item) -> Item:
    """A wizard's screens in containers, one for each layout."""
    module = next(item for item in org.metadata.modules.values() if item.id == wizard["module"])
    layout = {"name": "Standard", "display_label": "Standard", "id": module.layout_id}
    screens = [
        {"id": f"{wizard['id'][:-3]}{900 + number}", "api_name": name, "display_label": name}
        for number, name in enumerate(wizard["screens"])
    ]
    return {
        "containers": [{"id": f"{wizard['id'][:-3]}899", "layout": layout, "screens": screens}],
        "profiles": [
            {"name": profile["name"], "id": profile_id, "display_label": profile["display_label"]}
            for profile_id, profile in org.profiles.items()
        ],
        "portal_user_types": [],
    }


WIZARDS = collection(
    routes,
    "/settings/wizards",
    methods="GET",
    scope=f"{SETTINGS}.wizards",
    since=2.1,
    filters={"module": "module"},
    keys={
        "name": keys.Text(30),
        "display_label": keys.Text(30),
        "module": keys.module(),
        "active": keys.Flag(default=True),
        "screens": keys.ListOf(keys.Text()),
    },
    item_extras=_wizard_screens,
    demo_items=lambda org: [
        {
            "name": "Lead intake",
            "display_label": "Lead intake",
            "module": {"api_name": "Leads"},
            "screens": ["Person", "Company"],
        }
    ],
)


@routes.route("GET", f"{WIZARDS.collection_path}/{{wizard_id}}")
def get_wizard(org: Organisation, request: Request, wizard_id: str) -> Item | None:
    """Return one wizard of a layout, which the parameter `layout_id` names."""
    layout = require_param(request, "layout_id")
    body = get_item(ItemCollection(org, request, WIZARDS, {}), wizard_id)
    if body and body["wizards"][0]["containers"][0]["layout"]["id"] != layout:
        raise invalid_data(param_name="layout_id")
    return body
