"""Field updates of workflow rules."""

from __future__ import annotations

from ..core import Request, Routes
from ..engine.settings import collection, keys, module_of, reference, require_field
from ..engine.settings.shared_keys import AUTOMATION_ACTION_KEYS, AUTOMATION_ACTIONS
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes()


def check_field_update(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that the field belongs to the module."""
    if values.get("field"):
        module_id = values.get("module") or (before or {})["module"]
        field = require_field(module_of(org, module_id), values["field"], path.child("field"))
        values["field"] = reference(field)


FIELD_UPDATES = collection(
    routes,
    "/settings/automation/field_updates",
    methods="GET POST DELETE",
    item="{id} GET PUT DELETE",
    scope=AUTOMATION_ACTIONS,
    since=8,
    messages="field update {verb} successfully",
    paged=True,
    keys={
        "name": keys.Text(100, required=True),
        "module": keys.module(required=True),
        "type": keys.one_of("static", required=True),
        "field": keys.JSONObject(required=True),
        "value": keys.Anything(required=True),
        "update_type": keys.one_of("overwrite", "append", default="overwrite"),
        "notify": keys.Flag(default=False),
        "apply_assignment_threshold": keys.Flag(default=False),
        "dependent_fields": keys.ListOf(default=[]),
        "related_records": keys.ListOf(default=[]),
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
