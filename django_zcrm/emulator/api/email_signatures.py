"""The signatures that users put below their mails (Zoho's SDKs for v8)."""

from __future__ import annotations

from ..core import Request, Routes
from ..engine.settings import SETTINGS, collection, keys
from ..engine.values import JSONPath
from ..state import Item, Organisation

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
    # A signature without `user_id` belongs to its creator.
    filters={"user_id": lambda org, item, user_id: user_id == _owner(item)},
    audit=(),
    unique=("name",),
    keys={
        "name": keys.Text(100, required=True),
        "content": keys.Text(10_000, required=True),
        "editor_mode": keys.one_of("plain_text", "rich_text", default="rich_text"),
        "from": keys.ListOf(
            keys.shape(user_name=keys.Text(100), email=keys.Text(254, required=True)), default=[]
        ),
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
