"""Webhooks of workflow rules, with their usage and failures."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..core import Request, Routes, invalid_data
from ..engine.access import get_module_param, require_param
from ..engine.rendering import display_name, localize
from ..engine.settings import collection, keys, module_of, page_of
from ..engine.settings.shared_keys import AUTOMATION_ACTION_KEYS, AUTOMATION_ACTIONS
from ..engine.values import parse_date
from ..engine.webhooks import CALLS
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.automation_actions", versions=(8, 8), generic=True)

_LONG = keys.Text(65_535)
_PARAMETERS = keys.ListOf(keys.shape(name=keys.Text(required=True), value=keys.Text()), default=[])
_PARAMETER_BLOCK = keys.shape(
    custom_parameters=_PARAMETERS,
    module_parameters=_PARAMETERS,
    user_defined_parameter=keys.shape(name=keys.Text(), value=_LONG),
)

WEBHOOKS = collection(
    routes,
    "/settings/automation/webhooks",
    methods="GET POST PUT DELETE",
    item="{webhookId} GET PUT DELETE",
    scope=AUTOMATION_ACTIONS,
    since=8,
    messages="webhook {verb} successfully",
    paged=True,
    filters={
        "module": "module",
        "related_module": "related_module",
        "feature_type": "feature_type",
    },
    unique=("name",),
    keys={
        "name": keys.Text(100, required=True),
        "description": keys.Text(200),
        "module": keys.module(required=True),
        "url": keys.Text(2048, r"https?://\S+", required=True),
        "http_method": keys.one_of("GET", "POST", "PUT", "DELETE", "PATCH", required=True),
        "authentication": keys.shape(
            {"default": {"type": "general"}}, type=keys.one_of("general", "connection")
        ),
        "headers": _PARAMETER_BLOCK,
        "url_parameters": _PARAMETER_BLOCK,
        "body": keys.shape(
            type=keys.one_of("form_data", "raw", "none"),
            format=keys.one_of("JSON", "XML", "HTML", "Text"),
            form_data_content=_PARAMETER_BLOCK,
            raw_data_content=_LONG,
        ),
        "date_time_format": keys.JSONObject(),
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
_PER_PAGE_NOTE = {"max_limit": 2000}


@routes.route("GET", f"{WEBHOOKS.collection_path}/actions/associated_modules")
def list_webhook_modules(org: Organisation, request: Request) -> Item:
    """Return the modules that have webhooks."""
    ids = dict.fromkeys(hook["module"] for hook in org.settings.items("webhooks").values())
    return {
        "associated_modules": [
            {"api_name": module_of(org, module_id).api_name, "id": module_id} for module_id in ids
        ]
    }


@routes.route("GET", f"{WEBHOOKS.collection_path}/actions/usage_reports")
def get_webhook_usage(org: Organisation, request: Request) -> Item:
    """Return how often each webhook was called, by day."""
    if require_param(request, "group_by") != "date":
        raise invalid_data(param_name="group_by", supported_values=["date"])
    uses = Counter((call["time"][:10], call["webhook"]) for call in _list_calls(org, request))
    hooks = org.settings.items("webhooks")
    rows = [
        {
            "date": date,
            "resource": {"name": hooks[hook_id]["name"], "id": hook_id},
            "count": count,
            "type": "webhooks",
        }
        for (date, hook_id), count in uses.items()
        if hook_id in hooks
    ]
    return _render_page(request, "data_usage", rows)


@routes.route("GET", "/crm/{version}/settings/automation/webhook_failures")
def list_webhook_failures(org: Organisation, request: Request) -> Item:
    """Return which webhooks failed, the latest first, and why."""
    module_id = get_module_param(org, request).id if request.args.get("module") else None
    hook = request.args.get("webhook_id")
    hooks = org.settings.items("webhooks")
    if hook and hook not in hooks:
        raise invalid_data(param_name="webhook_id")
    rows = [
        _show_failure(org, request, call)
        for call in reversed(_list_calls(org, request))
        if call["failure_reason"] is not None
        and call["webhook"] in hooks
        and hook in (None, "", call["webhook"])
        and module_id in (None, call["module"])
    ]
    return _render_page(request, "webhook_failures", rows)


def _list_calls(org: Organisation, request: Request) -> list[Item]:
    """Return the calls of the days that `from` and `to` name."""
    days = {}
    for name in ("from", "to"):
        day = request.args.get(name)
        if day and parse_date(day) is None:
            raise invalid_data(param_name=name, expected_data_type="date")
        days[name] = day or ""
    return [
        call
        for call in org.settings.items(CALLS).values()
        if days["from"] <= call["time"][:10] and call["time"][:10] <= (days["to"] or "9")
    ]


def _show_failure(org: Organisation, request: Request, call: Item) -> Item:
    rule = org.settings.items("workflow_rules").get(call["rule"])
    record = org.records.get(call["record"])
    return {
        "id": call["id"],
        "webhook": {
            "name": org.settings.items("webhooks")[call["webhook"]]["name"],
            "id": call["webhook"],
        },
        "workflow_rule": rule and {"name": rule["name"], "id": rule["id"]},
        "entity_details": {
            "module": {
                "api_name": module_of(org, call["module"]).api_name,
                "id": call["module"],
            },
            "name": record and display_name(org, record),
            "id": call["record"],
        },
        "failure_time": localize(call["time"], request.user.time_zone),
        "failure_reason": call["failure_reason"],
    }


def _render_page(request: Request, key: str, rows: list[Item]) -> dict[str, Any]:
    """Return a page; an empty one has status 200 too (OpenAPI 3.1 has no 204 for these two)."""
    page = page_of(request, key, rows) or {key: []}
    info = (page if rows else page_of(request, key, [{}]) or {}).get("info", {})
    empty = {} if page[key] else {"count": 0, "more_records": False}
    return {key: page[key], "info": info | empty | _PER_PAGE_NOTE}
