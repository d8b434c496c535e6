"""Creating, updating and upserting records."""

from __future__ import annotations

from ...core import Refusal, Request, Response, Routes, dialect, success
from ...engine import assignment, automation, saving, validation, visibility
from ...engine.access import (
    ACTIVITIES,
    external_field,
    find_module,
    get_unmodified_since,
    require_record,
)
from ...engine.batch import batch, describe_write
from ...engine.history import log_change
from ...engine.paths import CREATE, MODULE, RECORD, UPDATE
from ...engine.values import JSONPath
from ...guesses import behaves
from ...state import Item, Module, Organisation, StoredRecord
from .. import blueprint, pipelines, record_locks

routes = Routes()


@routes.route("POST", MODULE, scope=CREATE)
def create_records(org: Organisation, request: Request, module: str) -> Response:
    """Insert the records of `data`."""
    crm_module = writable_module(org, request, module)
    check_features(request)

    def insert(item: Item, path: JSONPath) -> Item:
        return insert_item(org, request, crm_module, item, path)

    return batch(request, insert, status=201)


@routes.route("PUT", MODULE, scope=UPDATE)
def update_records(org: Organisation, request: Request, module: str) -> Response:
    """Update the records of `data`, each named by its `id`."""
    crm_module = writable_module(org, request, module)
    check_features(request)

    def update(item: Item, path: JSONPath) -> Item:
        return update_item(
            org, request, crm_module, _find_named(org, request, crm_module, item, path), item, path
        )

    return batch(request, update)


@routes.route("PUT", RECORD, scope=UPDATE)
def update_record(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Update the record that the path names with the first item of `data`."""
    crm_module = writable_module(org, request, module)
    check_features(request)
    record = require_record(org, request, crm_module, id)

    def update(item: Item, path: JSONPath) -> Item:
        return update_item(org, request, crm_module, record, item, path)

    request.json_items(limit=1)
    return batch(request, update)


@routes.route("POST", MODULE + "/upsert", scope=CREATE)
def upsert_records(org: Organisation, request: Request, module: str) -> Response:
    """Insert or update the records of `data`, matched by their unique fields."""
    crm_module = writable_module(org, request, module)
    check_features(request)
    names = _duplicate_check_fields(request, crm_module)

    def upsert(item: Item, path: JSONPath) -> Item:
        name, record = _match(org, crm_module, item, names)
        if record is None:
            result, action = insert_item(org, request, crm_module, item, path), "insert"
        else:
            result, action = update_item(org, request, crm_module, record, item, path), "update"
        return {**result, "action": action, "duplicate_field": name}

    return batch(request, upsert)


#: The keys of a body that name features to run or to leave out, with the features.
_FEATURES = {"skip_feature_execution": ("cadences",), "apply_feature_execution": ("layout_rules",)}


def check_features(request: Request) -> None:
    """Check the features that a write requests. Raises Refusal for an unknown one."""
    body = request.json_object()
    for key, names in _FEATURES.items():
        path = JSONPath(dialect(request.version), key, f"$.{key}")
        items = body.get(key, [])
        if not isinstance(items, list):
            raise path.invalid(expected_data_type="jsonarray")
        for index, item in enumerate(items):
            child = path.child(index).child("name")
            if not isinstance(item, dict) or item.get("name") is None:
                raise child.missing()
            if item["name"] not in names:
                raise child.invalid(supported_values=list(names))


def writable_module(org: Organisation, request: Request, name: str) -> Module:
    """Return a module that allows writing. Raises Refusal INVALID_MODULE for others."""
    if name == ACTIVITIES or name == "Attachments":
        raise Refusal("INVALID_MODULE", "the given module is not supported in api")
    module = find_module(org, request, name)
    if module.parent_module is not None:
        raise Refusal("INVALID_MODULE", "the given module is not supported in api")
    return module


def insert_item(
    org: Organisation, request: Request, module: Module, item: Item, path: JSONPath
) -> Item:
    validated = validation.check(org, module, item, path, None, request.user)
    rule = assignment.get_rule(org, request, module)
    if rule is not None:
        validated.values["Owner"] = assignment.choose_owner(org, rule, validated.values)
    pipelines.guard(org, module, validated.values, path)
    record = saving.insert(org, module, validated, request.user)
    log_change(org, request, module, "added", None, record)
    record = automation.after_write(org, request, module, None, record)
    return success("record added", describe_write(org, request, record))


def update_item(
    org: Organisation,
    request: Request,
    module: Module,
    record: StoredRecord,
    item: Item,
    path: JSONPath,
) -> Item:
    since = get_unmodified_since(org, request)
    if since is not None and record["Modified_Time"] > since:
        raise Refusal(
            "ALREADY_MODIFIED", "the record has been modified already", 412, {"id": record["id"]}
        )
    if record.get("Converted__s") and not behaves("records.converted-update", "taken"):
        raise Refusal(
            "CONVERTED_RECORD", "the record is converted already", details={"id": record["id"]}
        )
    visibility.require(org, request, module, record, "update")
    record_locks.guard(org, request, module, record, "update", item)
    validated = validation.check(org, module, item, path, record, request.user)
    rule = assignment.get_rule(org, request, module)
    if rule is not None:
        new_record = record | validated.values
        validated.values["Owner"] = assignment.choose_owner(org, rule, new_record)
    blueprint.guard(module, record, validated, path)
    pipelines.guard(org, module, record | validated.values, path)
    changed = saving.update(org, module, record, validated, request.user, path.dialect)
    log_change(org, request, module, "updated", record, changed)
    changed = automation.after_write(org, request, module, record, changed)
    return success("record updated", describe_write(org, request, changed))


def _find_named(
    org: Organisation, request: Request, module: Module, item: Item, path: JSONPath
) -> StoredRecord:
    external = external_field(request, module)
    table = org.records.table(module.api_name)
    if external is not None and item.get(external) is not None:
        value, child = item[external], path.child(external)
        if not isinstance(value, (str, int, float)):
            raise child.unknown_id()
        record = next(iter(table.find(external, value)), None)
    else:
        record_id = validation.id_of(item, path)
        record, child = table.get(record_id), path.child("id")
    if record is None or visibility.is_hidden(org, request, module, record):
        raise child.unknown_id()
    return record


def _duplicate_check_fields(request: Request, module: Module) -> list[str]:
    field_names = request.json_object().get("duplicate_check_fields")
    if isinstance(field_names, str):
        field_names = [name.strip() for name in field_names.split(",") if name.strip()]
    if field_names is not None and not isinstance(field_names, list):
        raise Refusal(
            "INVALID_DATA",
            "invalid data",
            details={
                "api_name": "duplicate_check_fields",
                "expected_data_type": "jsonarray",
                "json_path": "$.duplicate_check_fields",
            },
        )
    system = [module.duplicate_check_field] if module.duplicate_check_field else []
    unique = [field.api_name for field in module.fields if field.unique]
    if not field_names:
        return [*system, *(name for name in unique if name not in system)]
    for index, name in enumerate(field_names):
        if name not in system and name not in unique:
            raise Refusal(
                "INVALID_DATA",
                "invalid data",
                details={
                    "api_name": "duplicate_check_fields",
                    "json_path": f"$.duplicate_check_fields[{index}]",
                },
            )
    return field_names


def _match(
    org: Organisation, module: Module, item: Item, names: list[str]
) -> tuple[str | None, StoredRecord | None]:
    table = org.records.table(module.api_name)
    if item.get("id") is not None:
        record = table.get(str(item["id"]))
        if record is not None:
            return "id", record
    for name in names:
        value = item.get(name)
        if isinstance(value, (str, int, float)) and value != "":
            records = [
                record for record in table.find(name, value) if not record.get("Converted__s")
            ]
            if records:
                return name, records[0]
    return None, None
