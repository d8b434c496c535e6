"""Unsubscribe links, and where they are used (docs v8 unsubscribe-links)."""

from __future__ import annotations

from ..core import Request, Routes
from ..engine.settings import SETTINGS, collection, dependent_missing, keys
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.unsubscribe", versions=(6, 8), generic=True)


def check_link(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that a custom page has a URL, and a submission the keys that its action needs."""
    whole = {**(before or {}), **values}
    required = {
        ("page_type", "custom"): "custom_location_url",
        ("submission_action_type", "redirect"): "submission_redirect_url",
        ("submission_action_type", "display_message"): "submission_message",
    }
    for (name, value), other in required.items():
        if whole.get(name) == value and not whole.get(other):
            raise dependent_missing(path, other, name)


UNSUBSCRIBE_LINKS = collection(
    routes,
    "/settings/unsubscribe_links",
    methods="GET POST PUT",
    item="{id} GET PUT DELETE",
    scope=f"{SETTINGS}.unsubscribe",
    since=6,
    messages="unsubscribe link {verb} successfully",
    unique=("name",),
    keys={
        "name": keys.Text(100, required=True),
        "page_type": keys.one_of("standard", "custom", required=True),
        "custom_location_url": keys.Text(2048),
        "standard_page_message": keys.Text(1000),
        "submission_action_type": keys.one_of("redirect", "display_message", required=True),
        "submission_message": keys.Text(1000),
        "submission_redirect_url": keys.Text(2048),
        "landing_url": keys.Text(read_only=True),
    },
    check=check_link,
    demo_items=lambda org: [
        {
            "name": "Newsletter",
            "page_type": "standard",
            "standard_page_message": "Leave our newsletter?",
            "submission_action_type": "display_message",
            "submission_message": "You will not hear from us again.",
        }
    ],
)


@routes.route("GET", "/crm/{version}/settings/unsubscribe_link/actions/associations")
def list_link_associations(org: Organisation, request: Request) -> Item | None:
    """Return which email templates use which links."""
    templates = list(org.settings.items("email_templates").values())
    modules = {module.id: module.api_name for module in org.metadata.modules.values()}
    results = []
    for link in org.settings.items("unsubscribe_links").values():
        places = [
            {
                "type": "email_templates",
                "resource": {"name": template["name"], "id": template["id"]},
                "details": {
                    "module": {"api_name": modules[template["module"]], "id": template["module"]}
                },
            }
            for template in templates
            if link["id"] in (template.get("content") or "")
        ]
        if places:
            results.append({"id": link["id"], "associated_places": places})
    return {"associations": results} if results else None
