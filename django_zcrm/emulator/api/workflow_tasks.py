"""Tasks that workflow rules create."""

from __future__ import annotations

from ..core import Request, Routes
from ..engine.settings import collection, keys, reference, require_field
from ..engine.settings.shared_keys import AUTOMATION_ACTION_KEYS, AUTOMATION_ACTIONS
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes()


def check_task(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that a task's field mappings name fields of Tasks."""
    tasks = org.metadata.modules["Tasks"]
    for index, mapping in enumerate(values.get("field_mappings") or ()):
        child = path.child("field_mappings").child(index).child("field")
        mapping["field"] = reference(require_field(tasks, mapping["field"], child))


TASKS = collection(
    routes,
    "/settings/automation/tasks",
    methods="GET POST DELETE",
    item="{id} GET PUT DELETE",
    scope=AUTOMATION_ACTIONS,
    since=8,
    messages="task {verb} successfully",
    name="workflow_tasks",
    paged=True,
    filters={"module": "module", "feature_type": "feature_type"},
    keys={
        "name": keys.Text(100, required=True),
        "module": keys.module(required=True),
        "notify": keys.Flag(default=False),
        "field_mappings": keys.ListOf(
            keys.shape(
                field=keys.JSONObject(required=True),
                type=keys.one_of("static", "merge_field", "execution_time", required=True),
                value=keys.Anything(required=True),
            ),
            required=True,
        ),
        **AUTOMATION_ACTION_KEYS,
    },
    check=check_task,
    demo_items=lambda org: [
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
