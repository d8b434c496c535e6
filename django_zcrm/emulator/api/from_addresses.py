"""The addresses that emails may come from."""

from __future__ import annotations

from django_zcrm.emulator.core.errors import invalid_data
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.register import SETTINGS
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes(generic=True)


@routes.route(
    "GET",
    "/crm/{version}/settings/emails/actions/from_addresses",
    scope=f"{SETTINGS}.emails.READ",
    versions=(2.1, 8),
)
def from_addresses(org: Organisation, request: Request) -> Item:
    """Answer the addresses that a user may send from: their own and the organisation's."""
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
