"""User types of portals."""

from __future__ import annotations

from ..core import Request, Routes
from ..engine.settings import SETTINGS, collection, keys, messages_from
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes()

_SCOPE = f"{SETTINGS}.clientportal"


_PERMISSIONS = keys.shape(
    {"required": True},
    **{
        name: keys.Flag()
        for name in (
            "view edit create delete edit_shared_records create_attachment delete_attachment"
        ).split()
    },
)


def check_user_type(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that the modules a user type sees exist."""
    modules_by_id = {module.id: module for module in org.metadata.modules.values()}
    results = []
    for index, item in enumerate(values.get("modules") or ()):
        module = modules_by_id.get(str(item["id"]))
        if module is None:
            child = path.child("modules").child(index).child("id")
            raise child.unknown_id()
        names = {"api_name": module.api_name, "plural_label": module.plural_label}
        results.append({"fields": [], "filters": [], "layouts": [], **item, **names})
    if "modules" in values:
        values["modules"] = results


USER_TYPE = collection(
    routes,
    "/settings/portals/{portal}/user_type",
    methods="GET POST",
    item="{user_type_id} GET PUT DELETE",
    scope=_SCOPE,
    since=3,
    method_since={"POST": 6, "PUT": 6, "DELETE": 6},
    messages=messages_from("user type {verb} successfully"),
    owners={"portal": "portals"},
    created=200,
    unique=("name",),
    keys={
        "name": keys.Text(25, required=True),
        "personality_module": keys.module(required=True),
        "modules": keys.ListOf(
            keys.shape(
                id=keys.Text(19, required=True),
                shared_type=keys.one_of("public", "private", required=True),
                permissions=_PERMISSIONS,
            ),
            required=True,
        ),
        "invitation_field": keys.JSONObject({"id": keys.Text(19, required=True)}, required=True),
        "default": keys.Flag(read_only=True, default=False),
        "active": keys.Flag(read_only=True, default=True),
        "active_user_count": keys.Number(read_only=True, default=0),
        "deactive_user_count": keys.Number(read_only=True, default=0),
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
