"""Portals and their details."""

from __future__ import annotations

from ..core import Refusal, Request, Routes, success
from ..engine.access import get_module_param
from ..engine.settings import SETTINGS, ItemCollection, Messages, collection, keys, writing
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.clientportal", versions=(8, 8), generic=True)

_SCOPE = f"{SETTINGS}.clientportal"
_PORTALS = "/crm/{version}/settings/portals"


def check_portal(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that names consist of letters and digits and are unique."""
    name = values.get("name")
    if name is None:
        return
    if not name.isalnum():
        raise Refusal(
            "PATTERN_NOT_MATCHED",
            "Please check whether the input values are correct",
            details=path.child("name").details(),
        )
    for other in org.settings.items("portals").values():
        if other["name"] == name and other is not before:
            raise Refusal(
                "ALREADY_USED",
                "the portal name is used already",
                details=path.child("name").details(),
            )


PORTALS = collection(
    routes,
    "/settings/portals",
    methods="GET POST",
    item="{portal_name} GET PUT",
    scope=_SCOPE,
    since=3,
    messages=Messages(
        "Portal created successfully",
        "Portal renamed successfully with given name.",
        "Portal deleted successfully",
    ),
    lookup_key="name",
    details=("name",),
    created=200,
    shows_id=False,
    keys={
        "name": keys.Text(30, min_length=6, required=True),
        "active": keys.Flag(read_only=True, default=True),
        "zaid": keys.Text(read_only=True, default="10037001122"),
        "login_url": keys.Text(read_only=True, default="https://portal.brightwater.example/login"),
        "saml_configuration": keys.shape(
            {"detail_only": True},
            login_url=keys.Text(2048, required=True),
            logout_url=keys.Text(2048, required=True),
            public_key=keys.Text(5000, required=True),
        ),
    },
    check=check_portal,
    demo_items=lambda org: [{"name": "BrightwaterClients"}],
)


@routes.route("DELETE", f"{_PORTALS}/{{portal}}")
def delete_portal(org: Organisation, request: Request, portal: str) -> Item:
    """Delete a portal with its user types."""
    collection = ItemCollection(org, request, PORTALS, {})
    item = collection.require(portal)
    writing.delete(org, request, PORTALS, collection.items, item)
    for collection_name in ("user_type", "portal_users"):
        org.settings.drop(collection_name, item["id"])
    return {"portals": [success(PORTALS.messages.deleted, {"name": item["name"]})]}


@routes.route("GET", f"{_PORTALS}/meta", versions=(6, 8))
def get_portals_meta(org: Organisation, request: Request) -> Item | None:
    """Return the modules that a portal of a module may show: those related to it."""
    module = get_module_param(org, request)
    related = dict.fromkeys(item.module for item in module.related_lists)
    rows = [
        {
            "module": {
                "api_name": other.api_name,
                "id": other.id,
                "plural_label": other.plural_label,
                "shared_type": "private",
                "filters": [],
                "layouts": [
                    {"name": "Standard", "display_label": "Standard", "id": other.layout_id}
                ],
                "views": [
                    {"name": view.name, "display_label": view.name, "id": view.id, "type": "custom"}
                    for view in other.views
                ],
            }
        }
        for name in related
        if (other := org.metadata.modules.get(name)) is not None and other.views
    ]
    return {"related_lists": rows} if rows else None
