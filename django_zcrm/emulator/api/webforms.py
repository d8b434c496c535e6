"""Web forms of a module (docs v8 webforms). Nothing is served at their addresses."""

from __future__ import annotations

from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.fields import module_of, named_field
from django_zcrm.emulator.engine.settings.item_collection import ItemCollection
from django_zcrm.emulator.engine.settings.operations import get_item
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.settings.value_types import (
    Anything,
    Flag,
    JSONObject,
    ListOf,
    Number,
    Reference,
    Text,
    one_of,
    shape,
    user,
)
from django_zcrm.emulator.engine.settings.value_types import module as a_module
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes(generic=True)


def check_webform(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that layout and fields belong to the module."""
    module = module_of(org, values.get("module") or (before or {})["module"])
    if values.get("layout") not in (None, module.layout_id):
        raise path.child("layout").child("id").unknown_id()
    for index, field in enumerate(values.get("fields") or ()):
        child = path.child("fields").child(index)
        known = named_field(module, field, child)
        field |= {"api_name": known.api_name, "field_label": field.get("field_label", known.label)}


def _addresses(org: Organisation, form: Item) -> Item:
    """Return what Zoho makes of a form for pages to embed."""
    url = f"https://crm.brightwater.example/crm/WebFormServeServlet?rid={form['id']}"
    return {
        "landing_url": url,
        "embed_code": f'<script src="{url}&script=1"></script>',
        "iframe_code": f'<iframe src="{url}"></iframe>',
        "source_code": f'<form action="{url}" method="POST"></form>',
    }


WEBFORMS = collection(
    routes,
    "/settings/webforms",
    methods="GET POST PUT",
    item="{id} GET PUT DELETE",
    scope=f"{SETTINGS}.webforms",
    since=6,
    paged=True,
    filters={"module": "module", "layout_id": "layout", "active": "active"},
    audit=("created_by", "created_time"),
    keys={
        "name": Text(2000, pattern=r"[\w ]+", required=True),
        "module": a_module(required=True),
        "layout": Reference("layouts", required=True),
        "fields": ListOf(
            shape(
                api_name=Text(100, required=True),
                field_label=Text(),
                required=Flag(),
                hidden=Flag(),
            ),
            min_length=1,
            required=True,
        ),
        "form_attributes": shape(
            width=Number(1), color=Text(50), align=Text(50), display_form_name=Text()
        ),
        "button_attributes": ListOf(shape(name=Text(), color=Text(50))),
        "action_on_submit": Text(50, default="splash"),
        "action_value": Text(2000),
        "location_url": ListOf(Text(2000), default=[]),
        "owner": user(),
        "notify_owner": user(),
        "assignment_rule": Reference("assignment_rules"),
        "acknowledge_visitor": Anything(),
        "tags": ListOf(JSONObject(), default=[]),
        "approval_request": Flag(default=False),
        "double_optin_enabled": Flag(default=False),
        "create_contact": Flag(default=False),
        "active": Flag(default=True),
        "type": one_of("normal", read_only=True, default="normal"),
    },
    check=check_webform,
    item_extras=_addresses,
    demo_items=lambda org: [
        {
            "name": "Ask for an offer",
            "module": {"api_name": "Leads"},
            "layout": {"id": org.metadata.modules["Leads"].layout_id},
            "fields": [
                {"api_name": name, "field_label": label, "required": name == "Last_Name"}
                for name, label in (("Last_Name", "Your name"), ("Email", "Your address"))
            ],
            "location_url": ["https://www.brightwater.example/offer"],
        }
    ],
)


@routes.route(
    "GET",
    f"{WEBFORMS.collection_path}/{{id}}/actions/preview",
    scope=f"{SETTINGS}.webforms.READ",
    versions=WEBFORMS.versions_of("GET"),
)
def preview(org: Organisation, request: Request, id: str) -> Item | None:
    """Answer a form as it would be shown."""
    return get_item(ItemCollection(org, request, WEBFORMS, {}), id)
