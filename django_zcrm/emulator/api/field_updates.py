"""Field updates of workflow rules."""

from __future__ import annotations

from django_zcrm.emulator.core.request import Call
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.fields import module_of, named_field, reference
from django_zcrm.emulator.engine.settings.kinds import (
    Anything,
    Flag,
    Kind,
    Listed,
    Shape,
    Text,
    one_of,
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


def check_field_update(
    org: Organisation, call: Call, values: Item, before: Item | None, place: Place
) -> None:
    """Check that the field belongs to the module."""
    if values.get("field"):
        module_id = values.get("module") or (before or {})["module"]
        field = named_field(module_of(org, module_id), values["field"], place.child("field"))
        values["field"] = reference(field)


FIELD_UPDATES = collection(
    routes,
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
