"""Global picklists: choices that several fields share (docs v8 global-picklists)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..core import JsonResponse, Refusal, Request, Response, Routes, dialect, invalid_data, success
from ..engine.access import get_ids_param, require_param
from ..engine.batch import batch, batch_status
from ..engine.settings import SETTINGS, ItemCollection, collection, keys, messages_from, page_of
from ..engine.settings.errors import expected_one_of, not_allowed
from ..engine.values import JSONPath
from ..state import Field, Item, Module, Organisation, PickListValue

routes = Routes(scope="ZohoCRM.settings.global_picklist", versions=(6, 8))

_SCOPE = f"{SETTINGS}.global_picklist"
_PATH = "/crm/{version}/settings/global_picklists"


def fields_with(org: Organisation, picklist_id: str) -> Iterator[tuple[Module, Field]]:
    """Yield the fields that take their choices from a global picklist."""
    for module in org.metadata.modules.values():
        for field in module.fields:
            if field.global_picklist == picklist_id:
                yield module, field


def check_picklist(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Choices named by id are changed, others are added, `_delete` removes one."""
    if before is None:
        label = values["display_label"]
        values["api_name"] = values.get("api_name") or re.sub(r"\W+", "_", label)
        values["actual_label"] = label
    if values.get("pick_list_values") is not None:
        values["pick_list_values"] = _merge_choices(
            org,
            (before or {}).get("pick_list_values") or [],
            values["pick_list_values"],
            path.child("pick_list_values"),
        )


def _merge_choices(
    org: Organisation, before: list[Item], items: list[Item], path: JSONPath
) -> list[Item]:
    choices = {choice["id"]: choice for choice in before}
    for index, item in enumerate(items):
        child = path.child(index)
        if item.get("id") is None:
            if not item.get("display_value"):
                raise child.child("display_value").missing()
            display_value = item["display_value"]
            new_choice = {
                "id": org.ids.next(),
                "display_value": display_value,
                "actual_value": item.get("actual_value") or display_value,
                "reference_value": item.get("reference_value") or display_value,
                "type": item.get("type") or "used",
            }
            choices[new_choice["id"]] = new_choice
        elif str(item["id"]) not in choices:
            raise child.child("id").unknown_id()
        elif item.get("_delete", False) is not False:
            del choices[str(item["id"])]
        else:
            existing = choices[str(item["id"])]
            changes = {key: item[key] for key in existing if item.get(key) is not None}
            choices[existing["id"]] = existing | changes
    display_values = [choice["display_value"].casefold() for choice in choices.values()]
    if len(set(display_values)) < len(display_values):
        raise Refusal("DUPLICATE_DATA", "duplicate data", details=path.details())
    return [
        choice | {"sequence_number": number}
        for number, choice in enumerate(choices.values(), start=1)
    ]


def update_fields(
    org: Organisation, request: Request, before: Item | None, after: Item | None
) -> None:
    """Pass a changed picklist's new choices on to its fields."""
    if after is None:
        return
    for module, field in list(fields_with(org, after["id"])):
        current = org.metadata.modules[module.api_name]
        org.metadata.replace(
            current.with_fields(
                replace(item, values=get_shared_values(after)) if item.id == field.id else item
                for item in current.fields
            )
        )


def describe_use(org: Organisation, picklist: Item) -> Item:
    """Describe in which modules and how many fields a picklist is used."""
    fields = list(fields_with(org, picklist["id"]))
    modules = {module.id: module for module, _ in fields}
    return {
        "associated_fields_count": len(fields),
        "used_in_modules": [
            {"api_name": item.api_name, "id": item.id, "plural_label": item.plural_label}
            for item in modules.values()
        ],
    }


GLOBAL_PICKLISTS = collection(
    routes,
    "/settings/global_picklists",
    methods="GET POST PATCH",
    item="{id} GET PUT PATCH",
    scope=_SCOPE,
    since=6,
    messages=messages_from("global picklist {verb} successfully"),
    unique=("display_label", "api_name"),
    keys={
        "display_label": keys.Text(50, required=True),
        "api_name": keys.Text(50, r"[A-Za-z]\w*"),
        "actual_label": keys.Text(50, read_only=True),
        "description": keys.Text(1000),
        "source": keys.Text(read_only=True, default="crm"),
        "presence": keys.Flag(read_only=True, default=True),
        "customizable": keys.Flag(read_only=True, default=True),
        "pick_list_values_sorted_lexically": keys.Flag(default=False),
        "pick_list_values": keys.ListOf(
            keys.shape(
                display_value=keys.Text(120),
                actual_value=keys.Text(120),
                reference_value=keys.Text(120),
                type=keys.one_of("used", "unused"),
                sequence_number=keys.Number(1),
            ),
            1500,
            required=True,
        ),
    },
    check=check_picklist,
    on_change=update_fields,
    item_extras=describe_use,
    demo_items=lambda org: [
        {
            "display_label": "Regions",
            "api_name": "Regions",
            "actual_label": "Regions",
            "pick_list_values": [
                {
                    "id": org.ids.seed_id(99_200 + number),
                    "display_value": name,
                    "actual_value": name,
                    "reference_value": name,
                    "type": "used",
                    "sequence_number": number,
                }
                for number, name in enumerate(("North", "East", "South", "West"), start=1)
            ],
        }
    ],
)
_ALL = f"{_SCOPE}.ALL"
_ONE = f"{_PATH}/{{id}}"


@routes.route("DELETE", _PATH)
def delete_picklists(org: Organisation, request: Request) -> Response:
    """Delete the picklists that the parameter `ids` names."""
    items = org.settings.items("global_picklists")
    results = []
    for picklist_id in get_ids_param(request):
        try:
            if picklist_id not in items:
                raise invalid_data("the id given seems to be invalid", id=picklist_id)
            _delete(org, items[picklist_id])
            results.append(success(GLOBAL_PICKLISTS.messages.deleted, {"id": picklist_id}))
        except Refusal as refusal:
            results.append(refusal.body)
    status = batch_status(results, dialect(request.version))
    return JsonResponse({"global_picklists": results}, status)


@routes.route("DELETE", _ONE)
def delete_picklist(org: Organisation, request: Request, id: str) -> Response:
    """Delete one picklist, as a job."""
    picklist = ItemCollection(org, request, GLOBAL_PICKLISTS, {}).require(id)
    _delete(org, picklist)
    job_id = org.settings.start(org.ids.next(), "delete_global_picklist")
    result = success("global picklist deletion scheduled successfully", {"job_id": job_id})
    return JsonResponse({"global_picklists": [result | {"code": "SCHEDULED"}]}, 202)


def _delete(org: Organisation, picklist: Item) -> None:
    if any(fields_with(org, picklist["id"])):
        raise not_allowed("the global picklist is associated with fields", id=picklist["id"])
    del org.settings.items("global_picklists")[picklist["id"]]


@routes.route("GET", f"{_ONE}/actions/associations")
def list_associations(org: Organisation, request: Request, id: str) -> Item | None:
    """Return the fields that use a picklist."""
    picklist = ItemCollection(org, request, GLOBAL_PICKLISTS, {}).require(id)
    rows = [
        {
            "field": {"api_name": field.api_name, "id": field.id, "field_label": field.label},
            "module": {
                "api_name": module.api_name,
                "id": module.id,
                "plural_label": module.plural_label,
                "module_name": module.plural_label,
            },
            "layouts": [{"name": "Standard", "id": module.layout_id, "status": "active"}],
        }
        for module, field in fields_with(org, picklist["id"])
    ]
    return page_of(request, "associations", rows)


@routes.route("GET", f"{_ONE}/actions/pick_list_values_associations", scope=_ALL)
def list_value_associations(org: Organisation, request: Request, id: str) -> Item | None:
    """Return the uses of a choice in the conditions of workflow rules and custom views."""
    picklist = ItemCollection(org, request, GLOBAL_PICKLISTS, {}).require(id)
    value_id = require_param(request, "picklist_value_id")
    value = next(
        (choice for choice in picklist["pick_list_values"] if choice["id"] == value_id), None
    )
    if value is None:
        raise invalid_data("the id given seems to be invalid", param_name="picklist_value_id")
    custom_view = [
        {
            "id": view.id,
            "name": view.name,
            "details": {
                "module": {
                    "api_name": module.api_name,
                    "id": module.id,
                    "plural_label": module.plural_label,
                }
            },
        }
        for module, field in fields_with(org, picklist["id"])
        for view in module.views
        if view.criteria and f"({field.api_name}:equals:{value['actual_value']})" in view.criteria
    ]
    if not custom_view:
        return None
    return {"pick_list_values_associations": [{"type": "custom_views", "resources": custom_view}]}


@routes.route("POST", f"{_ONE}/actions/replace_picklist_values", scope=_ALL)
def replace_values(org: Organisation, request: Request, id: str) -> Response:
    """Replace one choice by another in all records, as a job."""
    picklist = ItemCollection(org, request, GLOBAL_PICKLISTS, {}).require(id)

    def work(body: Item, path: JSONPath) -> Item:
        old, new = (
            _choice(picklist, body.get(name), path.child(name))
            for name in ("old_value", "new_value")
        )
        if old["id"] == new["id"]:
            raise path.child("new_value").invalid()
        for module, field in fields_with(org, picklist["id"]):
            _replace(org, module, field, old["actual_value"], new["actual_value"])
        replaced = org.settings.items("replaced_values", picklist["id"])
        replaced[old["id"]] = {
            "id": old["id"],
            "display_value": old["display_value"],
            "reference_value": old["reference_value"],
        }
        job_id = org.settings.start(org.ids.next(), "replace_picklist_values")
        result = success("picklist values replacement scheduled successfully", {"job_id": job_id})
        return result | {"code": "SCHEDULED"}

    return batch(request, work, status=202, key="replace_picklist_values", limit=1)


def _choice(picklist: Item, item: Any, path: JSONPath) -> Item:
    if not isinstance(item, dict):
        raise path.missing()
    if item.get("id") is None and item.get("display_value") is None:
        raise expected_one_of(path, "id", "display_value")
    for choice in picklist["pick_list_values"]:
        if choice["id"] == item.get("id") or choice["display_value"] == item.get("display_value"):
            return dict(choice)
    raise path.child("id" if "id" in item else "display_value").invalid()


def _replace(org: Organisation, module: Module, field: Field, old: str, new: str) -> None:
    name = field.api_name
    for record in list(org.records.table(module.api_name).rows.values()):
        value = record.get(name)
        if value == old:
            org.records.put(module.api_name, {**record, name: new})
        elif isinstance(value, list) and old in value:
            items = list(dict.fromkeys(new if member == old else member for member in value))
            org.records.put(module.api_name, {**record, name: items})


@routes.route("GET", f"{_ONE}/actions/replaced_values")
def list_replaced_values(org: Organisation, request: Request, id: str) -> Item | None:
    """Return the choices that have been replaced by others."""
    picklist = ItemCollection(org, request, GLOBAL_PICKLISTS, {}).require(id)
    rows = [
        {key: replacement[key] for key in ("display_value", "reference_value")}
        for replacement in org.settings.items("replaced_values", picklist["id"]).values()
    ]
    return {"replaced_values": rows} if rows else None


def get_shared_values(picklist: Item) -> tuple[PickListValue, ...]:
    """Return the choices that fields get from a global picklist: those in use."""
    return tuple(
        PickListValue(value["actual_value"], value["display_value"], value["id"])
        for value in picklist["pick_list_values"]
        if value["type"] == "used"
    )
