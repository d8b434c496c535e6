"""Creating, updating and upserting records."""

from __future__ import annotations

from django_zcrm.emulator.api import blueprint, pipelines, record_locks
from django_zcrm.emulator.core.errors import Problem, success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.versions import Dialect
from django_zcrm.emulator.engine import automation, saving, validation, visibility
from django_zcrm.emulator.engine.access import (
    ACTIVITIES,
    existing_record,
    external_field,
    find_module,
    unmodified_since,
)
from django_zcrm.emulator.engine.batch import batch, written_details
from django_zcrm.emulator.engine.history import log_change
from django_zcrm.emulator.engine.paths import CREATE, MODULE, RECORD, UPDATE
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item
from django_zcrm.emulator.state.store import Record

routes = Routes()


@routes.route("POST", MODULE, scope=CREATE)
def create_records(org: Organisation, request: Request, module: str) -> Response:
    """Insert the records of `data`."""
    crm_module = writable_module(org, request, module)

    def insert(item: Item, path: JSONPath) -> Item:
        return insert_item(org, request, crm_module, item, path)

    return batch(request, insert, done=201)


@routes.route("PUT", MODULE, scope=UPDATE)
def update_records(org: Organisation, request: Request, module: str) -> Response:
    """Update the records of `data`, each named by its `id`."""
    crm_module = writable_module(org, request, module)

    def update(item: Item, path: JSONPath) -> Item:
        return update_item(
            org, request, crm_module, _named(org, request, crm_module, item, path), item, path
        )

    return batch(request, update)


@routes.route("PUT", RECORD, scope=UPDATE)
def update_record(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Update the record that the path names with the first item of `data`."""
    crm_module = writable_module(org, request, module)
    record = existing_record(org, request, crm_module, id)

    def update(item: Item, path: JSONPath) -> Item:
        return update_item(org, request, crm_module, record, item, path)

    request.json_items(limit=1)
    return batch(request, update)


@routes.route("POST", MODULE + "/upsert", scope=CREATE)
def upsert_records(org: Organisation, request: Request, module: str) -> Response:
    """Insert or update the records of `data`, matched by their unique fields."""
    crm_module = writable_module(org, request, module)
    names = _duplicate_check_fields(request, crm_module)

    def upsert(item: Item, path: JSONPath) -> Item:
        name, record = _match(org, crm_module, item, names, path.dialect)
        if record is None:
            done, action = insert_item(org, request, crm_module, item, path), "insert"
        else:
            done, action = update_item(org, request, crm_module, record, item, path), "update"
        return {**done, "action": action, "duplicate_field": name}

    return batch(request, upsert)


def writable_module(org: Organisation, request: Request, name: str) -> Module:
    """Return a module that allows writing. Raises Problem INVALID_MODULE for others."""
    if name == ACTIVITIES or name == "Attachments":
        raise Problem("INVALID_MODULE", "the given module is not supported in api")
    module = find_module(org, request, name)
    if module.parent_module is not None:
        raise Problem("INVALID_MODULE", "the given module is not supported in api")
    return module


def insert_item(
    org: Organisation, request: Request, module: Module, item: Item, path: JSONPath
) -> Item:
    validated = validation.check(org, module, item, path, None, request.user)
    pipelines.guard(org, module, validated.values, path)
    record = saving.insert(org, module, validated, request.user)
    log_change(org, request, module, "added", None, record)
    record = automation.after_write(org, request, module, None, record)
    return success("record added", written_details(org, request, record))


def update_item(
    org: Organisation, request: Request, module: Module, record: Record, item: Item, path: JSONPath
) -> Item:
    since = unmodified_since(org, request)
    if since is not None and record["Modified_Time"] > since:
        raise Problem(
            "ALREADY_MODIFIED", "the record has been modified already", 412, {"id": record["id"]}
        )
    if record.get("Converted__s"):
        raise Problem(
            "CONVERTED_RECORD", "the record is converted already", details={"id": record["id"]}
        )
    visibility.require(org, request, module, record, "update")
    record_locks.guard(org, request, module, record, "update", item)
    validated = validation.check(org, module, item, path, record, request.user)
    blueprint.guard(module, record, validated, path)
    pipelines.guard(org, module, record | validated.values, path)
    changed = saving.update(org, module, record, validated, request.user, path.dialect)
    log_change(org, request, module, "updated", record, changed)
    changed = automation.after_write(org, request, module, record, changed)
    return success("record updated", written_details(org, request, changed))


def _named(
    org: Organisation, request: Request, module: Module, item: Item, path: JSONPath
) -> Record:
    external = external_field(request, module)
    table = org.records.table(module.api_name)
    if external is not None and item.get(external) is not None:
        record = next(iter(table.find(external, item[external])), None)
        child = path.child(external)
    else:
        record_id = validation.id_of(item, path)
        record, child = table.get(record_id), path.child("id")
    if record is None or visibility.is_hidden(org, request, module, record):
        raise child.unknown_id()
    return record


def _duplicate_check_fields(request: Request, module: Module) -> list[str]:
    asked = request.json_object().get("duplicate_check_fields")
    if isinstance(asked, str):
        asked = [name.strip() for name in asked.split(",") if name.strip()]
    if asked is not None and not isinstance(asked, list):
        raise Problem(
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
    if not asked:
        return [*system, *(name for name in unique if name not in system)]
    for index, name in enumerate(asked):
        if name not in system and name not in unique:
            raise Problem(
                "INVALID_DATA",
                "invalid data",
                details={
                    "api_name": "duplicate_check_fields",
                    "json_path": f"$.duplicate_check_fields[{index}]",
                },
            )
    return asked


def _match(
    org: Organisation, module: Module, item: Item, names: list[str], traits: Dialect
) -> tuple[str | None, Record | None]:
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
