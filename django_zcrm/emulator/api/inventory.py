"""Converting quotes to orders, and both to invoices (docs v8 inventory-convert)."""

from __future__ import annotations

from typing import Any

from ..core import JsonResponse, Refusal, Request, Response, Routes, invalid_data, success
from ..engine import saving, validation
from ..engine.access import find_module, require_record
from ..engine.bodies import (
    body_path,
    require,
    require_id,
    require_list,
    require_object,
    require_objects,
)
from ..engine.history import log_change
from ..engine.paths import CREATE
from ..engine.rendering import display_name
from ..engine.settings import get_job_param
from ..engine.values import JSONPath
from ..state import Item, Module, Organisation, StoredRecord, User

routes = Routes(
    scope=("ZohoCRM.mass_convert.{module}", "ZohoCRM.modules.{module}", "ZohoCRM.modules"),
    versions=(7, 8),
)

_KIND = "inventory_mass_convert"
MAX_IDS = 50
#: The target modules for the conversion of each module's records.
_TARGETS = {"Quotes": ("Sales_Orders", "Invoices"), "Sales_Orders": ("Invoices",)}
Target = tuple[Module, bool]


def _source(org: Organisation, request: Request, module: str) -> Module:
    crm_module = find_module(org, request, module)
    if crm_module.api_name not in _TARGETS:
        raise Refusal(
            "NOT_SUPPORTED",
            "the given module is not supported in api",
            details={"resource_path_index": 0},
        )
    return crm_module


def _targets(org: Organisation, module: Module, body: Item, path: JSONPath) -> list[Target]:
    """Return the target modules, and whether to copy tags. Raises Refusal."""
    supported = _TARGETS[module.api_name]
    results = []
    for item, child in require_objects(body, "convert_to", path):
        path_of_module = child.child("module")
        target = require_object(require(item, "module", child), path_of_module)
        target_module = org.metadata.module(str(target.get("api_name") or target.get("id")))
        if target_module is None or target_module.api_name not in supported:
            raise path_of_module.child("api_name").invalid(supported_values=list(supported))
        results.append((target_module, bool(item.get("carry_over_tags"))))
    return results


@routes.route("POST", "/crm/{version}/{module}/{id}/actions/convert", scope=CREATE)
def convert(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Convert one record to an order or an invoice."""
    source_module = _source(org, request, module)
    record = require_record(org, request, source_module, id)
    path = body_path(request)
    targets = _targets(org, source_module, request.json_object(), path)
    details = _convert(org, request, source_module, record, targets, request.user)
    result = success("The record has been converted successfully", details)
    return JsonResponse({"data": [result]})


@routes.route("POST", "/crm/{version}/{module}/actions/mass_convert")
def mass_convert(org: Organisation, request: Request, module: str) -> Response:
    """Convert many records to orders or invoices, as a job."""
    source_module = _source(org, request, module)
    body = request.json_object()
    path = body_path(request)
    targets = _targets(org, source_module, body, path)
    ids = [str(quote_id) for quote_id, _ in require_list(body, "ids", path, maximum=MAX_IDS)]
    owner = request.user
    if body.get("assign_to"):
        child = path.child("assign_to")
        owner = org.users[require_id(require_object(body["assign_to"], child), child, org.users)]
    done = failed = 0
    for record_id in ids:
        record = org.records.table(module).get(record_id)
        try:
            if record is None:
                raise invalid_data("the id given seems to be invalid", id=record_id)
            _convert(org, request, source_module, record, targets, owner)
            done += 1
        except Refusal:
            failed += 1
    job_id = org.settings.start(org.ids.next(), _KIND, done=done, failed=failed)
    scheduled_item = success("Mass Convert scheduled successfully", {"job_id": job_id})
    return JsonResponse(scheduled_item | {"code": "SCHEDULED"}, 202)


@routes.route("GET", "/crm/{version}/{module}/actions/mass_convert")
def get_mass_convert_status(org: Organisation, request: Request, module: str) -> Item:
    """Return the progress of a conversion; the keys are lower case here (OpenAPI 3.0)."""
    _source(org, request, module)
    job = get_job_param(org, request, _KIND)
    over = job.poll()
    done, failed = (job.result[name] if over else 0 for name in ("done", "failed"))
    total = job.result["done"] + job.result["failed"]
    return {
        "status": "completed" if over else "running",
        "total_count": total,
        "converted_count": done,
        "not_converted_count": total - done - failed,
        "failed_count": failed,
    }


def _convert(
    org: Organisation,
    request: Request,
    module: Module,
    record: StoredRecord,
    targets: list[Target],
    owner: User,
) -> Item:
    """Create the records and return them by module. Raises Refusal if converted before."""
    converted = org.settings.items("inventory_conversions", record["id"])
    result: Item = {}
    for target, with_tags in targets:
        if target.api_name in converted:
            raise Refusal(
                "ID_ALREADY_CONVERTED", "id already converted", details={"id": record["id"]}
            )
        values, rows = _carry_over(org, module, target, record)
        values["Owner"] = owner.id
        if with_tags:
            values["Tag"] = record.get("Tag")
        validated = validation.ValidatedRecord(values, rows)
        new = saving.insert(org, target, validated, request.user)
        log_change(org, request, target, "added", None, new)
        converted[target.api_name] = {"id": new["id"]}
        result[target.api_name] = {"name": display_name(org, new), "id": new["id"]}
    return result


def _carry_over(
    org: Organisation, module: Module, target: Module, record: StoredRecord
) -> tuple[dict[str, Any], dict[str, list[validation.ValidatedRow]]]:
    """Return the values and line items to carry over: those of fields with the same name."""
    values = {
        field.api_name: record[field.api_name]
        for field in target.fields
        if not (field.read_only or field.unique or field.data_type == "subform")
        and record.get(field.api_name) is not None
        and field.api_name in module.field_map
    }
    link = {"Quotes": "Quote_Name", "Sales_Orders": "Sales_Order"}[module.api_name]
    if link in target.field_map:
        values[link] = record["id"]
    rows: dict[str, list[validation.ValidatedRow]] = {}
    for theirs, own in zip(module.subforms, target.subforms, strict=False):
        child = org.metadata.modules[own.subform or ""]
        items = org.records.table(theirs.subform or "").rows
        rows[own.api_name] = validation.copy_rows(child, items, record.get(theirs.api_name))
    return values, rows
