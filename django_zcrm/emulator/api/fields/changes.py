"""Creating, changing and deleting custom fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ...core import JsonResponse, Refusal, Request, Response, Routes, invalid_data, success
from ...engine.access import find_field, get_module_param
from ...engine.bodies import require_text
from ...engine.paths import SETTINGS_PATH
from ...engine.values import is_id
from ...metadata import field_types
from ...metadata.catalogue import number_field
from ...state import Field, Item, Module, Organisation, PickListValue, Section
from ..global_picklists import get_shared_values

routes = Routes(scope="ZohoCRM.settings.fields", versions=(3, 8))

#: Custom fields per call (Zoho docs v8 create-custom-fields).
MAX_FIELDS = 5
_LENGTHS = {"text": 255, "email": 100, "phone": 30, "website": 450, "integer": 9, "bigint": 18,
            "double": 16, "currency": 16, "percent": 5, "picklist": 120,
            "multiselectpicklist": 250, "lookup": 120, "userlookup": 120, "date": 20,
            "datetime": 120, "boolean": 5, "autonumber": 50, "textarea": 2000,
            "fileupload": 10, "imageupload": 10}  # fmt: skip
_TEXTAREAS = {"small": 2_000, "large": 32_000, "rich_text": 50_000}


@routes.route("POST", f"{SETTINGS_PATH}/fields")
def create_fields(org: Organisation, request: Request) -> Response:
    """Create custom fields in a module: all, or none if one is refused."""
    module = get_module_param(org, request)
    if module.parent_module is not None:
        raise Refusal("NOT_SUPPORTED", "custom fields are not supported for the module")

    def create(item: Item, path: str) -> str:
        nonlocal module
        field = number_field(_new_field(org, module, item, path), org.ids.next)
        module = _add_field(module, field)
        return field.id

    return _batch(
        org, request, "fields", create, "field created", status=201, update_metadata=lambda: module
    )


@routes.route("PATCH", f"{SETTINGS_PATH}/fields")
def update_fields(org: Organisation, request: Request) -> Response:
    """Change fields of a module, each named by its `id`."""
    return _update_fields(org, request, None)


@routes.route("PATCH", f"{SETTINGS_PATH}/fields/{{field}}")
def update_field(org: Organisation, request: Request, field: str) -> Response:
    """Change one field of a module."""
    return _update_fields(org, request, field)


@routes.route("DELETE", f"{SETTINGS_PATH}/fields/{{field}}")
def delete_field(org: Organisation, request: Request, field: str) -> Response:
    """Delete a custom field; records no longer show it."""
    module = get_module_param(org, request)
    crm_field = find_field(module, field, request.version)
    if crm_field is None:
        raise invalid_data("the id given seems to be invalid", resource_path_index=0)
    if not crm_field.custom:
        raise Refusal(
            "NOT_ALLOWED", "system fields cannot be deleted", details={"id": crm_field.id}
        )
    api_name = crm_field.api_name
    org.metadata.replace(
        replace(
            module,
            fields=tuple(item for item in module.fields if item.api_name != api_name),
            sections=tuple(
                replace(section, fields=tuple(name for name in section.fields if name != api_name))
                for section in module.sections
            ),
            views=tuple(
                replace(view, fields=tuple(name for name in view.fields if name != api_name))
                for view in module.views
            ),
        )
    )
    return JsonResponse({"fields": [success("field deleted", {"id": crm_field.id})]})


def _batch(
    org: Organisation,
    request: Request,
    key: str,
    work: Callable[[Item, str], str],
    message: str,
    *,
    status: int,
    update_metadata: Callable[[], Module],
) -> Response:
    """Do `work` for every item; store the module that `keep` returns only if none was refused."""
    results, failed = [], False
    for index, item in enumerate(request.json_items(key, limit=MAX_FIELDS)):
        try:
            results.append(success(message, {"id": work(item, f"$.{key}[{index}]")}))
        except Refusal as refusal:
            results.append(refusal.body)
            failed = True
    if failed:
        refused = [result for result in results if result["status"] == "error"]
        return JsonResponse({key: refused}, 400)
    org.metadata.replace(update_metadata())
    return JsonResponse({key: results}, status)


def _new_field(org: Organisation, module: Module, item: Item, path: str) -> Field:
    label = require_text(item, "field_label", path, maximum=50)
    data_type = require_text(item, "data_type", path)
    if data_type not in _LENGTHS:
        raise invalid_data(
            api_name="data_type",
            json_path=f"{path}.data_type",
            supported_values=sorted(_LENGTHS),
        )
    new_name = item.get("api_name") or label
    if not isinstance(new_name, str):
        raise invalid_data(
            api_name="api_name", json_path=f"{path}.api_name", expected_data_type="text"
        )
    api_name = re.sub(r"\W+", "_", new_name).strip("_") or "Custom_Field"
    for other in module.fields:
        if api_name == other.api_name or label == other.label:
            raise Refusal(
                "DUPLICATE_DATA",
                "duplicate data",
                details={
                    "api_name": "field_label",
                    "json_path": f"{path}.field_label",
                    "id": other.id,
                },
            )
    field = field_types.make(api_name, data_type, label, length=_LENGTHS[data_type], custom=True)
    return _change_field(org, field, item, path, new=True)


def _change_field(org: Organisation, field: Field, item: Item, path: str, *, new: bool) -> Field:
    """Return a field with the changes of an item. Raises Refusal for invalid values."""
    changes: dict[str, Any] = {}
    if not new and "field_label" in item:
        changes["label"] = require_text(item, "field_label", path, maximum=50)
    if "unique" in item:
        changes["unique"] = isinstance(item["unique"], dict) and bool(item["unique"])
    if isinstance(item.get("external"), dict):
        changes["external"] = item["external"].get("type")
    if "length" in item and field.data_type in ("text", "integer", "double", "currency", "bigint"):
        length = item["length"]
        if not isinstance(length, int) or not 1 <= length <= _LENGTHS[field.data_type]:
            raise invalid_data(
                api_name="length",
                json_path=f"{path}.length",
                maximum_length=_LENGTHS[field.data_type],
            )
        changes["length"] = length
    if field.data_type in ("double", "currency", "percent"):
        changes["decimal_place"] = item.get("decimal_place", field.decimal_place or 2)
    if field.data_type == "textarea":
        textarea_type = _part(item, "textarea", path).get("type", field.multiline or "small")
        if not isinstance(textarea_type, str) or textarea_type not in _TEXTAREAS:
            raise invalid_data(api_name="type", json_path=f"{path}.textarea.type")
        changes.update(multiline=textarea_type, length=_TEXTAREAS[textarea_type])
    if field.data_type in ("picklist", "multiselectpicklist"):
        if isinstance(item.get("global_picklist"), dict):
            changes.update(_read_shared_choices(org, item["global_picklist"], path))
        else:
            changes["values"] = _choices(field, item, path, new=new)
    if field.data_type == "autonumber":
        number = _part(item, "auto_number", path)
        start = number.get("start_number") or field.start_number
        if not is_id(str(start)):
            raise invalid_data(
                api_name="start_number",
                json_path=f"{path}.auto_number.start_number",
                expected_data_type="integer",
            )
        changes.update(
            read_only=True, prefix=number.get("prefix") or field.prefix, start_number=int(start)
        )
    if field.data_type == "boolean":
        changes["default"] = False
    if field.data_type == "lookup" and new:
        changes.update(_target(org, item, path))
    return replace(field, **changes)


def _part(item: Item, name: str, path: str) -> Item:
    """Return an object in an item, empty if missing. Raises Refusal for anything else."""
    part = item.get(name)
    if part is not None and not isinstance(part, dict):
        raise invalid_data(
            api_name=name, json_path=f"{path}.{name}", expected_data_type="jsonobject"
        )
    return part or {}


def _choices(field: Field, item: Item, path: str, *, new: bool) -> tuple[PickListValue, ...]:
    values = item.get("pick_list_values")
    if values is None and not new:
        return field.values
    if not isinstance(values, list) or not values:
        raise Refusal(
            "MANDATORY_NOT_FOUND",
            "required field not found",
            details={"api_name": "pick_list_values", "json_path": f"{path}.pick_list_values"},
        )
    choices = {value.id: value for value in field.values}
    new_choices: list[PickListValue] = []
    for index, choice in enumerate(values):
        child = f"{path}.pick_list_values[{index}]"
        if not isinstance(choice, dict):
            raise invalid_data(expected_data_type="jsonobject", json_path=child)
        existing = choices.get(str(choice.get("id")))
        if existing is not None and "_delete" in choice:
            del choices[existing.id]
        elif existing is not None:
            display_value = choice.get("display_value", existing.display_value)
            choices[existing.id] = replace(existing, display_value=display_value)
        else:
            display_value = require_text(choice, "display_value", child, maximum=120)
            new_choices.append(
                PickListValue(choice.get("actual_value") or display_value, display_value)
            )
    return (*choices.values(), *new_choices)


def _read_shared_choices(org: Organisation, value: Item, path: str) -> dict[str, Any]:
    picklist = org.settings.items("global_picklists").get(str(value.get("id")))
    if picklist is None:
        raise invalid_data(
            "the id given seems to be invalid",
            api_name="id",
            json_path=f"{path}.global_picklist.id",
        )
    return {"global_picklist": picklist["id"], "values": get_shared_values(picklist)}


def _target(org: Organisation, item: Item, path: str) -> dict[str, Any]:
    target = _part(item, "lookup", path).get("module")
    name = target.get("api_name") if isinstance(target, dict) else target
    if name is None:
        raise Refusal(
            "DEPENDENT_FIELD_MISSING",
            "dependent field missing",
            details={
                "api_name": "lookup",
                "json_path": f"{path}.lookup",
                "dependee": {"api_name": "data_type", "json_path": f"{path}.data_type"},
            },
        )
    if not isinstance(name, str) or name not in org.metadata.modules:
        raise invalid_data(api_name="module", json_path=f"{path}.lookup.module")
    return {"lookup": name}


def _add_field(module: Module, field: Field) -> Module:
    first, *others = module.sections or (Section("Information", ()),)
    return replace(
        module,
        fields=(*module.fields, field),
        sections=(replace(first, fields=(*first.fields, field.api_name)), *others),
    )


def _update_fields(org: Organisation, request: Request, name: str | None) -> Response:
    module = get_module_param(org, request)

    def update(item: Item, path: str) -> str:
        nonlocal module
        field = find_field(module, name or str(item.get("id")), request.version)
        if field is None:
            raise invalid_data(
                "the id given seems to be invalid", api_name="id", json_path=f"{path}.id"
            )
        changed = number_field(_change_field(org, field, item, path, new=False), org.ids.next)
        module = module.with_fields(
            changed if row.api_name == field.api_name else row for row in module.fields
        )
        return changed.id

    return _batch(
        org, request, "fields", update, "field updated", status=200, update_metadata=lambda: module
    )
