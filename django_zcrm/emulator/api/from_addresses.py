"""The addresses that emails may come from."""

from __future__ import annotations

from ..core import Request, Routes, invalid_data
from ..engine.settings import SETTINGS
from ..state import Item, Organisation

routes = Routes(generic=True)


@routes.route(
    "GET",
    "/crm/{version}/settings/emails/actions/from_addresses",
    scope=f"{SETTINGS}.emails.READ",
    versions=(2.1, 8),
)
def list_from_addresses(org: Organisation, request: Request) -> Item:
    """Return the addresses that a user may send from: their own and the organisation's."""
    user_id = request.args.get("user_id")
    sender = org.users.get(user_id) if user_id else request.user
    if sender is None:
        raise invalid_data("the id given seems to be invalid", param_name="user_id")
    own = {"email": sender.email, "type": "primary", "id": sender.id, "default": True}
    shared = {
        "email": f"info@{sender.email.partition('@')[2]}",
        "type": "org_email",
        "id": None,
        "default": False,
    }
    return {
        "from_addresses": [
            own | {"user_name": sender.full_name},
            shared | {"user_name": org.name},
        ]
    }
