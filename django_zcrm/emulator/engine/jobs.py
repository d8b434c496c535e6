"""Jobs on many records: done at once, but the first poll still finds them running."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core import Refusal, Request, invalid_data, missing_param, over_limit
from ..state import Module, Organisation, StoredRecord


def start_job(
    org: Organisation,
    job_type: str,
    module: Module,
    records: list[StoredRecord],
    work: Callable[[StoredRecord], dict[str, Any]],
) -> str:
    """Do the work of a job and return its id. The first poll still finds it running."""
    done = 0
    for record in records:
        try:
            work(record)
        except Refusal:
            continue
        done += 1
    job_id = org.ids.next()
    org.records.jobs[job_id] = {
        "kind": job_type,
        "module": module.api_name,
        "total": len(records),
        "done": done,
        "polls": 0,
    }
    return job_id


def job_status(
    org: Organisation, request: Request, job_type: str, *, done: str, left_out: str | None = None
) -> dict[str, Any]:
    """Return the counts of the job that `job_id` names, under the keys of this kind of job."""
    job_id = request.args.get("job_id")
    if not job_id:
        raise missing_param("job_id")
    job = org.records.jobs.get(job_id)
    if job is None or job["kind"] != job_type:
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


def body_ids(body: dict[str, Any], maximum: int) -> list[str] | None:
    ids = body.get("ids")
    if ids is None:
        return None
    if not isinstance(ids, list) or not ids:
        raise invalid_data(api_name="ids", expected_data_type="jsonarray", json_path="$.ids")
    if len(ids) > maximum:
        raise over_limit("ids", maximum, api_name="ids", json_path="$.ids")
    return [str(record_id) for record_id in ids]
