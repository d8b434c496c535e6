"""The signatures that users put below their mails (Zoho's SDKs for v8)."""

from __future__ import annotations

from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.settings.value_types import ListOf, Text, one_of, shape
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes(generic=True)


def check_signature(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Give a new signature to the user whom `user_id` names."""
    user_id = request.args.get("user_id")
    if before is not None or user_id is None:
        return
    if user_id not in org.users:
        raise path.child("user_id").unknown_id()
    values["owner"] = user_id


def _owner(signature: Item) -> str:
    return str(signature.get("owner") or signature["created_by"])


EMAIL_SIGNATURES = collection(
    routes,
    "/settings/compose/email_signatures",
    root="/crm/email/{version}",
    methods="GET POST PUT DELETE",
    item="{id} GET PUT DELETE",
    scope=f"{SETTINGS}.emails",
    since=8,
    # Who made one without `user_id` owns it.
    filters={"user_id": lambda org, item, user_id: user_id == _owner(item)},
    audit=(),
    unique=("name",),
    keys={
        "name": Text(100, required=True),
        "content": Text(10_000, required=True),
        "editor_mode": one_of("plain_text", "rich_text", default="rich_text"),
        "from": ListOf(shape(user_name=Text(100), email=Text(254, required=True)), default=[]),
    },
    check=check_signature,
    demo_items=lambda org: [
        {
            "name": "Sales",
            "content": "<p>Kind regards<br>Brightwater Trading</p>",
            "from": [
                {"user_name": user.full_name, "email": user.email}
                for user in list(org.users.values())[:1]
            ],
        }
    ],
)
