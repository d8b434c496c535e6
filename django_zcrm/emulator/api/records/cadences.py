"""Enrolling records in cadences (docs v8 enrol-in-cadences)."""

from __future__ import annotations

from django_zcrm.emulator.core.errors import success
from django_zcrm.emulator.core.request import Call
from django_zcrm.emulator.core.response import Answer
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.access import find_module
from django_zcrm.emulator.engine.batch import batch_status
from django_zcrm.emulator.engine.bodies import body_path, required_list
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes(generic=True)

MAX_IDS = 100

_ENROL = "/crm/{version}/{module}/actions"


@routes.route(
    "POST",
    f"{_ENROL}/enrol_in_cadences",
    scope="ZohoCRM.modules.{module}.CREATE",
    versions=(7, 8),
)
def enrol(org: Organisation, call: Call, module: str) -> Answer:
    """Enrol records in cadences."""
    return _move(org, call, module, enrolled=True)


@routes.route(
    "POST",
    f"{_ENROL}/unenrol_from_cadences",
    scope="ZohoCRM.modules.{module}.CREATE",
    versions=(7, 8),
)
def unenrol(org: Organisation, call: Call, module: str) -> Answer:
    """Remove records from cadences."""
    return _move(org, call, module, enrolled=False)


def _move(org: Organisation, call: Call, module: str, *, enrolled: bool) -> Answer:
    crm_module = find_module(org, call, module)
    body, path = call.json_object(), body_path(call)
    cadences = [
        _cadence(org, crm_module.id, str(cadence_id), child)
        for cadence_id, child in required_list(body, "cadences_ids", path, maximum=MAX_IDS)
    ]
    results = []
    for record_id, child in required_list(body, "ids", path, maximum=MAX_IDS):
        if org.records.table(module).get(str(record_id)) is None:
            results.append(child.invalid().body)
            continue
        for cadence in cadences:
            members = org.settings.items("enrolments", cadence["id"])
            if enrolled:
                members[str(record_id)] = {"id": str(record_id)}
            else:
                members.pop(str(record_id), None)
        named = [{"name": cadence["name"], "id": cadence["id"]} for cadence in cadences]
        done = "enrolled in" if enrolled else "unenrolled from"
        results.append(success(f"record {done} cadences", {"id": record_id, "cadences": named}))
    return Answer(batch_status(results, path.dialect), {"data": results})


def _cadence(org: Organisation, module_id: str, cadence_id: str, path: JSONPath) -> Item:
    cadence = org.settings.items("cadences").get(cadence_id)
    if cadence is None or cadence["module"] != module_id:
        raise path.unknown_id()
    return cadence
