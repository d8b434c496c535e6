"""Writes records from Zoho as rows: the only place that does. It is idempotent.

A row is never replaced by an older state of its record. Rows are locked in the order of their ids,
in batches, so that workers cannot deadlock.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import router, transaction
from django.utils import timezone

from ..models import Connection
from . import saving
from .locking import locked
from .models import RecordState
from .push.adoption import adopt, deleted_here
from .push.ignored import note_ignored
from .push.pending import local_changes
from .relations import Links, link_arrived, remember, resolved
from .signals import record_synced
from .targets import MirrorTarget
from .values import Unstorable, without_nul

logger = logging.getLogger("django_zcrm.mirror")

BATCH = 500
"""Rows that are locked and written at once."""

Record = Mapping[str, Any]
RowChange = tuple[Any, str, dict[str, Any]]


@dataclass
class Applied:
    """The result of writing records: counts, and by id why some could not be stored.

    `removed` are rows that were marked as deleted or unreachable; `sent` changes made here that are
    in Zoho now, `unsent` those that were given up or lost a conflict. `again` is after how many
    seconds the rest can be done, where that is sooner than usual.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    stale: int = 0
    removed: int = 0
    sent: int = 0
    unsent: int = 0
    problems: dict[str, str] = field(default_factory=dict)
    again: float | None = None

    @property
    def is_news(self) -> bool:
        """Whether anything was written, sent or refused."""
        counts = (self.created, self.updated, self.removed, self.sent, self.unsent)
        return any(counts) or bool(self.problems)

    def add(self, other: Applied) -> None:
        """Add the counts of another batch."""
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.stale += other.stale
        self.removed += other.removed
        self.sent += other.sent
        self.unsent += other.unsent
        if other.again is not None:
            self.again = other.again if self.again is None else min(self.again, other.again)
        self.problems.update(other.problems)


def apply(
    target: MirrorTarget,
    connection: Connection,
    records: Iterable[Record],
    read_at: datetime | None = None,
) -> Applied:
    """Write records, as `values()` gives them, with id and Modified_Time; return the result.

    Within the caller's transaction. Signals are sent after its commit. `read_at` is when they were
    read, by our clock, if that is a while ago: Modified_Time has whole seconds, and of two states
    of one second the row keeps the one that was read last.
    """
    applied = Applied()
    newest = {str(record["id"]): record for record in records if record.get("id") is not None}
    ids = sorted(newest)
    for start in range(0, len(ids), BATCH):
        batch = [newest[zoho_id] for zoho_id in ids[start : start + BATCH]]
        applied.add(_Batch(target, connection, batch, read_at).write())
    return applied


class _Batch:
    """A batch of records of one module."""

    def __init__(
        self,
        target: MirrorTarget,
        connection: Connection,
        records: Sequence[Record],
        read_at: datetime | None,
    ) -> None:
        self.target, self.connection, self.records = target, connection, records
        self.read_at, self.now = read_at, timezone.now()
        self.has_receivers = record_synced.has_listeners(target.model)
        self.problems: dict[str, str] = {}
        self.changes: list[RowChange] = []
        self.changed_columns: set[str] = set()
        self.new: list[Any] = []
        self.updated: list[Any] = []
        self.moved: list[Any] = []
        self.same: list[Any] = []
        self.replaced: dict[str, tuple[Record, Collection[str]]] = {}
        self.stale = 0

    def write(self) -> Applied:
        """Write them."""
        adopt(self.target, self.connection, self.records)
        ids = [str(record["id"]) for record in self.records]
        rows = self.target.rows(self.connection).filter(zoho_id__in=ids)
        known = dict(rows.values_list("pk", "zoho_id"))
        existing = {row.zoho_id: row for row in locked(rows.filter(pk__in=known))}
        # The outbox is asked last: a row that went before it was looked for is there by now.
        gone = deleted_here(self.target, self.connection, ids)
        gone |= {zoho_id for zoho_id in known.values() if zoho_id not in existing}
        if gone:
            self.records = [record for record in self.records if str(record["id"]) not in gone]
        links = resolved(self.target, self.connection, self.records)
        local = local_changes(self.target, self.connection, existing.values(), self.records)
        for record in self.records:
            zoho_id = str(record["id"])
            row = existing.get(zoho_id)
            try:
                if row is None:
                    self._add(zoho_id, record, links)
                else:
                    self._change(row, record, links, local.get(zoho_id, frozenset()))
            except Unstorable as problem:
                self.problems[zoho_id] = str(problem)
        self._save()
        if self.replaced:
            note_ignored(self.target, self.connection, self.replaced)
        others = [*self.moved, *self.same]
        remember(self.target, self.connection, links, self.new, self.updated, others)
        link_arrived(self.target, self.connection, self.new)
        send_signals_on_commit(self.target.model, self.changes)
        return self._applied()

    def _applied(self) -> Applied:
        module = self.target.module
        return Applied(
            created=len(self.new),
            updated=len(self.updated),
            unchanged=len(self.same) + len(self.moved),
            stale=self.stale,
            problems={
                zoho_id: f"{module} {zoho_id}: {words}." for zoho_id, words in self.problems.items()
            },
        )

    def _add(self, zoho_id: str, record: Record, links: Links) -> None:
        row = self.target.new(self.connection, zoho_id)
        for name, value in self._values(record, links).items():
            setattr(row, name, value)
        row.zoho_modified_time, row.synced_at = _modified(record), self.now
        self.new.append(row)
        if self.has_receivers:
            self.changes.append((row, "created", {}))

    def _change(self, row: Any, record: Record, links: Links, kept: frozenset[str]) -> None:
        modified = _modified(record)
        if self._is_behind(row, modified):
            self.stale += 1
            return
        values = self._values(record, links)
        old = {
            name: before
            for name, value in values.items()
            if name not in kept and (before := getattr(row, name)) != value
        }
        for name in old:
            setattr(row, name, values[name])
        was, row.zoho_state = row.zoho_state, RecordState.LIVE
        is_moved = modified is not None and row.zoho_modified_time != modified
        if is_moved:
            row.zoho_modified_time = modified
        elif old and modified is not None:
            self.replaced[str(row.pk)] = record, old.keys()
        row.synced_at = self.now
        if not old and was == RecordState.LIVE:
            (self.moved if is_moved else self.same).append(row)
            return
        self.updated.append(row)
        self.changed_columns.update(old)
        if self.has_receivers:
            change = "updated" if was == RecordState.LIVE else "restored"
            self.changes.append((row, change, old))

    def _is_behind(self, row: Any, modified: datetime | None) -> bool:
        """Whether a row holds a newer state than one of this Modified_Time."""
        stored = row.zoho_modified_time
        if stored is not None and modified is not None and stored != modified:
            return bool(stored > modified)
        read = row.synced_at
        return self.read_at is not None and read is not None and read > self.read_at

    def _values(self, record: Record, links: Links) -> dict[str, Any]:
        if self.target.options is None:
            return {"data": without_nul(dict(record))}
        values: dict[str, Any] = {}
        for column in self.target.columns:
            if column.zoho_name not in record:
                continue
            value = column.read(record[column.zoho_name])
            values[column.attribute] = value if column.to is None else links.key_of(column, value)
        return values

    def _save(self) -> None:
        # The names come from the model, so that attributes of foreign keys are found by them.
        columns = {
            field.name
            for field in self.target.model._meta.concrete_fields
            if field.attname in self.changed_columns
        }
        refused = saving.insert(self.new)
        refused |= saving.update(
            self.updated, columns | {"zoho_modified_time", "zoho_state", "synced_at"}
        )
        refused |= saving.update(self.moved, {"zoho_modified_time", "synced_at"})
        refused |= saving.update(self.same, {"synced_at"})
        if refused:
            self._leave_out(refused)

    def _leave_out(self, refused: Mapping[str, str]) -> None:
        self.problems.update(refused)
        self.new = [row for row in self.new if row.zoho_id not in refused]
        self.updated = [row for row in self.updated if row.zoho_id not in refused]
        self.changes = [change for change in self.changes if change[0].zoho_id not in refused]


def send_signals_on_commit(model: type[Any], changes: Sequence[RowChange]) -> None:
    """Send `record_synced` for each change, after the commit."""
    if changes:
        alias = router.db_for_write(model)
        transaction.on_commit(partial(_send_signals, model, changes), using=alias)


def _send_signals(model: type[Any], changes: Sequence[RowChange]) -> None:
    """Send `record_synced` for each change; a receiver's error does not keep the others from it."""
    for row, change, old in changes:
        answers = record_synced.send_robust(sender=model, instance=row, change=change, old=old)
        for receiver, answer in answers:
            if isinstance(answer, Exception):
                logger.error("%r failed at record_synced", receiver, exc_info=answer)


def _modified(record: Record) -> datetime | None:
    value = record.get("Modified_Time")
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise Unstorable("its Modified_Time is no moment") from None
