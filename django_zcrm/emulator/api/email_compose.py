"""How users compose emails."""

from __future__ import annotations

from ..core import Request, Response, Routes, invalid_data, success
from ..engine.batch import batch
from ..engine.settings import keys
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.emails", versions=(3, 8), generic=True)


_COMPOSE = "/crm/email/{version}/settings/compose"
_COMPOSE_TYPES = ("default", "emailin", "mass_mail")


@routes.route("GET", _COMPOSE)
def get_compose(org: Organisation, request: Request) -> Item:
    """Return the composer's settings, for each kind of mail or the requested one."""
    type_name = request.args.get("type")
    if type_name and type_name not in _COMPOSE_TYPES:
        raise invalid_data(param_name="type", supported_values=list(_COMPOSE_TYPES))
    return {
        "email_compose": [
            _compose(org, request, mail_type)
            for mail_type in _COMPOSE_TYPES
            if not type_name or mail_type == type_name
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


@routes.route("PUT", _COMPOSE)
def update_compose(org: Organisation, request: Request) -> Response:
    """Change the composer's settings for some kinds of mail."""
    font = keys.JSONObject({"size": keys.Number(6, 36), "family": keys.Text(100)})

    def update(item: Item, path: JSONPath) -> Item:
        mail_type = keys.one_of(*_COMPOSE_TYPES).read(org, item.get("type"), path.child("type"))
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
