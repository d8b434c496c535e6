"""Email and inventory templates, wizards, sender addresses, the composer."""

from __future__ import annotations

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.generic.kinds import (
    Flag,
    Kind,
    Listed,
    Moment,
    Number,
    Shape,
    Text,
    one_of,
)
from django_zcrm.emulator.generic.kinds import module as a_module
from django_zcrm.emulator.generic.operations import get_item
from django_zcrm.emulator.generic.register import SETTINGS, collection, routes
from django_zcrm.emulator.generic.siblings import Siblings, required_param
from django_zcrm.emulator.problems import invalid_data, success
from django_zcrm.emulator.records.values import Place
from django_zcrm.emulator.records.writing import batch
from django_zcrm.emulator.settings import Item
from django_zcrm.emulator.state import Organisation

_FOLDER = Shape(default=lambda org: {"name": "Public Templates", "id": org.ids.seeded(98_001)})
_UNSENT = {"tracked": 0, "delivered": 0, "opened": 0, "bounced": 0, "sent": 0, "clicked": 0}

_TEMPLATE: dict[str, Kind] = {
    "name": Text(75),
    "module": a_module(),
    "category": one_of("normal", "draft", default="normal"),
    "folder": _FOLDER,
    "editor_mode": one_of("plain_text", "rich_text", "gallery", default="rich_text"),
    "favorite": Flag(default=False),
    "active": Flag(default=True),
    "last_usage_time": Moment(),
    "content": Text(100_000, alone=True),
    "mail_content": Text(100_000, alone=True),
}

EMAIL_TEMPLATES = collection(
    "/settings/email_templates",
    many="GET",
    one="{template} GET",
    scope="ZohoCRM.templates.email",
    since=2.1,
    paged=True,
    filters={"module": "module", "category": "category"},
    keys={
        **_TEMPLATE,
        "subject": Text(500),
        "associated": Flag(default=False),
        "consent_linked": Flag(default=False),
        "attachments": Listed(default=[]),
        "last_version_statistics": Shape(default=_UNSENT),
    },
    demo=lambda org: [
        {
            "name": name,
            "module": {"api_name": module},
            "subject": subject,
            "content": f"<p>Dear ${{{module}.Last_Name}},</p><p>{subject}.</p>",
            "mail_content": f"Dear ${{{module}.Last_Name}},\n\n{subject}.",
        }
        for name, module, subject in (
            ("Welcome", "Leads", "Welcome to Brightwater Trading"),
            ("Price list", "Leads", "Our price list"),
            ("Thank you", "Contacts", "Thank you for your order"),
        )
    ],
)

INVENTORY_TEMPLATES = collection(
    "/settings/inventory_templates",
    many="GET",
    one="{template} GET",
    scope="ZohoCRM.templates.inventory",
    since=2.1,
    paged=True,
    filters={"module": "module", "category": "category"},
    keys=_TEMPLATE,
    demo=lambda org: [
        {"name": f"{module} template", "module": {"api_name": module}, "content": "<table></table>"}
        for module in ("Quotes", "Invoices")
    ],
)


def _wizard_screens(org: Organisation, wizard: Item) -> Item:
    """A wizard's screens in containers, one for each layout."""
    module = next(one for one in org.metadata.modules.values() if one.id == wizard["module"])
    layout = {"name": "Standard", "display_label": "Standard", "id": module.layout_id}
    screens = [
        {"id": f"{wizard['id'][:-3]}{900 + number}", "api_name": name, "display_label": name}
        for number, name in enumerate(wizard["screens"])
    ]
    return {
        "containers": [{"id": f"{wizard['id'][:-3]}899", "layout": layout, "screens": screens}],
        "profiles": [
            {"name": profile["name"], "id": profile_id, "display_label": profile["display_label"]}
            for profile_id, profile in org.profiles.items()
        ],
        "portal_user_types": [],
    }


WIZARDS = collection(
    "/settings/wizards",
    many="GET",
    scope=f"{SETTINGS}.wizards",
    since=2.1,
    filters={"module": "module"},
    keys={
        "name": Text(30),
        "display_label": Text(30),
        "module": a_module(),
        "active": Flag(default=True),
        "screens": Listed(Text()),
    },
    derived=_wizard_screens,
    demo=lambda org: [
        {
            "name": "Lead intake",
            "display_label": "Lead intake",
            "module": {"api_name": "Leads"},
            "screens": ["Person", "Company"],
        }
    ],
)


@routes.route(
    "GET",
    f"{WIZARDS.collection_path}/{{wizard_id}}",
    scope=f"{SETTINGS}.wizards.READ",
    versions=(2.1, 8),
)
def get_wizard(org: Organisation, call: Call, wizard_id: str) -> Item | None:
    """Answer one wizard of a layout, which the parameter `layout_id` names."""
    layout = required_param(call, "layout_id")
    found = get_item(Siblings(org, call, WIZARDS, {}), wizard_id)
    if found and found["wizards"][0]["containers"][0]["layout"]["id"] != layout:
        raise invalid_data(param_name="layout_id")
    return found


@routes.route(
    "GET",
    "/crm/{version}/settings/emails/actions/from_addresses",
    scope=f"{SETTINGS}.emails.READ",
    versions=(2.1, 8),
)
def from_addresses(org: Organisation, call: Call) -> Item:
    """Answer the addresses that a user may send from: their own and the organisation's."""
    user_id = call.params.get("user_id")
    sender = org.users.get(user_id) if user_id else call.user
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


_COMPOSE = "/crm/email/{version}/settings/compose"
_COMPOSE_TYPES = ("default", "emailin", "mass_mail")


@routes.route("GET", _COMPOSE, scope=f"{SETTINGS}.emails.READ", versions=(3, 8))
def get_compose(org: Organisation, call: Call) -> Item:
    """Answer the composer's settings, for each kind of mail or the one asked for."""
    wanted = call.params.get("type")
    if wanted and wanted not in _COMPOSE_TYPES:
        raise invalid_data(param_name="type", supported_values=list(_COMPOSE_TYPES))
    return {
        "email_compose": [
            _compose(org, call, kind) for kind in _COMPOSE_TYPES if not wanted or kind == wanted
        ]
    }


def _compose(org: Organisation, call: Call, kind: str) -> Item:
    address = {"type": "primary", "user_name": call.user.full_name, "email": call.user.email}
    return {
        "default_from_address": address,
        "default_replyto_address": address,
        "font": {"size": 10, "family": "Verdana"},
        **org.settings.items("email_compose", call.user.id).get(kind, {}),
        "type": kind,
    }


@routes.route("PUT", _COMPOSE, scope=f"{SETTINGS}.emails.UPDATE", versions=(3, 8))
def update_compose(org: Organisation, call: Call) -> Answer:
    """Change the composer's settings for some kinds of mail."""
    font = Shape({"size": Number(6, 36), "family": Text(100)})

    def update(item: Item, place: Place) -> Item:
        kind = one_of(*_COMPOSE_TYPES).read(org, item.get("type"), place.child("type"))
        kept = org.settings.items("email_compose", call.user.id)
        changed = {
            name: item[name]
            for name in ("default_from_address", "default_replyto_address", "font")
            if isinstance(item.get(name), dict)
        }
        if "font" in changed:
            changed["font"] = font.read(org, changed["font"], place.child("font"))
        kept[kind] = kept.get(kind, {}) | changed
        return success("email compose settings updated successfully", {"type": kind})

    return batch(call, update, key="email_compose")
