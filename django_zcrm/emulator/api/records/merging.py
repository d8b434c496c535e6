"""Merging duplicates into one record, as a job (docs v8 merge-records)."""

from __future__ import annotations

from django_zcrm.emulator.api.records.writing import writable_module
from django_zcrm.emulator.core.errors import Problem, success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.access import existing_record
from django_zcrm.emulator.engine.batch import batch
from django_zcrm.emulator.engine.bodies import required_id, required_objects
from django_zcrm.emulator.engine.deleting import delete
from django_zcrm.emulator.engine.history import log_change
from django_zcrm.emulator.engine.settings.actions import asked_job
from django_zcrm.emulator.engine.values import JSONPath, stored_moment
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item
from django_zcrm.emulator.state.store import Record

routes = Routes()

_MERGE = "/crm/{version}/{module}/{record}/actions/merge"
_VERSIONS = (6, 8)
#: How many records can be merged into the master.
MAX_RECORDS = 2


@routes.route(
    "POST",
    _MERGE,
    scope=("ZohoCRM.modules.{module}.CREATE", "ZohoCRM.modules.CREATE"),
    versions=_VERSIONS,
)
def merge(org: Organisation, request: Request, module: str, record: str) -> Response:
    """Merge others into a record: the values asked for, and all that belongs to them."""
    crm_module = writable_module(org, request, module)
    master = existing_record(org, request, crm_module, record)

    def work(body: Item, path: JSONPath) -> Item:
        others = _others(org, crm_module, master, body, path)
        after = dict(master)
        for other, names in others:
            after.update((name, other.get(name)) for name in names)
        after |= {
            "Modified_By": request.user.id,
            "Modified_Time": stored_moment(org.clock.now()),
        }
        org.records.put(module, after)
        log_change(org, request, crm_module, "updated", master, after)
        for other, _ in others:
            _move_related(org, crm_module, other["id"], master["id"])
            delete(org, crm_module, org.records.table(module).rows[other["id"]], request.user.id)
        job_id = org.settings.start(org.ids.next(), "merge")
        done = success("records merge scheduled successfully", {"job_id": job_id})
        return done | {"code": "SCHEDULED"}

    return batch(request, work, done=202, key="merge", limit=1)


@routes.route(
    "GET",
    _MERGE,
    scope=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.READ"),
    versions=_VERSIONS,
)
def merge_status(org: Organisation, request: Request, module: str, record: str) -> Item:
    """Answer the progress of a merge."""
    existing_record(org, request, writable_module(org, request, module), record)
    job = asked_job(org, request, "merge")
    return {"merge": [{"job_id": job.id, "status": "completed" if job.poll() else "running"}]}


def _others(
    org: Organisation, module: Module, master: Record, body: Item, path: JSONPath
) -> list[tuple[Record, list[str]]]:
    """Return the records to merge, each with the fields to take from it. Raises Problem."""
    results: list[tuple[Record, list[str]]] = []
    table = org.records.table(module.api_name)
    for item, child in required_objects(body, "data", path, maximum=MAX_RECORDS):
        record = table.rows[required_id(item, child, table.rows)]
        if record is master:
            raise child.child("id").unknown_id()
        if any(record is other for other, _ in results):
            raise Problem("DUPLICATE_DATA", "duplicate data", details=child.child("id").details())
        names = required_objects(item, "_fields", child) if item.get("_fields") else ()
        results.append((record, [_name(module, *name) for name in names]))
    return results


def _name(module: Module, asked: Item, path: JSONPath) -> str:
    field = module.field_map.get(str(asked.get("api_name")))
    if field is None or field.read_only:
        raise path.child("api_name").invalid()
    return field.api_name


def _move_related(org: Organisation, module: Module, old: str, new: str) -> None:
    """Redirect every lookup, note, attachment and link from one record to another."""
    for other in list(org.metadata.modules.values()):
        if other.parent_module == module.api_name:
            continue
        for field in other.fields:
            if module.api_name not in (field.lookup, *field.lookup_modules):
                continue
            for record in org.records.table(other.api_name).find(field.api_name, old):
                org.records.put(other.api_name, {**record, field.api_name: new})
    for name in list(org.records.links):
        near, _, far = name.partition("/")
        if near == module.api_name:
            for far_id, values in list(org.records.linked(near, old, far).items()):
                org.records.unlink((near, old), (far, far_id))
                org.records.link((near, new), (far, far_id), values)
