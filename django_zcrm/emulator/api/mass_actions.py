"""Mass update, mass delete and mass change of owner: at once by ids, as a job by custom view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core import JsonResponse, Request, Response, Routes, dialect
from ..core.errors import Refusal, ambiguous, invalid_data, over_limit, success
from ..engine import visibility
from ..engine.batch import batch_status, check_trigger
from ..engine.deleting import delete
from ..engine.jobs import body_ids, job_status, start_job
from ..engine.paths import MODULE
from ..engine.values import JSONPath
from ..engine.views import rows_of_view
from ..state import Module, Organisation, StoredRecord
from . import record_locks
from .records.owners import hand_over, new_owner
from .records.writing import update_item, writable_module

routes = Routes(scope="ZohoCRM.change_owner")

MAX_IDS = 500
MAX_IN_VIEW = 50_000


@routes.route(
    "POST",
    MODULE + "/actions/mass_update",
    scope=("ZohoCRM.mass_update.{module}.UPDATE", "ZohoCRM.mass_update.UPDATE"),
)
def mass_update(org: Organisation, request: Request, module: str) -> Response:
    """Set one field (up to three in Deals) of many records to the same value."""
    crm_module = writable_module(org, request, module)
    item = request.json_items(limit=1)[0]
    check_trigger(request)
    most = 3 if module == "Deals" else 1
    if len(item) > most:
        raise over_limit("fields", most, api_name="data", json_path="$.data[0]")
    path = JSONPath(dialect(request.version), "data", "$.data[0]")
    if not item:
        raise path.missing()
    values = dict(item)
    if request.json_object().get("over_write") is not True:
        # A multi-select keeps its values unless `over_write` is set (docs v7 mass-update).
        values["$append_values"] = True

    def update(record: StoredRecord) -> dict[str, Any]:
        return update_item(org, request, crm_module, record, values, path)

    return _run(org, request, crm_module, "mass update", update)


@routes.route(
    "GET",
    MODULE + "/actions/mass_update",
    scope=("ZohoCRM.mass_update.{module}.READ", "ZohoCRM.mass_update.READ"),
)
def get_mass_update_status(org: Organisation, request: Request, module: str) -> dict[str, Any]:
    """Return the progress of a mass update."""
    return job_status(
        org,
        request,
        "mass_update",
        done="Updated_Count",
        left_out="Not_Updated_Count",
    )


@routes.route(
    "POST",
    MODULE + "/actions/mass_delete",
    scope=("ZohoCRM.mass_delete.{module}.DELETE", "ZohoCRM.mass_delete.DELETE"),
)
def mass_delete(org: Organisation, request: Request, module: str) -> Response:
    """Delete many records."""
    crm_module = writable_module(org, request, module)

    def remove(record: StoredRecord) -> dict[str, Any]:
        visibility.require(org, request, crm_module, record, "delete")
        record_locks.guard(org, request, crm_module, record, "delete")
        delete(org, crm_module, record, request.user.id)
        return success("record is deleted", {"id": record["id"]})

    return _run(org, request, crm_module, "mass delete", remove)


@routes.route(
    "GET",
    MODULE + "/actions/mass_delete",
    scope=("ZohoCRM.mass_delete.{module}.READ", "ZohoCRM.mass_delete.READ"),
)
def get_mass_delete_status(org: Organisation, request: Request, module: str) -> dict[str, Any]:
    """Return the progress of a mass deletion."""
    return job_status(org, request, "mass_delete", done="Deleted_Count")


def _run(
    org: Organisation,
    request: Request,
    module: Module,
    action: str,
    work: Callable[[StoredRecord], dict[str, Any]],
) -> Response:
    """Do the work on the records that `ids` names, or start a job for those of a custom view."""
    ids = _ids(request)
    if ids is not None:
        return _work_on(org, request, module, ids, work)
    rows = _view_records(org, request, module)
    job_id = start_job(org, action.replace(" ", "_"), module, rows, work)
    return _respond_scheduled(f"{action} scheduled successfully", job_id)


def _ids(request: Request) -> list[str] | None:
    """Return the ids of `ids`; None for a view."""
    body = request.json_object()
    ids = body_ids(body, MAX_IDS)
    if ids is None:
        if body.get("cvid") is None:
            raise JSONPath(dialect(request.version), "ids", "$.ids").missing()
        return None
    if body.get("cvid") is not None:
        raise ambiguous(
            {"api_name": "ids", "json_path": "$.ids"}, {"api_name": "cvid", "json_path": "$.cvid"}
        )
    return ids


def _view_records(org: Organisation, request: Request, module: Module) -> list[StoredRecord]:
    view_id = str(request.json_object()["cvid"])
    view = next((view for view in module.views if view.id == view_id), None)
    if view is None:
        raise invalid_data("the id given seems to be invalid", api_name="cvid", json_path="$.cvid")
    rows = list(rows_of_view(org, request, module, view))
    if len(rows) > MAX_IN_VIEW:
        raise Refusal(
            "LIMIT_EXCEEDED",
            "the number of records in the custom view exceeds the limit",
            details={"limit": MAX_IN_VIEW, "api_name": "cvid"},
        )
    return rows


def _work_on(
    org: Organisation,
    request: Request,
    module: Module,
    ids: list[str],
    work: Callable[[StoredRecord], dict[str, Any]],
) -> Response:
    results = []
    for record_id in ids:
        record = visibility.find_visible(org, request, module, record_id)
        if record is None:
            results.append(invalid_data("the id given seems to be invalid", id=record_id).body)
            continue
        try:
            results.append(work(record))
        except Refusal as refusal:
            results.append(refusal.body)
    return JsonResponse({"data": results}, batch_status(results, dialect(request.version)))


def _respond_scheduled(message: str, job_id: str) -> Response:
    return JsonResponse({"data": [success(message, {"job_id": job_id})]})


@routes.route("POST", MODULE + "/actions/mass_change_owner")
def mass_change_owner(org: Organisation, request: Request, module: str) -> Response:
    """Change the owner of the records of a custom view, as a job."""
    crm_module = writable_module(org, request, module)
    owner = new_owner(org, request)
    view_id = str(request.json_object().get("cvid"))
    view = next((view for view in crm_module.views if view.id == view_id), None)
    if view is None:
        raise invalid_data("the id given seems to be invalid", api_name="cvid", json_path="$.cvid")
    rows = list(rows_of_view(org, request, crm_module, view))
    job_id = start_job(
        org,
        "mass_change_owner",
        crm_module,
        rows,
        lambda record: hand_over(org, request, crm_module, record, owner),
    )
    return JsonResponse({"data": [success("owner is successfully updated", {"job_id": job_id})]})


@routes.route("GET", MODULE + "/actions/mass_change_owner")
def get_mass_change_owner_status(
    org: Organisation, request: Request, module: str
) -> dict[str, Any]:
    """Return the progress of a mass change of owners."""
    return job_status(
        org, request, "mass_change_owner", done="Updated_Count", left_out="Not_Updated_Count"
    )
