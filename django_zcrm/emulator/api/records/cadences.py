"""Enrolling records in cadences (docs v8 enrol-in-cadences)."""

from __future__ import annotations

from django_zcrm.emulator.core.errors import success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import JsonResponse, Response
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
def enrol(org: Organisation, request: Request, module: str) -> Response:
    """Enrol records in cadences."""
    return _move(org, request, module, enrolled=True)


@routes.route(
    "POST",
    f"{_ENROL}/unenrol_from_cadences",
    scope="ZohoCRM.modules.{module}.CREATE",
    versions=(7, 8),
)
def unenrol(org: Organisation, request: Request, module: str) -> Response:
    """Remove records from cadences."""
    return _move(org, request, module, enrolled=False)


def _move(org: Organisation, request: Request, module: str, *, enrolled: bool) -> Response:
    crm_module = find_module(org, request, module)
    body, path = request.json_object(), body_path(request)
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
    return JsonResponse({"data": results}, batch_status(results, path.dialect))


def _cadence(org: Organisation, module_id: str, cadence_id: str, path: JSONPath) -> Item:
    cadence = org.settings.items("cadences").get(cadence_id)
    if cadence is None or cadence["module"] != module_id:
        raise path.unknown_id()
    return cadence
