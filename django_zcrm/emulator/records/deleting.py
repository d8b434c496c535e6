"""Moves records to the recycle bin, lists deleted ones and restores them.

Knows how long the recycle bin keeps things; its own operations are in recycle_bin.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.metadata.module import Module
from django_zcrm.emulator.notifications.changes import note
from django_zcrm.emulator.problems import Problem, invalid_data, missing_param, over_limit, success
from django_zcrm.emulator.records import locks
from django_zcrm.emulator.records.access import (
    external_field,
    find_module,
    find_record,
    modified_since,
)
from django_zcrm.emulator.records.paging import cut
from django_zcrm.emulator.records.rendering import display_name, in_zone
from django_zcrm.emulator.records.routing import DELETE, MODULE, READ, RECORD, routes
from django_zcrm.emulator.records.store import Deleted, Record, Table
from django_zcrm.emulator.records.values import is_id, stored_moment
from django_zcrm.emulator.records.writing import batch_status, writable_module
from django_zcrm.emulator.state import Organisation
from django_zcrm.emulator.versions import dialect

MOST_IDS = 100
#: How long the recycle bin keeps records (Zoho docs v7 get-deleted-records).
DAYS_IN_BIN = 60
DAYS_LISTED = 120


@routes.route("DELETE", MODULE, scope=DELETE)
def delete_records(org: Organisation, call: Call, module: str) -> Answer:
    """Delete the records that the parameter `ids` names."""
    found = writable_module(org, call, module)
    return delete_by_ids(org, call, found)


@routes.route("DELETE", RECORD, scope=DELETE)
def delete_record(org: Organisation, call: Call, module: str, id: str) -> Answer:
    """Delete the record that the path names."""
    found = writable_module(org, call, module)
    record = find_record(org, call, found, id)
    results = [_delete_one(org, call, found, id, record)]
    return Answer(batch_status(results, dialect(call.version)), {"data": results})


@routes.route("GET", MODULE + "/deleted", scope=READ)
def list_deleted(org: Organisation, call: Call, module: str) -> Answer | dict[str, Any] | None:
    """Answer the deleted records: still in the recycle bin, or gone for good."""
    found = find_module(org, call, module)
    kind = call.params.get("type", "all")
    if kind not in ("all", "recycle", "permanent"):
        raise invalid_data(param_name="type")
    expire(org, org.records.table(found.api_name))
    since = modified_since(call)
    rows = [
        _shown(org, call, entry)
        for entry in sorted(
            org.records.table(found.api_name).deleted.values(),
            key=lambda entry: (entry.deleted_time, entry.id),
            reverse=True,
        )
        if kind in ("all", "permanent" if entry.record is None else "recycle")
        and (since is None or entry.deleted_time > since)
    ]
    page = cut(org, call, rows, sort_by="deleted_time", tokens=False)
    if not page.rows:
        return Answer(304) if since is not None else None
    page.info.pop("sort_by", None)
    page.info.pop("sort_order", None)
    return {"data": page.rows, "info": page.info}


def asked_ids(call: Call, most: int = MOST_IDS) -> list[str]:
    """Return the ids of the parameter `ids`. Raises Problem when there are none or too many."""
    ids = call.params.listed("ids")
    if not ids:
        raise missing_param("ids")
    if len(ids) > most:
        raise over_limit("ids", most, param_name="ids")
    return ids


def delete_by_ids(org: Organisation, call: Call, module: Module) -> Answer:
    """Delete the records of a module that `ids` names and answer item by item."""
    external = external_field(call, module)
    table = org.records.table(module.api_name)
    results = []
    for record_id in asked_ids(call):
        record = (
            next(iter(table.find(external, record_id)), None) if external else table.get(record_id)
        )
        results.append(_delete_one(org, call, module, record_id, record))
    return Answer(batch_status(results, dialect(call.version)), {"data": results})


def _delete_one(
    org: Organisation, call: Call, module: Module, id: str, record: Record | None
) -> dict[str, Any]:
    if record is None:
        message = "record not deleted" if is_id(id) else "the id given seems to be invalid"
        return Problem("INVALID_DATA", message, details={"id": id}).body
    try:
        locks.guard(org, module, record, "delete")
    except Problem as problem:
        return problem.body
    delete(org, module, record, call.user.id)
    return success("record deleted", {"id": record["id"]})


def delete(org: Organisation, module: Module, record: Record, user_id: str) -> None:
    """Move a record to the recycle bin, with its subform rows, notes and attachments."""
    record_id = record["id"]
    name = display_name(org, record)
    companions = []
    for child, key in _children(org, module):
        for one in list(org.records.children(child, key, record_id)):
            companions.append((child, one))
            org.records.remove(child, one["id"])
    org.records.remove(module.api_name, record_id)
    note(org, module.api_name, "delete", record_id)
    org.records.table(module.api_name).deleted[record_id] = Deleted(
        record_id,
        module.api_name,
        name,
        user_id,
        record.get("Created_By"),
        stored_moment(org.clock.now()),
        record,
        companions,
    )


def restore(org: Organisation, entry: Deleted) -> None:
    """Restore a record from the recycle bin; one that is gone for good stays gone."""
    if entry.record is None:
        return
    for module, record in ((entry.module, entry.record), *entry.companions):
        org.records.homes[record["id"]] = module
        org.records.table(module).restore(record)
    del org.records.table(entry.module).deleted[entry.id]


def delete_for_good(org: Organisation, entry: Deleted) -> None:
    """Purge an entry of the recycle bin: only id and times stay."""
    org.records.table(entry.module).deleted[entry.id] = replace(
        entry, record=None, companions=[], display_name=None
    )


def expire(org: Organisation, table: Table) -> None:
    """Drop what is too old from the recycle bin and the list of deleted records."""
    now = org.clock.now()
    bin_ends = stored_moment(now - timedelta(days=DAYS_IN_BIN))
    list_ends = stored_moment(now - timedelta(days=DAYS_LISTED))
    for entry in list(table.deleted.values()):
        if entry.deleted_time < list_ends:
            del table.deleted[entry.id]
        elif entry.record is not None and entry.deleted_time < bin_ends:
            delete_for_good(org, entry)


def _children(org: Organisation, module: Module) -> list[tuple[str, str]]:
    subforms = [(field.subform or "", "Parent_Id") for field in module.subforms]
    return [*subforms, ("Notes", "Parent_Id"), ("Attachments", "Parent_Id")]


def _shown(org: Organisation, call: Call, entry: Deleted) -> dict[str, Any]:
    def person(user_id: str | None) -> dict[str, str] | None:
        user = org.users.get(user_id or "")
        return user.reference if user else None

    gone = entry.record is None
    return {
        "deleted_by": person(entry.deleted_by),
        "id": entry.id,
        "display_name": entry.display_name,
        "type": "permanent" if gone else "recycle",
        "created_by": None if gone else person(entry.created_by),
        "deleted_time": in_zone(entry.deleted_time, call.user.time_zone),
    }
