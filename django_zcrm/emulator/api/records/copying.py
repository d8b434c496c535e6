"""Cloning a record, and reading records in full."""

from __future__ import annotations

from typing import Any

from ...core import JsonResponse, Request, Response, Routes, dialect, success
from ...engine import saving, validation
from ...engine.access import find_module, find_record, get_ids_param, require_record
from ...engine.batch import describe_write
from ...engine.history import log_change
from ...engine.paths import CREATE, MODULE, READ, RECORD
from ...engine.rendering import Renderer
from ...engine.values import JSONPath
from ...engine.visibility import find_visible
from ...state import Organisation
from .writing import writable_module

routes = Routes()


@routes.route("POST", RECORD + "/actions/clone", scope=CREATE)
def clone_record(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Copy a record; `data[0]` has the values that must differ."""
    crm_module = writable_module(org, request, module)
    source = require_record(org, request, crm_module, id)
    changes = request.json_items(limit=1)[0] if request.get_data().strip() else {}
    path = JSONPath(dialect(request.version), "data", "$.data[0]")
    validated = validation.check(org, crm_module, changes, path, source, request.user)
    values = {
        field.api_name: source.get(field.api_name)
        for field in crm_module.fields
        if not field.read_only and field.data_type != "subform"
    }
    validated.values = {**values, "Tag": source.get("Tag"), **validated.values}
    for refusal in validation.duplicate_errors(org, crm_module, validated, path, None).values():
        raise refusal
    for subform in crm_module.subforms:
        child = org.metadata.modules[subform.subform or ""]
        rows = org.records.table(child.api_name).rows
        validated.rows.setdefault(
            subform.api_name,
            validation.copy_rows(child, rows, source.get(subform.api_name)),
        )
    record = saving.insert(org, crm_module, validated, request.user)
    log_change(org, request, crm_module, "added", None, record)
    return JsonResponse(
        {"data": [success("record added", describe_write(org, request, record))]}, 201
    )


@routes.route("GET", RECORD + "/actions/fetch_full_data", scope=READ)
def fetch_full_record(
    org: Organisation, request: Request, module: str, id: str
) -> dict[str, Any] | None:
    """Return one record with its rich text in full."""
    crm_module = find_module(org, request, module)
    record = find_record(org, request, crm_module, id)
    if record is None:
        return None
    fields = request.args.comma_separated("fields") or None
    return {"data": [Renderer(org, request, crm_module, fields, children=True).row(record)]}


@routes.route("GET", MODULE + "/actions/fetch_full_data", scope=READ)
def fetch_full_records(org: Organisation, request: Request, module: str) -> dict[str, Any] | None:
    """Return several records with their rich text in full."""
    crm_module = find_module(org, request, module)
    records = [
        record
        for record_id in get_ids_param(request)
        if (record := find_visible(org, request, crm_module, record_id)) is not None
    ]
    if not records:
        return None
    fields = request.args.comma_separated("fields") or None
    return {"data": Renderer(org, request, crm_module, fields, children=True).rows(records)}
