"""The one place where records that were read become rows: guarded, so that it may be done twice.

A row is never replaced by an older state of its record. Rows are locked in the order of their ids,
in batches, so that two workers wait for each other but never both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from ..models import Connection
from .models import RecordState
from .push.pending import local_changes
from .relations import link_arrived, remember, resolved
from .signals import record_synced
from .targets import Target
from .values import Unstorable

BATCH = 500
"""Rows that are locked and written at once."""

Record = Mapping[str, Any]


@dataclass
class Applied:
    """What became of records: how many, and in words what could not be stored, by id.

    `removed` are rows that were marked as deleted or unreachable. `again` is after how many seconds
    the rest can be done, where that is sooner than usual.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    stale: int = 0
    removed: int = 0
    problems: dict[str, str] = field(default_factory=dict)
    again: float | None = None

    def add(self, other: Applied) -> None:
        """Add what another batch came to."""
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.stale += other.stale
        self.removed += other.removed
        if other.again is not None:
            self.again = other.again if self.again is None else min(self.again, other.again)
        self.problems.update(other.problems)


def apply(target: Target, connection: Connection, records: Iterable[Record]) -> Applied:
    """Write records, as `values()` gives them, with id and Modified_Time; return what it came to.

    Within the caller's transaction. Signals are sent after its commit.
    """
    applied = Applied()
    newest = {str(record["id"]): record for record in records}
    ids = sorted(newest)
    for start in range(0, len(ids), BATCH):
        batch = [newest[zoho_id] for zoho_id in ids[start : start + BATCH]]
        applied.add(_Batch(target, connection, batch).write())
    return applied


class _Batch:
    """Records of one module that are written together."""

    def __init__(self, target: Target, connection: Connection, records: Sequence[Record]) -> None:
        self.target, self.connection, self.records = target, connection, records
        self.now = timezone.now()
        self.applied = Applied()
        self.changes: list[tuple[Any, str, dict[str, Any]]] = []
        self.changed_columns: set[str] = set()
        self.new: list[Any] = []
        self.old: list[Any] = []

    def write(self) -> Applied:
        """Write them."""
        ids = [str(record["id"]) for record in self.records]
        rows = self.target.rows(self.connection).filter(zoho_id__in=ids)
        existing = {row.zoho_id: row for row in rows.select_for_update().order_by("zoho_id")}
        links = resolved(self.target, self.connection, self.records)
        local = local_changes(self.target, self.connection, existing.values(), self.records)
        for record in self.records:
            zoho_id = str(record["id"])
            row = existing.get(zoho_id)
            try:
                self._put(record, row, links, local.get(zoho_id, frozenset()))
            except Unstorable as problem:
                self.applied.problems[zoho_id] = f"{self.target.module} {zoho_id}: {problem}."
        self._save()
        remember(self.target, self.connection, links, [*self.new, *self.old])
        if self.new:
            link_arrived(self.target, self.connection, self.new)
        self._tell()
        return self.applied

    def _put(self, record: Record, row: Any, links: Any, kept: frozenset[str]) -> None:
        modified = _moment(record.get("Modified_Time"))
        if row is not None and _is_newer(row.zoho_modified_time, modified):
            self.applied.stale += 1
            return
        values = self._values(record, links)
        is_new = row is None
        if is_new:
            row = self.target.new(self.connection, str(record["id"]))
        old = {
            name: getattr(row, name)
            for name, value in values.items()
            if name not in kept and (is_new or getattr(row, name) != value)
        }
        for name in old:
            setattr(row, name, values[name])
        was, row.zoho_state = row.zoho_state, RecordState.LIVE
        row.zoho_modified_time, row.synced_at = modified or row.zoho_modified_time, self.now
        if is_new:
            self.new.append(row)
            self.applied.created += 1
            self.changes.append((row, "created", {}))
            return
        self.old.append(row)
        self.changed_columns.update(old)
        if was != RecordState.LIVE:
            self.changes.append((row, "restored", old))
            self.applied.updated += 1
        elif old:
            self.changes.append((row, "updated", old))
            self.applied.updated += 1
        else:
            self.applied.unchanged += 1

    def _values(self, record: Record, links: Any) -> dict[str, Any]:
        if self.target.options is None:
            return {"data": dict(record)}
        values: dict[str, Any] = {}
        for column in self.target.columns:
            if column.zoho_name not in record:
                continue
            value = column.read(record[column.zoho_name])
            values[column.attribute] = value if column.to is None else links.key_of(column, value)
        return values

    def _save(self) -> None:
        manager = self.target.model._base_manager
        if self.new:
            manager.bulk_create(self.new)
        if self.old:
            # Most changed rows share a few columns; the names come from the model, so that
            # attributes of foreign keys are found by them.
            columns = {
                one.name
                for one in self.target.model._meta.concrete_fields
                if one.attname in self.changed_columns
            }
            own = {"zoho_modified_time", "zoho_state", "synced_at"}
            manager.bulk_update(self.old, sorted(columns | own), batch_size=100)

    def _tell(self) -> None:
        if self.changes and record_synced.has_listeners(self.target.model):
            transaction.on_commit(partial(tell, self.target.model, self.changes))


def tell(model: type[Any], changes: Sequence[tuple[Any, str, dict[str, Any]]]) -> None:
    """Send `record_synced` for each change; a receiver's error does not keep the others from it."""
    for row, change, old in changes:
        record_synced.send_robust(sender=model, instance=row, change=change, old=old)


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _is_newer(stored: datetime | None, incoming: datetime | None) -> bool:
    return stored is not None and incoming is not None and stored > incoming
