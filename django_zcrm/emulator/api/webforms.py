"""Web forms of a module (docs v8 webforms). Nothing is served at their addresses."""

from __future__ import annotations

from ..core import Request, Routes
from ..engine.settings import SETTINGS, ItemCollection, collection, keys, module_of, require_field
from ..engine.settings.operations import get_item
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.webforms", versions=(6, 8), generic=True)


def check_webform(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that layout and fields belong to the module."""
    module = module_of(org, values.get("module") or (before or {})["module"])
    if values.get("layout") not in (None, module.layout_id):
        raise path.child("layout").child("id").unknown_id()
    for index, field in enumerate(values.get("fields") or ()):
        child = path.child("fields").child(index)
        crm_field = require_field(module, field, child)
        field |= {
            "api_name": crm_field.api_name,
            "field_label": field.get("field_label", crm_field.label),
        }


def _addresses(org: Organisation, form: Item) -> Item:
    """Return the addresses and snippets of a form for embedding."""
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
        "name": keys.Text(2000, pattern=r"[\w ]+", required=True),
        "module": keys.module(required=True),
        "layout": keys.Reference("layouts", required=True),
        "fields": keys.ListOf(
            keys.shape(
                api_name=keys.Text(100, required=True),
                field_label=keys.Text(),
                required=keys.Flag(),
                hidden=keys.Flag(),
            ),
            min_length=1,
            required=True,
        ),
        "form_attributes": keys.shape(
            width=keys.Number(1),
            color=keys.Text(50),
            align=keys.Text(50),
            display_form_name=keys.Text(),
        ),
        "button_attributes": keys.ListOf(keys.shape(name=keys.Text(), color=keys.Text(50))),
        "action_on_submit": keys.Text(50, default="splash"),
        "action_value": keys.Text(2000),
        "location_url": keys.ListOf(keys.Text(2000), default=[]),
        "owner": keys.user(),
        "notify_owner": keys.user(),
        "assignment_rule": keys.Reference("assignment_rules"),
        "acknowledge_visitor": keys.Anything(),
        "tags": keys.ListOf(keys.JSONObject(), default=[]),
        "approval_request": keys.Flag(default=False),
        "double_optin_enabled": keys.Flag(default=False),
        "create_contact": keys.Flag(default=False),
        "active": keys.Flag(default=True),
        "type": keys.one_of("normal", read_only=True, default="normal"),
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


@routes.route("GET", f"{WEBFORMS.collection_path}/{{id}}/actions/preview")
def preview(org: Organisation, request: Request, id: str) -> Item | None:
    """Return a form as it would be shown."""
    return get_item(ItemCollection(org, request, WEBFORMS, {}), id)
