"""Mass update, mass delete and mass conversion: at once by ids, as a job by custom view.

Knows jobs and their counts; the work on each record is that of the single operations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.metadata.module import Module
from django_zcrm.emulator.problems import (
    Problem,
    ambiguous,
    invalid_data,
    missing_param,
    one_of_missing,
    over_limit,
    success,
)
from django_zcrm.emulator.records.conversion import convert, open_lead
from django_zcrm.emulator.records.deleting import delete
from django_zcrm.emulator.records.listing import rows_of_view
from django_zcrm.emulator.records.routing import MODULE, routes
from django_zcrm.emulator.records.store import Record
from django_zcrm.emulator.records.values import Place
from django_zcrm.emulator.records.writing import batch_status, update_item, writable_module
from django_zcrm.emulator.state import Organisation
from django_zcrm.emulator.versions import dialect

MOST_IDS = 500
MOST_IN_VIEW = 50_000
MOST_LEADS = 50


@routes.route(
    "POST",
    MODULE + "/actions/mass_update",
    scope=("ZohoCRM.mass_update.{module}.UPDATE", "ZohoCRM.mass_update.UPDATE"),
)
def mass_update(org: Organisation, call: Call, module: str) -> Answer:
    """Give many records the same value of one field (up to three in Deals)."""
    found = writable_module(org, call, module)
    item = call.items(limit=1)[0]
    most = 3 if module == "Deals" else 1
    if len(item) > most:
        raise over_limit("fields", most, api_name="data", json_path="$.data[0]")
    place = Place(dialect(call.version), "data", "$.data[0]")
    values = dict(item)
    if call.json_object().get("over_write") is not True:
        # A multi-select keeps its values unless told to overwrite (docs v7 mass-update).
        values["$append_values"] = True

    def update(record: Record) -> dict[str, Any]:
        return update_item(org, call, found, record, values, place)

    records = _records(org, call, found)
    if records is None:
        rows = _view_records(org, call, found)
        job_id = start_job(org, "mass_update", found, rows, update)
        return _scheduled("mass update scheduled successfully", job_id)
    return _done(call, records, update)


@routes.route(
    "GET",
    MODULE + "/actions/mass_update",
    scope=("ZohoCRM.mass_update.{module}.READ", "ZohoCRM.mass_update.READ"),
)
def mass_update_status(org: Organisation, call: Call, module: str) -> dict[str, Any]:
    """Answer the progress of a mass update."""
    return job_status(
        org,
        call,
        "mass_update",
        done="Updated_Count",
        left_out="Not_Updated_Count",
    )


@routes.route(
    "POST",
    MODULE + "/actions/mass_delete",
    scope=("ZohoCRM.mass_delete.{module}.DELETE", "ZohoCRM.mass_delete.DELETE"),
)
def mass_delete(org: Organisation, call: Call, module: str) -> Answer:
    """Delete many records."""
    found = writable_module(org, call, module)

    def remove(record: Record) -> dict[str, Any]:
        delete(org, found, record, call.user.id)
        return success("record is deleted", {"id": record["id"]})

    records = _records(org, call, found)
    if records is None:
        rows = _view_records(org, call, found)
        job_id = start_job(org, "mass_delete", found, rows, remove)
        return _scheduled("mass delete scheduled successfully", job_id)
    return _done(call, records, remove)


@routes.route(
    "GET",
    MODULE + "/actions/mass_delete",
    scope=("ZohoCRM.mass_delete.{module}.READ", "ZohoCRM.mass_delete.READ"),
)
def mass_delete_status(org: Organisation, call: Call, module: str) -> dict[str, Any]:
    """Answer the progress of a mass deletion."""
    return job_status(org, call, "mass_delete", done="Deleted_Count")


@routes.route(
    "POST",
    "/crm/{version}/Leads/actions/mass_convert",
    scope="ZohoCRM.mass_convert.leads.CREATE",
    versions=(3, 8),
)
def mass_convert(org: Organisation, call: Call) -> Answer:
    """Convert up to fifty leads as a job."""
    body = call.json_object()
    ids = _asked_ids(body, MOST_LEADS)
    if ids is None:
        raise one_of_missing("ids")
    place = Place(dialect(call.version), "ids", "$")
    own = ("ids", "Deals", "carry_over_tags")
    options = {name: value for name, value in body.items() if name not in own}
    deal, tagged = body.get("Deals"), body.get("carry_over_tags")
    leads = org.metadata.modules["Leads"]

    def work(lead: Record) -> dict[str, Any]:
        open_lead(org, call, lead["id"])
        more = {}
        if isinstance(deal, dict):
            more["Deals"] = {"Deal_Name": lead.get("Company") or lead["Full_Name"], **deal}
        if isinstance(tagged, list):  # of modules, which get all tags
            names = [org.records.tags[tag].name for tag in lead.get("Tag") or ()]
            chosen = [module.get("api_name") for module in tagged if isinstance(module, dict)]
            more["carry_over_tags"] = dict.fromkeys(chosen, names)
        convert(org, call, lead, {**options, **more}, place)
        return success("converted", {"id": lead["id"]})

    table = org.records.table("Leads")
    found = [record for lead_id in ids if (record := table.get(lead_id)) is not None]
    job_id = start_job(org, "mass_convert", leads, found, work)
    return Answer(
        200,
        {
            "code": "SCHEDULED",
            "details": {"job_id": job_id},
            "message": "the mass convert job is scheduled",
            "status": "success",
        },
    )


@routes.route(
    "GET",
    "/crm/{version}/Leads/actions/mass_convert",
    scope="ZohoCRM.mass_convert.leads.READ",
    versions=(3, 8),
)
def mass_convert_status(org: Organisation, call: Call) -> dict[str, Any]:
    """Answer the progress of a mass conversion."""
    return job_status(
        org, call, "mass_convert", done="Converted_Count", left_out="Not_Converted_Count"
    )


def start_job(
    org: Organisation,
    kind: str,
    module: Module,
    records: list[Record],
    work: Callable[[Record], dict[str, Any]],
) -> str:
    """Do the work of a job and return its id. The first poll still finds it running."""
    done = 0
    for record in records:
        try:
            work(record)
        except Problem:
            continue
        done += 1
    job_id = org.ids.next()
    org.records.jobs[job_id] = {
        "kind": kind,
        "module": module.api_name,
        "total": len(records),
        "done": done,
        "polls": 0,
    }
    return job_id


def job_status(
    org: Organisation, call: Call, kind: str, *, done: str, left_out: str | None = None
) -> dict[str, Any]:
    """Answer the counts of the job that `job_id` names, under the keys of this kind of job."""
    job_id = call.params.get("job_id")
    if not job_id:
        raise missing_param("job_id")
    job = org.records.jobs.get(job_id)
    if job is None or job["kind"] != kind:
        raise invalid_data("the id given seems to be invalid", param_name="job_id")
    running = job["polls"] == 0
    job["polls"] += 1
    finished = 0 if running else job["done"]
    counts = {
        "Status": "RUNNING" if running else "COMPLETED",
        "Total_Count": job["total"],
        done: finished,
        "Failed_Count": 0 if running else job["total"] - job["done"],
    }
    if left_out:
        counts[left_out] = job["total"] - finished
    return {"data": [counts]}


def _records(org: Organisation, call: Call, module: Module) -> list[Record | str] | None:
    """Return the records of `ids`, with the bare id for unknown ones; None for a view."""
    body = call.json_object()
    ids = _asked_ids(body, MOST_IDS)
    if ids is None:
        if body.get("cvid") is None:
            raise one_of_missing("ids", "cvid")
        return None
    if body.get("cvid") is not None:
        raise ambiguous(
            {"api_name": "ids", "json_path": "$.ids"}, {"api_name": "cvid", "json_path": "$.cvid"}
        )
    table = org.records.table(module.api_name)
    return [table.get(record_id) or record_id for record_id in ids]


def _view_records(org: Organisation, call: Call, module: Module) -> list[Record]:
    view_id = str(call.json_object()["cvid"])
    view = next((view for view in module.views if view.id == view_id), None)
    if view is None:
        raise invalid_data("the id given seems to be invalid", api_name="cvid", json_path="$.cvid")
    rows = list(rows_of_view(org, call, module, view))
    if len(rows) > MOST_IN_VIEW:
        raise Problem(
            "LIMIT_EXCEEDED",
            "the number of records in the custom view exceeds the limit",
            details={"limit": MOST_IN_VIEW, "api_name": "cvid"},
        )
    return rows


def _asked_ids(body: dict[str, Any], most: int) -> list[str] | None:
    ids = body.get("ids")
    if ids is None:
        return None
    if not isinstance(ids, list) or not ids:
        raise invalid_data(api_name="ids", expected_data_type="jsonarray", json_path="$.ids")
    if len(ids) > most:
        raise over_limit("ids", most, api_name="ids", json_path="$.ids")
    return [str(one) for one in ids]


def _done(
    call: Call, records: list[Record | str], work: Callable[[Record], dict[str, Any]]
) -> Answer:
    results = []
    for record in records:
        if isinstance(record, str):
            results.append(invalid_data("the id given seems to be invalid", id=record).body)
            continue
        try:
            results.append(work(record))
        except Problem as problem:
            results.append(problem.body)
    return Answer(batch_status(results, dialect(call.version)), {"data": results})


def _scheduled(message: str, job_id: str) -> Answer:
    return Answer(200, {"data": [success(message, {"job_id": job_id})]})
