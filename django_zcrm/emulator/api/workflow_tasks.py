"""Tasks that workflow rules create."""

from __future__ import annotations

from django_zcrm.emulator.core.request import Call
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.fields import named_field, reference
from django_zcrm.emulator.engine.settings.kinds import (
    Anything,
    Flag,
    Kind,
    Listed,
    Shape,
    Text,
    one_of,
    shape,
)
from django_zcrm.emulator.engine.settings.kinds import module as a_module
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.values import Place
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes()

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


def check_task(
    org: Organisation, call: Call, values: Item, before: Item | None, place: Place
) -> None:
    """Check that a task's field mappings name fields of Tasks."""
    tasks = org.metadata.modules["Tasks"]
    for index, mapping in enumerate(values.get("field_mappings") or ()):
        spot = place.child("field_mappings").child(index).child("field")
        mapping["field"] = reference(named_field(tasks, mapping["field"], spot))


TASKS = collection(
    routes,
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
