"""Tasks that workflow rules create."""

from __future__ import annotations

from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.fields import named_field, reference
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
    shape,
)
from django_zcrm.emulator.engine.settings.value_types import module as a_module
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes()


def check_task(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that a task's field mappings name fields of Tasks."""
    tasks = org.metadata.modules["Tasks"]
    for index, mapping in enumerate(values.get("field_mappings") or ()):
        child = path.child("field_mappings").child(index).child("field")
        mapping["field"] = reference(named_field(tasks, mapping["field"], child))


TASKS = collection(
    routes,
    "/settings/automation/tasks",
    methods="GET POST DELETE",
    item="{id} GET PUT DELETE",
    scope=AUTOMATION_ACTIONS,
    since=8,
    messages="task {done} successfully",
    name="workflow_tasks",
    paged=True,
    filters={"module": "module", "feature_type": "feature_type"},
    keys={
        "name": Text(100, required=True),
        "module": a_module(required=True),
        "notify": Flag(default=False),
        "field_mappings": ListOf(
            shape(
                field=JSONObject(required=True),
                type=one_of("static", "merge_field", "execution_time", required=True),
                value=Anything(required=True),
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
