"""User types of portals."""

from __future__ import annotations

from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.settings.resource import messages_from
from django_zcrm.emulator.engine.settings.value_types import (
    Flag,
    JSONObject,
    ListOf,
    Number,
    Text,
    one_of,
    shape,
)
from django_zcrm.emulator.engine.settings.value_types import module as a_module
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes()

_SCOPE = f"{SETTINGS}.clientportal"


_PERMISSIONS = shape(
    {"required": True},
    **{
        name: Flag()
        for name in (
            "view edit create delete edit_shared_records create_attachment delete_attachment"
        ).split()
    },
)


def check_user_type(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that the modules a user type sees exist."""
    known = {module.id: module for module in org.metadata.modules.values()}
    shown = []
    for index, asked in enumerate(values.get("modules") or ()):
        module = known.get(str(asked["id"]))
        if module is None:
            child = path.child("modules").child(index).child("id")
            raise child.unknown_id()
        named = {"api_name": module.api_name, "plural_label": module.plural_label}
        shown.append({"fields": [], "filters": [], "layouts": [], **asked, **named})
    if "modules" in values:
        values["modules"] = shown


USER_TYPE = collection(
    routes,
    "/settings/portals/{portal}/user_type",
    methods="GET POST",
    item="{user_type_id} GET PUT DELETE",
    scope=_SCOPE,
    since=3,
    method_since={"POST": 6, "PUT": 6, "DELETE": 6},
    messages=messages_from("user type {done} successfully"),
    owners={"portal": "portals"},
    created=200,
    unique=("name",),
    keys={
        "name": Text(25, required=True),
        "personality_module": a_module(required=True),
        "modules": ListOf(
            shape(
                id=Text(19, required=True),
                shared_type=one_of("public", "private", required=True),
                permissions=_PERMISSIONS,
            ),
            required=True,
        ),
        "invitation_field": JSONObject({"id": Text(19, required=True)}, required=True),
        "default": Flag(read_only=True, default=False),
        "active": Flag(read_only=True, default=True),
        "active_user_count": Number(read_only=True, default=0),
        "deactive_user_count": Number(read_only=True, default=0),
    },
    check=check_user_type,
    demo_items=lambda org: [
        {
            "$owners": [portal["id"]],
            "name": "Clients",
            "personality_module": {"api_name": "Contacts"},
            "modules": [
                {
                    "id": org.metadata.modules["Deals"].id,
                    "api_name": "Deals",
                    "plural_label": "Deals",
                    "fields": [],
                    "filters": [],
                    "layouts": [],
                    "shared_type": "private",
                    "permissions": {"view": True, "edit": False},
                }
            ],
            "invitation_field": {
                "id": org.metadata.modules["Contacts"].field_map["Email"].id,
                "api_name": "Email",
            },
            "default": True,
        }
        for portal in org.settings.items("portals").values()
    ],
)
