"""Webhooks of workflow rules, with their usage and failures."""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.core.errors import invalid_data
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.access import asked_module, required_param
from django_zcrm.emulator.engine.settings.fields import module_of
from django_zcrm.emulator.engine.settings.register import collection
from django_zcrm.emulator.engine.settings.rendering import page_of
from django_zcrm.emulator.engine.settings.shared_keys import (
    AUTOMATION_ACTION_KEYS,
    AUTOMATION_ACTIONS,
)
from django_zcrm.emulator.engine.settings.value_types import (
    JSONObject,
    ListOf,
    Text,
    one_of,
    shape,
)
from django_zcrm.emulator.engine.settings.value_types import module as a_module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes(generic=True)

_PARAMETERS = ListOf(shape(name=Text(required=True), value=Text()), default=[])

WEBHOOKS = collection(
    routes,
    "/settings/automation/webhooks",
    methods="GET POST PUT DELETE",
    item="{webhookId} GET PUT DELETE",
    scope=AUTOMATION_ACTIONS,
    since=8,
    messages="webhook {done} successfully",
    paged=True,
    filters={
        "module": "module",
        "related_module": "related_module",
        "feature_type": "feature_type",
    },
    unique=("name",),
    keys={
        "name": Text(100, required=True),
        "description": Text(200),
        "module": a_module(required=True),
        "url": Text(2048, r"https?://\S+", required=True),
        "http_method": one_of("GET", "POST", "PUT", "DELETE", "PATCH", required=True),
        "authentication": shape(
            {"default": {"type": "general"}}, type=one_of("general", "connection")
        ),
        "headers": shape(custom_parameters=_PARAMETERS, module_parameters=_PARAMETERS),
        "url_parameters": JSONObject(),
        "body": shape(
            type=one_of("form_data", "raw", "none"), format=one_of("JSON", "XML", "HTML", "Text")
        ),
        "date_time_format": JSONObject(),
        **AUTOMATION_ACTION_KEYS,
    },
    demo_items=lambda org: [
        {
            "name": "Shop hook",
            "module": {"api_name": "Deals"},
            "url": "https://shop.brightwater.example/hooks/deal",
            "http_method": "POST",
            "headers": {
                "custom_parameters": [{"name": "X-Source", "value": "crm"}],
                "module_parameters": [],
            },
            "body": {"type": "raw", "format": "JSON", "raw_data_content": "{}"},
        }
    ],
)
_READ, _VERSIONS = WEBHOOKS.scope_of("GET"), WEBHOOKS.versions_of("GET")
_PER_PAGE_NOTE = {"max_limit": 2000}


@routes.route(
    "GET",
    f"{WEBHOOKS.collection_path}/actions/associated_modules",
    scope=_READ,
    versions=_VERSIONS,
)
def webhook_modules(org: Organisation, request: Request) -> Item:
    """Answer the modules that have webhooks."""
    ids = dict.fromkeys(hook["module"] for hook in org.settings.items("webhooks").values())
    return {
        "associated_modules": [
            {"api_name": module_of(org, module_id).api_name, "id": module_id} for module_id in ids
        ]
    }


@routes.route(
    "GET", f"{WEBHOOKS.collection_path}/actions/usage_reports", scope=_READ, versions=_VERSIONS
)
def webhook_usage(org: Organisation, request: Request) -> Item:
    """Answer how often webhooks were called; the emulator runs no workflow."""
    if required_param(request, "group_by") != "date":
        raise invalid_data(param_name="group_by", supported_values=["date"])
    return _nothing(request, "data_usage")


@routes.route(
    "GET",
    "/crm/{version}/settings/automation/webhook_failures",
    scope=_READ,
    versions=_VERSIONS,
)
def webhook_failures(org: Organisation, request: Request) -> Item:
    """Answer which webhooks failed; the emulator runs no workflow."""
    if request.args.get("module"):
        asked_module(org, request)
    hook = request.args.get("webhook_id")
    if hook and hook not in org.settings.items("webhooks"):
        raise invalid_data(param_name="webhook_id")
    return _nothing(request, "webhook_failures")


def _nothing(request: Request, key: str) -> dict[str, Any]:
    """An empty page; these two answer it with 200 (OpenAPI 3.1 has no 204 for them)."""
    info = (page_of(request, key, [{}]) or {}).get("info", {})
    return {key: [], "info": info | {"count": 0, "more_records": False} | _PER_PAGE_NOTE}
