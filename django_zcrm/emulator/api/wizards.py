"""Wizards, which are read-only in the API."""

from __future__ import annotations

from django_zcrm.emulator.core.errors import invalid_data
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.access import required_param
from django_zcrm.emulator.engine.settings.item_collection import ItemCollection
from django_zcrm.emulator.engine.settings.operations import get_item
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.settings.value_types import Flag, ListOf, Text
from django_zcrm.emulator.engine.settings.value_types import module as a_module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes(generic=True)


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
        "name": Text(30),
        "display_label": Text(30),
        "module": a_module(),
        "active": Flag(default=True),
        "screens": ListOf(Text()),
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


@routes.route(
    "GET",
    f"{WIZARDS.collection_path}/{{wizard_id}}",
    scope=f"{SETTINGS}.wizards.READ",
    versions=(2.1, 8),
)
def get_wizard(org: Organisation, request: Request, wizard_id: str) -> Item | None:
    """Answer one wizard of a layout, which the parameter `layout_id` names."""
    layout = required_param(request, "layout_id")
    answer = get_item(ItemCollection(org, request, WIZARDS, {}), wizard_id)
    if answer and answer["wizards"][0]["containers"][0]["layout"]["id"] != layout:
        raise invalid_data(param_name="layout_id")
    return answer
