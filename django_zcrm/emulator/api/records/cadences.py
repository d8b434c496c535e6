"""Enrolling records in cadences (docs v8 enrol-in-cadences)."""

from __future__ import annotations

from ...core import JsonResponse, Request, Response, Routes, success
from ...engine.access import find_module
from ...engine.batch import batch_status
from ...engine.bodies import body_path, require_list
from ...engine.values import JSONPath
from ...state import Item, Organisation

routes = Routes(scope="ZohoCRM.modules.{module}", versions=(7, 8), generic=True)

MAX_IDS = 100

_ENROL = "/crm/{version}/{module}/actions"


@routes.route("POST", f"{_ENROL}/enrol_in_cadences")
def enrol(org: Organisation, request: Request, module: str) -> Response:
    """Enrol records in cadences."""
    return _move(org, request, module, enrolled=True)


@routes.route("POST", f"{_ENROL}/unenrol_from_cadences")
def unenrol(org: Organisation, request: Request, module: str) -> Response:
    """Remove records from cadences."""
    return _move(org, request, module, enrolled=False)


def _move(org: Organisation, request: Request, module: str, *, enrolled: bool) -> Response:
    crm_module = find_module(org, request, module)
    body, path = request.json_object(), body_path(request)
    cadences = [
        _cadence(org, crm_module.id, str(cadence_id), child)
        for cadence_id, child in require_list(body, "cadences_ids", path, maximum=MAX_IDS)
    ]
    results = []
    for record_id, child in require_list(body, "ids", path, maximum=MAX_IDS):
        if org.records.table(module).get(str(record_id)) is None:
            results.append(child.invalid().body)
            continue
        for cadence in cadences:
            members = org.settings.items("enrolments", cadence["id"])
            if enrolled:
                members[str(record_id)] = {"id": str(record_id)}
            else:
                members.pop(str(record_id), None)
        references = [{"name": cadence["name"], "id": cadence["id"]} for cadence in cadences]
        verb = "enrolled in" if enrolled else "unenrolled from"
        results.append(
            success(f"record {verb} cadences", {"id": record_id, "cadences": references})
        )
    return JsonResponse({"data": results}, batch_status(results, path.dialect))


def _cadence(org: Organisation, module_id: str, cadence_id: str, path: JSONPath) -> Item:
    cadence = org.settings.items("cadences").get(cadence_id)
    if cadence is None or cadence["module"] != module_id:
        raise path.unknown_id()
    return cadence
