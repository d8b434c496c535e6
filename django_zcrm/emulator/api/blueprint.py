"""A blueprint: a process in which a field changes only by transitions.

There is one, on Projects.Status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core import JsonResponse, Refusal, Request, Response, Routes, dialect, success
from ..engine import saving, validation
from ..engine.access import find_module, require_record
from ..engine.history import log_change
from ..engine.paths import READ, RECORD, UPDATE
from ..engine.values import JSONPath
from ..state import Module, Organisation, StoredRecord
from .fields.rendering import show_field

routes = Routes()

BLUEPRINT = RECORD + "/actions/blueprint"


@dataclass(frozen=True, slots=True)
class Transition:
    """A way from one state to another; `fields` are required for it."""

    serial: int
    name: str
    origin: str
    target: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BlueprintProcess:
    """A blueprint of one module: the field that holds the state, and the transitions.

    Its id ends in ``serial`` in every organisation, like that of a transition.
    """

    serial: int
    name: str
    field: str
    transitions: tuple[Transition, ...]

    def transitions_from(self, state: str | None) -> list[Transition]:
        """Return the transitions from a state."""
        return [item for item in self.transitions if item.origin == state]


PROCESSES: Mapping[str, BlueprintProcess] = {
    "Projects": BlueprintProcess(
        39_000,
        "Project delivery",
        "Status",
        (
            Transition(39_001, "Start", "Planned", "Running", ("Kick_Off",)),
            Transition(39_002, "Pause", "Running", "On Hold"),
            Transition(39_003, "Resume", "On Hold", "Running"),
            Transition(39_004, "Finish", "Running", "Done", ("Progress",)),
        ),
    )
}


@routes.route("GET", BLUEPRINT, scope=READ)
def get_blueprint(org: Organisation, request: Request, module: str, id: str) -> dict[str, Any]:
    """Return a record's state in its blueprint, and the transitions from there."""
    crm_module, record, process = _require_process(org, request, module, id)
    state = record[process.field]
    field = crm_module.field_map[process.field]
    choice = field.picklist_value(state)
    return {
        "blueprint": {
            "process_info": {
                "field_id": field.id,
                "is_continuous": False,
                "continuous": False,
                "api_name": field.api_name,
                "field_label": field.label,
                "field_name": field.api_name,
                "field_value": state,
                "column_name": field.api_name.upper(),
                "name": process.name,
                "id": org.ids.seed_id(process.serial),
                "escalation": None,
                "current_picklist": {
                    "id": choice.id if choice else None,
                    "value": state,
                    "colour_code": None,
                },
            },
            "transitions": [
                _render_transition(org, request, crm_module, process, item)
                for item in process.transitions_from(state)
            ],
        }
    }


@routes.route("PUT", BLUEPRINT, scope=UPDATE)
def take_transition(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Perform a transition, with the values that it requires."""
    crm_module, record, process = _require_process(org, request, module, id)
    traits = dialect(request.version)
    item = request.json_items("blueprint", limit=1)[0]
    path = JSONPath(traits, "blueprint", "$.blueprint[0]")
    if item.get("transition_id") is None:
        raise path.child("transition_id").missing()
    transition = next(
        (
            row
            for row in process.transitions_from(record[process.field])
            if org.ids.seed_id(row.serial) == str(item["transition_id"])
        ),
        None,
    )
    if transition is None:
        raise path.child("transition_id").invalid()
    data = item.get("data") or {}
    child = path.child("data")
    if not isinstance(data, dict):
        raise child.invalid(expected_data_type="jsonobject")
    for name in transition.fields:
        if data.get(name) is None and record.get(name) is None:
            raise child.child(name).missing()
    validated = validation.check(org, crm_module, data, child, record, request.user)
    validated.values[process.field] = transition.target
    changed = saving.update(org, crm_module, record, validated, request.user, traits)
    log_change(org, request, crm_module, "transition_executed", record, changed)
    return JsonResponse(success("transition updated successfully", {"id": record["id"]}))


def guard(
    module: Module, record: StoredRecord, validated: validation.ValidatedRecord, path: JSONPath
) -> None:
    """Refuse to set the field of a blueprint other than by a transition.

    Raises Refusal RECORD_IN_BLUEPRINT.
    """
    process = PROCESSES.get(module.api_name)
    if process is None or process.field not in validated.values:
        return
    state = record.get(process.field)
    if process.transitions_from(state) and validated.values[process.field] != state:
        raise Refusal(
            "RECORD_IN_BLUEPRINT",
            "the record is in a blueprint",
            details=path.child(process.field).details(),
        )


def _require_process(
    org: Organisation, request: Request, module: str, id: str
) -> tuple[Module, StoredRecord, BlueprintProcess]:
    crm_module = find_module(org, request, module)
    record = require_record(org, request, crm_module, id)
    process = PROCESSES.get(module)
    if process is None or not process.transitions_from(record.get(process.field)):
        raise Refusal("RECORD_NOT_IN_PROCESS", "record not in process")
    return crm_module, record, process


def _render_transition(
    org: Organisation,
    request: Request,
    module: Module,
    process: BlueprintProcess,
    transition: Transition,
) -> dict[str, Any]:
    return {
        "id": org.ids.seed_id(transition.serial),
        "name": transition.name,
        "type": "manual",
        "sequence": 1,
        "execution_time": None,
        "criteria_matched": True,
        "criteria_message": None,
        "percent_partial_save": 0.0,
        "next_field_value": transition.target,
        "color_code": None,
        "text_color_code": None,
        "data": {},
        "parent_transition": None,
        "next_transitions": [
            {
                "id": org.ids.seed_id(item.serial),
                "name": item.name,
                "criteria_matched": None,
                "type": "manual",
            }
            for item in process.transitions_from(transition.target)
        ],
        "fields": [
            {
                **show_field(org, module, module.field_map[name], request.version),
                "mandatory": True,
                "transition_sequence": number,
            }
            for number, name in enumerate(transition.fields, start=1)
        ],
    }
