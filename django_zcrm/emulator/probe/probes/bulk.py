"""Bulk jobs. All probes share one bulk read, which costs 50 credits."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from ....zoho.query.read.archives import DamagedArchive, ZippedCSV, reading_archive
from ..answers import Answer, Unknown
from ..lab import MARK, NAMES, Lab
from ..registry import probe

_JOBS = "/crm/bulk/v8/read"
_PATIENCE = (0.0, 2.0, 5.0, 10.0, 20.0, 40.0)
"""Seconds to wait before each poll."""
_MAX_ROWS = 1000
"""Rows of the result; probes make a few dozen leads."""


@dataclass(frozen=True)
class _Job:
    """The bulk read: the first response for its result, and its final rows."""

    early: Answer
    rows: list[dict[str, str]]


def _job(lab: Lab) -> _Job:
    return lab.once("bulk", lambda: _read(lab))


def _read(lab: Lab) -> _Job:
    """Read the probe's leads."""
    lab.lead, lab.empty_lead  # noqa: B018 - at least two rows
    name = {"api_name": NAMES["Leads"]}
    criteria = {"field": name, "comparator": "starts_with", "value": MARK}
    query: dict[str, Any] = {"module": {"api_name": "Leads"}, "criteria": criteria}
    job = lab.ask("POST", _JOBS, {"query": query}).check().id
    early = lab.ask("GET", f"{_JOBS}/{job}/result")
    for seconds in _PATIENCE:
        lab.wait(seconds)
        row = lab.ask("GET", f"{_JOBS}/{job}").check().rows[0]
        if row.get("state") == "COMPLETED":
            break
    else:
        raise Unknown("the bulk read did not end in time")
    content = lab.download(f"{_JOBS}/{job}/result")
    try:
        with reading_archive("result of the bulk read"):
            table = ZippedCSV(io.BytesIO(content), max_rows=_MAX_ROWS)
            rows = [dict(zip(table.header, row, strict=True)) for row in table]
    except DamagedArchive:
        raise Unknown("the result of the bulk read is not a ZIP file") from None
    return _Job(early, rows)


@probe("bulk.unfinished-result")
def download_too_early(lab: Lab) -> str:
    """Download the result of a job that has just been created."""
    early = _job(lab).early
    if early.is_ok:
        raise Unknown("the job was over at once")
    return early.by_code({code: code for code in ("RESOURCE_NOT_FOUND", "INVALID_DATA")})


@probe("bulk.default-columns")
def read_without_columns(lab: Lab) -> str:
    """Name no columns."""
    return "with-images" if "Record_Image" in _job(lab).rows[0] else "without-images"


@probe("bulk.row-order")
def compare_rows(lab: Lab) -> str:
    """Look at the order of the rows."""
    ids = [int(row["Id"]) for row in _job(lab).rows]
    if ids == sorted(ids):
        return "ascending"
    if ids == sorted(ids, reverse=True):
        return "descending"
    raise Unknown("the rows are in no order of the ids")


@probe("bulk.content-type")
def send_plain_text(lab: Lab) -> str:
    """Send an empty query as plain text."""
    headers = {"Content-Type": "text/plain"}
    answer = lab.ask("POST", _JOBS, {}, headers=headers)
    refusals = dict.fromkeys(("MEDIA_TYPE_NOT_SUPPORTED", "415"), "refused")
    return answer.by_code({"REQUEST_BODY_NOT_SUPPORTED": "any", **refusals})


@probe("bulk.names")
def name_module_in_text(lab: Lab) -> str:
    """Name the module as text in v8, and one that does not exist."""
    answer = lab.ask("POST", _JOBS, {"query": {"module": "Zcrm_Probe_Nothing"}})
    codes = {"REQUEST_BODY_NOT_SUPPORTED": "refused", "MODULE_NOT_AVAILABLE": "any"}
    return answer.by_code(codes)


@probe("bulk.upload-headers")
def upload_without_headers(lab: Lab) -> str:
    """Upload a file without the headers that name its purpose."""
    answer = lab.ask("POST", "upload", host="upload", files={"file": ("probe.zip", b"PK")})
    return answer.by_code({code: code for code in ("MANDATORY_NOT_FOUND", "INVALID_REQUEST")})
