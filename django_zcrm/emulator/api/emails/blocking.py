"""Unblocking the email addresses of records (docs v8 unblock-emails)."""

from __future__ import annotations

from ...core import JsonResponse, Request, Response, Routes, dialect, invalid_data, success
from ...engine.access import find_module, require_record
from ...engine.batch import batch_status
from ...engine.bodies import body_path, require_list
from ...state import Module, Organisation, StoredRecord
from .mailbox import ACTIONS

routes = Routes(scope="ZohoCRM.settings.emails", versions=(6, 8))

_DONE = "emails unblocked successfully"


def _read_fields(request: Request, module: Module) -> list[str]:
    """Return the address fields that a body names. Raises Refusal."""
    address_fields = [field.api_name for field in module.fields if field.data_type == "email"]
    names = []
    for name, child in require_list(request.json_object(), "unblock_fields", body_path(request)):
        if name not in address_fields:
            raise child.invalid(supported_values=address_fields)
        names.append(name)
    return names


def _unblock(org: Organisation, module: Module, record: StoredRecord) -> None:
    """Reset Email_Opt_Out, if the record has it set."""
    if record.get("Email_Opt_Out"):
        org.records.put(module.api_name, {**record, "Email_Opt_Out": False})


@routes.route("POST", f"{ACTIONS}/unblock_email")
def unblock_one(org: Organisation, request: Request, module: str, record: str) -> Response:
    """Unblock the addresses of one record."""
    crm_module = find_module(org, request, module)
    row = require_record(org, request, crm_module, record)
    _read_fields(request, crm_module)
    _unblock(org, crm_module, row)
    return JsonResponse(success(_DONE, {"id": row["id"]}))


@routes.route("POST", "/crm/{version}/{module}/actions/unblock_email")
def unblock_many(org: Organisation, request: Request, module: str) -> Response:
    """Unblock the addresses of the records that `ids` names."""
    crm_module = find_module(org, request, module)
    _read_fields(request, crm_module)
    results = []
    for record_id in (
        str(item) for item, _ in require_list(request.json_object(), "ids", body_path(request))
    ):
        row = org.records.table(module).get(record_id)
        if row is None:
            results.append(invalid_data("the id given seems to be invalid", id=record_id).body)
        else:
            _unblock(org, crm_module, row)
            results.append(success(_DONE, {"id": record_id}))
    return JsonResponse({"data": results}, batch_status(results, dialect(request.version)))
