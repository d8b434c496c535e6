"""Field updates of workflow rules."""

from __future__ import annotations

from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.fields import module_of, named_field, reference
from django_zcrm.emulator.engine.settings.register import collection
from django_zcrm.emulator.engine.settings.shared_keys import (
    AUTOMATION_ACTION_KEYS,
    AUTOMATION_ACTIONS,
)
from django_zcrm.emulator.engine.settings.value_types import (
    Anything,
    Flag,
    JSONObject,
    ListOf,
    Text,
    one_of,
)
from django_zcrm.emulator.engine.settings.value_types import module as a_module
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes()


def check_field_update(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that the field belongs to the module."""
    if values.get("field"):
        module_id = values.get("module") or (before or {})["module"]
        field = named_field(module_of(org, module_id), values["field"], path.child("field"))
        values["field"] = reference(field)


FIELD_UPDATES = collection(
    routes,
    "/settings/automation/field_updates",
    methods="GET POST DELETE",
    item="{id} GET PUT DELETE",
    scope=AUTOMATION_ACTIONS,
    since=8,
    messages="field update {done} successfully",
    paged=True,
    keys={
        "name": Text(100, required=True),
        "module": a_module(required=True),
        "type": one_of("static", required=True),
        "field": JSONObject(required=True),
        "value": Anything(required=True),
        "update_type": one_of("overwrite", "append", default="overwrite"),
        "notify": Flag(default=False),
        "apply_assignment_threshold": Flag(default=False),
        "dependent_fields": ListOf(default=[]),
        "related_records": ListOf(default=[]),
        **AUTOMATION_ACTION_KEYS,
    },
    check=check_field_update,
    demo_items=lambda org: [
        {
            "name": "Mark as contacted",
            "module": {"api_name": "Leads"},
            "type": "static",
            "field": reference(org.metadata.modules["Leads"].field_map["Lead_Status"]),
            "value": "Contacted",
        }
    ],
)
