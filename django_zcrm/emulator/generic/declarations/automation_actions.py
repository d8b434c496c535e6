"""The actions of workflows: field updates, tasks, webhooks (docs v8 automation actions)."""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.call import Call
from django_zcrm.emulator.generic.fields import module_of, named_field, reference
from django_zcrm.emulator.generic.kinds import (
    Anything,
    Flag,
    Kind,
    Listed,
    Shape,
    Text,
    one_of,
    shape,
)
from django_zcrm.emulator.generic.kinds import module as a_module
from django_zcrm.emulator.generic.register import SETTINGS, collection, routes
from django_zcrm.emulator.generic.showing import page_of
from django_zcrm.emulator.generic.siblings import required_param
from django_zcrm.emulator.metadata.operations import asked_module
from django_zcrm.emulator.problems import invalid_data
from django_zcrm.emulator.records.values import Place
from django_zcrm.emulator.settings import Item
from django_zcrm.emulator.state import Organisation

_SCOPE = f"{SETTINGS}.automation_actions"

#: The keys that every action has.
_OWN: dict[str, Kind] = {
    "related_module": a_module(),
    "feature_type": Text(default="workflow"),
    "associated": Flag(read_only=True, default=False),
    "editable": Flag(read_only=True, default=True),
    "deletable": Flag(read_only=True, default=True),
    "source": Text(read_only=True, default="crm"),
    "lock_status": Shape(read_only=True, default={"locked": False}),
}


def check_field_update(
    org: Organisation, call: Call, values: Item, before: Item | None, place: Place
) -> None:
    """Check that the field belongs to the module."""
    if values.get("field"):
        module_id = values.get("module") or (before or {})["module"]
        field = named_field(module_of(org, module_id), values["field"], place.child("field"))
        values["field"] = reference(field)


FIELD_UPDATES = collection(
    "/settings/automation/field_updates",
    many="GET POST DELETE",
    one="{id} GET PUT DELETE",
    scope=_SCOPE,
    since=8,
    says="field update {done} successfully",
    paged=True,
    keys={
        "name": Text(100, needed=True),
        "module": a_module(needed=True),
        "type": one_of("static", needed=True),
        "field": Shape(needed=True),
        "value": Anything(needed=True),
        "update_type": one_of("overwrite", "append", default="overwrite"),
        "notify": Flag(default=False),
        "apply_assignment_threshold": Flag(default=False),
        "dependent_fields": Listed(default=[]),
        "related_records": Listed(default=[]),
        **_OWN,
    },
    check=check_field_update,
    demo=lambda org: [
        {
            "name": "Mark as contacted",
            "module": {"api_name": "Leads"},
            "type": "static",
            "field": reference(org.metadata.modules["Leads"].field_map["Lead_Status"]),
            "value": "Contacted",
        }
    ],
)


def check_task(
    org: Organisation, call: Call, values: Item, before: Item | None, place: Place
) -> None:
    """Check that a task's field mappings name fields of Tasks."""
    tasks = org.metadata.modules["Tasks"]
    for index, mapping in enumerate(values.get("field_mappings") or ()):
        spot = place.child("field_mappings").child(index).child("field")
        mapping["field"] = reference(named_field(tasks, mapping["field"], spot))


TASKS = collection(
    "/settings/automation/tasks",
    many="GET POST DELETE",
    one="{id} GET PUT DELETE",
    scope=_SCOPE,
    since=8,
    says="task {done} successfully",
    name="workflow_tasks",
    paged=True,
    filters={"module": "module", "feature_type": "feature_type"},
    keys={
        "name": Text(100, needed=True),
        "module": a_module(needed=True),
        "notify": Flag(default=False),
        "field_mappings": Listed(
            shape(
                field=Shape(needed=True),
                type=one_of("static", "merge_field", "execution_time", needed=True),
                value=Anything(needed=True),
            ),
            needed=True,
        ),
        **_OWN,
    },
    check=check_task,
    demo=lambda org: [
        {
            "name": "Call within a day",
            "module": {"api_name": "Leads"},
            "field_mappings": [
                {
                    "field": reference(org.metadata.modules["Tasks"].field_map["Subject"]),
                    "type": "static",
                    "value": "Call the new lead",
                    "display_value": "Call the new lead",
                }
            ],
        }
    ],
)

_PARAMETERS = Listed(shape(name=Text(needed=True), value=Text()), default=[])

WEBHOOKS = collection(
    "/settings/automation/webhooks",
    many="GET POST PUT DELETE",
    one="{webhookId} GET PUT DELETE",
    scope=_SCOPE,
    since=8,
    says="webhook {done} successfully",
    paged=True,
    filters={
        "module": "module",
        "related_module": "related_module",
        "feature_type": "feature_type",
    },
    unique=("name",),
    keys={
        "name": Text(100, needed=True),
        "description": Text(200),
        "module": a_module(needed=True),
        "url": Text(2048, r"https?://\S+", needed=True),
        "http_method": one_of("GET", "POST", "PUT", "DELETE", "PATCH", needed=True),
        "authentication": shape(
            {"default": {"type": "general"}}, type=one_of("general", "connection")
        ),
        "headers": shape(custom_parameters=_PARAMETERS, module_parameters=_PARAMETERS),
        "url_parameters": Shape(),
        "body": shape(
            type=one_of("form_data", "raw", "none"), format=one_of("JSON", "XML", "HTML", "Text")
        ),
        "date_time_format": Shape(),
        **_OWN,
    },
    demo=lambda org: [
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
def webhook_modules(org: Organisation, call: Call) -> Item:
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
def webhook_usage(org: Organisation, call: Call) -> Item:
    """Answer how often webhooks were called; the emulator runs no workflow."""
    if required_param(call, "group_by") != "date":
        raise invalid_data(param_name="group_by", supported_values=["date"])
    return _nothing(call, "data_usage")


@routes.route(
    "GET",
    "/crm/{version}/settings/automation/webhook_failures",
    scope=_READ,
    versions=_VERSIONS,
)
def webhook_failures(org: Organisation, call: Call) -> Item:
    """Answer which webhooks failed; the emulator runs no workflow."""
    if call.params.get("module"):
        asked_module(org, call)
    hook = call.params.get("webhook_id")
    if hook and hook not in org.settings.items("webhooks"):
        raise invalid_data(param_name="webhook_id")
    return _nothing(call, "webhook_failures")


def _nothing(call: Call, key: str) -> dict[str, Any]:
    """An empty page; these two answer it with 200 (OpenAPI 3.1 has no 204 for them)."""
    info = (page_of(call, key, [{}]) or {}).get("info", {})
    return {key: [], "info": info | {"count": 0, "more_records": False} | _PER_PAGE_NOTE}
