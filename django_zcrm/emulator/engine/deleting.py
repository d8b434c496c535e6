"""Moves records to the recycle bin and back, and removes expired entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from ..guesses import behaves
from ..state import Module, Organisation, StoredRecord, Table
from ..state.store import Deleted
from .changes import record_change
from .rendering import display_name
from .values import format_moment

#: How long the recycle bin keeps records (Zoho docs v7 get-deleted-records).
DAYS_IN_BIN = 60
DAYS_LISTED = 120


def delete(org: Organisation, module: Module, record: StoredRecord, user_id: str) -> None:
    """Move a record to the recycle bin, with its subform rows, notes and attachments."""
    record_id = record["id"]
    name = display_name(org, record)
    companions = []
    for child, key in _children(module):
        for item in list(org.records.children(child, key, record_id)):
            companions.append((child, item))
            org.records.remove(child, item["id"])
    org.records.remove(module.api_name, record_id)
    record_change(org, module.api_name, "delete", record_id)
    org.records.table(module.api_name).deleted[record_id] = Deleted(
        record_id,
        module.api_name,
        name,
        user_id,
        record.get("Created_By"),
        format_moment(org.clock.now()),
        record,
        companions,
    )


def restore(org: Organisation, entries: Iterable[Deleted]) -> None:
    """Restore records from the recycle bin; permanently deleted ones stay deleted."""
    records_by_module: dict[str, list[StoredRecord]] = {}
    now = format_moment(org.clock.now())
    for entry in entries:
        if entry.record is None:
            continue
        record = {**entry.record, "Modified_Time": now}
        if behaves("mirror.restored-record", "old-time"):
            record = entry.record
        for module, row in ((entry.module, record), *entry.companions):
            org.records.homes[row["id"]] = module
            records_by_module.setdefault(module, []).append(row)
        del org.records.table(entry.module).deleted[entry.id]
    for module, records in records_by_module.items():
        org.records.table(module).restore(*records)


def delete_for_good(org: Organisation, entries: Iterable[Deleted]) -> None:
    """Purge entries of the recycle bin: only id and times stay."""
    for entry in entries:
        org.records.table(entry.module).deleted[entry.id] = replace(
            entry, record=None, companions=[], display_name=None
        )


def expire(org: Organisation, table: Table) -> None:
    """Remove expired entries from the recycle bin and the list of deleted records."""
    now = org.clock.now()
    bin_ends = format_moment(now - timedelta(days=DAYS_IN_BIN))
    list_ends = format_moment(now - timedelta(days=DAYS_LISTED))
    for entry in list(table.deleted.values()):
        if entry.deleted_time < list_ends:
            del table.deleted[entry.id]
        elif entry.record is not None and entry.deleted_time < bin_ends:
            delete_for_good(org, [entry])


def _children(module: Module) -> list[tuple[str, str]]:
    subforms = [(field.subform or "", "Parent_Id") for field in module.subforms]
    history = [("DealHistory", "Parent_Id")] if module.api_name == "Deals" else []
    if behaves("records.deleted-children", "kept"):
        return [*subforms, *history]
    return [*subforms, *history, ("Notes", "Parent_Id"), ("Attachments", "Parent_Id")]
