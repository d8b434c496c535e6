"""The addresses that emails may come from."""

from __future__ import annotations

from ..core import Request, Routes, invalid_data
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.emails", versions=(2.1, 8), generic=True)


@routes.route("GET", "/crm/{version}/settings/emails/actions/from_addresses")
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
