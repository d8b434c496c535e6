"""Merging duplicates into one record, as a job (docs v8 merge-records)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core import Refusal, Request, Response, Routes, success
from ...engine import visibility
from ...engine.access import require_record
from ...engine.batch import batch
from ...engine.bodies import require_id, require_objects
from ...engine.deleting import delete
from ...engine.history import log_change
from ...engine.settings import get_job_param
from ...engine.values import JSONPath, format_moment
from ...state import Item, Module, Organisation, StoredRecord
from .writing import writable_module

routes = Routes(scope=("ZohoCRM.modules.{module}", "ZohoCRM.modules"), versions=(6, 8))

_MERGE = "/crm/{version}/{module}/{record}/actions/merge"
#: How many records can be merged into the master.
MAX_RECORDS = 2


@routes.route("POST", _MERGE)
def merge(org: Organisation, request: Request, module: str, record: str) -> Response:
    """Merge others into a record: the requested values, and all related objects."""
    crm_module = writable_module(org, request, module)
    master = require_record(org, request, crm_module, record)
    visibility.require(org, request, crm_module, master, "update")

    def work(body: Item, path: JSONPath) -> Item:
        others = _others(org, request, crm_module, master, body, path)
        after = dict(master)
        for other, names in others:
            after.update(_values(crm_module, other, names, master["id"]))
        after |= {
            "Modified_By": request.user.id,
            "Modified_Time": format_moment(org.clock.now()),
        }
        org.records.put(module, after)
        log_change(org, request, crm_module, "updated", master, after)
        for other, _ in others:
            _move_related(org, crm_module, other["id"], master["id"])
            delete(org, crm_module, org.records.table(module).rows[other["id"]], request.user.id)
        job_id = org.settings.start(org.ids.next(), "merge")
        result = success("records merge scheduled successfully", {"job_id": job_id})
        return result | {"code": "SCHEDULED"}

    return batch(request, work, status=202, key="merge", limit=1)


@routes.route("GET", _MERGE)
def get_merge_status(org: Organisation, request: Request, module: str, record: str) -> Item:
    """Return the progress of a merge."""
    require_record(org, request, writable_module(org, request, module), record)
    job = get_job_param(org, request, "merge")
    return {"merge": [{"job_id": job.id, "status": "completed" if job.poll() else "running"}]}


def _others(
    org: Organisation,
    request: Request,
    module: Module,
    master: StoredRecord,
    body: Item,
    path: JSONPath,
) -> list[tuple[StoredRecord, list[str]]]:
    """Return the records to merge, each with the fields to take from it. Raises Refusal."""
    results: list[tuple[StoredRecord, list[str]]] = []
    table = org.records.table(module.api_name)
    for item, child in require_objects(body, "data", path, maximum=MAX_RECORDS):
        record = table.rows[require_id(item, child, table.rows)]
        if record is master or visibility.is_hidden(org, request, module, record):
            raise child.child("id").unknown_id()
        visibility.require(org, request, module, record, "delete")
        if any(record is other for other, _ in results):
            raise Refusal("DUPLICATE_DATA", "duplicate data", details=child.child("id").details())
        names = require_objects(item, "_fields", child) if item.get("_fields") else ()
        results.append((record, [_name(module, *name) for name in names]))
    return results


def _name(module: Module, item: Item, path: JSONPath) -> str:
    field = module.field_map.get(str(item.get("api_name")))
    if field is None or field.read_only:
        raise path.child("api_name").invalid()
    return field.api_name


def _values(
    module: Module, other: StoredRecord, names: list[str], master: str
) -> Iterator[tuple[str, Any]]:
    """Yield the values to take from a record, except references to the master itself."""
    for name in names:
        value = other.get(name)
        if value != master or module.field_map[name].lookup is None:
            yield name, value


def _move_related(org: Organisation, module: Module, old: str, new: str) -> None:
    """Redirect every lookup, note, attachment and link from one record to another."""
    for other in list(org.metadata.modules.values()):
        if other.parent_module == module.api_name:
            continue
        for field in other.fields:
            if module.api_name not in (field.lookup, *field.lookup_modules):
                continue
            for record in org.records.table(other.api_name).find(field.api_name, old):
                # The master does not become its own parent.
                value = None if record["id"] == new else new
                org.records.put(other.api_name, {**record, field.api_name: value})
    for name in list(org.records.links):
        near, _, far = name.partition("/")
        if near == module.api_name:
            for far_id, values in list(org.records.get_links(near, old, far).items()):
                org.records.unlink((near, old), (far, far_id))
                org.records.link((near, new), (far, far_id), values)
