"""How users compose emails."""

from __future__ import annotations

from django_zcrm.emulator.core.errors import invalid_data, success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.batch import batch
from django_zcrm.emulator.engine.settings.register import SETTINGS
from django_zcrm.emulator.engine.settings.value_types import JSONObject, Number, Text, one_of
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes(generic=True)


_COMPOSE = "/crm/email/{version}/settings/compose"
_COMPOSE_TYPES = ("default", "emailin", "mass_mail")


@routes.route("GET", _COMPOSE, scope=f"{SETTINGS}.emails.READ", versions=(3, 8))
def get_compose(org: Organisation, request: Request) -> Item:
    """Answer the composer's settings, for each kind of mail or the one asked for."""
    asked_type = request.args.get("type")
    if asked_type and asked_type not in _COMPOSE_TYPES:
        raise invalid_data(param_name="type", supported_values=list(_COMPOSE_TYPES))
    return {
        "email_compose": [
            _compose(org, request, mail_type)
            for mail_type in _COMPOSE_TYPES
            if not asked_type or mail_type == asked_type
        ]
    }


def _compose(org: Organisation, request: Request, mail_type: str) -> Item:
    address = {"type": "primary", "user_name": request.user.full_name, "email": request.user.email}
    return {
        "default_from_address": address,
        "default_replyto_address": address,
        "font": {"size": 10, "family": "Verdana"},
        **org.settings.items("email_compose", request.user.id).get(mail_type, {}),
        "type": mail_type,
    }


@routes.route("PUT", _COMPOSE, scope=f"{SETTINGS}.emails.UPDATE", versions=(3, 8))
def update_compose(org: Organisation, request: Request) -> Response:
    """Change the composer's settings for some kinds of mail."""
    font = JSONObject({"size": Number(6, 36), "family": Text(100)})

    def update(item: Item, path: JSONPath) -> Item:
        mail_type = one_of(*_COMPOSE_TYPES).read(org, item.get("type"), path.child("type"))
        items = org.settings.items("email_compose", request.user.id)
        changed = {
            name: item[name]
            for name in ("default_from_address", "default_replyto_address", "font")
            if isinstance(item.get(name), dict)
        }
        if "font" in changed:
            changed["font"] = font.read(org, changed["font"], path.child("font"))
        items[mail_type] = items.get(mail_type, {}) | changed
        return success("email compose settings updated successfully", {"type": mail_type})

    return batch(request, update, key="email_compose")
