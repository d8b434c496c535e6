"""Listing fields and the choices of picklists."""

from __future__ import annotations

from typing import Any

from ...core import Request, Routes, invalid_data
from ...engine.access import find_field, get_module_param, respond_no_content
from ...engine.paths import SETTINGS_PATH
from ...state import Item, Organisation
from .rendering import show_field

routes = Routes(scope="ZohoCRM.settings.fields")


@routes.route("GET", f"{SETTINGS_PATH}/fields")
def list_fields(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Return the fields of a module; there are no unused ones."""
    module = get_module_param(org, request)
    usage = request.args.get("type", "used")
    if usage not in ("used", "unused", "all"):
        raise invalid_data(param_name="type")
    if usage == "unused" or not module.fields:
        return None
    return {
        "fields": [
            show_field(org, module, field, request.version)
            for field in module.fields_in(request.version)
        ]
    }


@routes.route("GET", f"{SETTINGS_PATH}/fields/{{field}}")
def get_field(org: Organisation, request: Request, field: str) -> dict[str, Any] | None:
    """Return one field of a module by its id (or API name)."""
    module = get_module_param(org, request)
    crm_field = find_field(module, field, request.version)
    if crm_field is None:
        return respond_no_content(field)
    return {"fields": [show_field(org, module, crm_field, request.version)]}


_FROM_V3 = (3.0, 8.0)


@routes.route("GET", f"{SETTINGS_PATH}/fields/{{field}}/pick_list_values", versions=_FROM_V3)
def list_pick_list_values(org: Organisation, request: Request, field: str) -> Item | None:
    """Return the choices of a picklist."""
    module = get_module_param(org, request)
    crm_field = find_field(module, field, request.version)
    if crm_field is None:
        return respond_no_content(field)
    if not crm_field.values:
        return None
    return {
        "pick_list_values": [
            {
                "display_value": value.display_value,
                "actual_value": value.actual_value,
                "reference_value": value.actual_value,
                "sequence_number": number,
                "colour_code": None,
                "type": "used",
                "id": value.id,
                **value.extra,
            }
            for number, value in enumerate(crm_field.values, start=1)
        ]
    }
