"""Writes records from Zoho as rows. No other module does. Writing is idempotent.

An older state of a record never replaces a newer one. Rows are locked in batches, in the order of
their ids, so that workers cannot deadlock.
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
from ..reasons import Reason, reason
from ..zoho.text import storable_text
from . import saving
from .conversion import convert_record, modified_time_of
from .models import RecordState
from .new_records import insert_new
from .outbox.incoming import (
    find_deleted_here,
    find_local_changes,
    match_created,
    note_ignored,
)
from .relations import Links, find_related_rows, link_new_rows, store_pending
from .signals import record_synced
from .statements import Select, compiled, numbered, parameters, size_of
from .stored import Unstorable, id_of
from .targets import MirrorTarget

logger = logging.getLogger("django_zcrm.mirror")

BATCH = 500
"""Rows that are locked and written at once."""

MAX_KEY = 32
"""Characters of an invalid id that are kept."""

FetchedRecord = Mapping[str, Any]
RowChange = tuple[Any, str, dict[str, Any]]


@dataclass
class SyncResult:
    """The result of writing records: counts, and by id why some could not be stored.

    `removed` counts rows that were marked as deleted or unreachable; `sent` local changes that
    reached Zoho; `unsent` local changes that failed or lost a conflict. `again` is the number of
    seconds until there is more to do, if that is before the next poll.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    stale: int = 0
    removed: int = 0
    sent: int = 0
    unsent: int = 0
    problems: dict[str, Reason] = field(default_factory=dict)
    again: float | None = None

    @property
    def is_news(self) -> bool:
        """Whether a row was written, a change was sent, or either failed."""
        counts = (self.created, self.updated, self.removed, self.sent, self.unsent)
        return any(counts) or bool(self.problems)

    def add(self, other: SyncResult) -> None:
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
    records: Iterable[FetchedRecord],
    read_at: datetime | None = None,
    *,
    is_initial: bool = False,
) -> SyncResult:
    """Write records, as `values()` gives them, with id and Modified_Time; return the result.

    Call it within a transaction; signals are sent after the commit. `read_at` is the time, by this
    machine's clock, when older records were read. Modified_Time has whole seconds: of two states
    from the same second, the row keeps the one that was read last. A row without a Modified_Time
    keeps its own state then. With `is_initial`, the records are expected to be new, and are then
    inserted faster.
    """
    applied = SyncResult()
    newest: dict[str, FetchedRecord] = {}
    for record in records:
        if zoho_id := id_of(record):
            newest[zoho_id] = record
        else:
            applied.problems[problem_key(record)] = reason("no_valid_id", module=target.module)
    ids = sorted(newest)
    if is_initial and ids:
        records = [newest[zoho_id] for zoho_id in ids]
        if (inserted := insert_new(target, connection, records, read_at)) is not None:
            problems = _name_problems(target, inserted.problems)
            applied.add(SyncResult(created=inserted.count, problems=problems))
            return applied
    for start in range(0, len(ids), BATCH):
        batch = [newest[zoho_id] for zoho_id in ids[start : start + BATCH]]
        applied.add(_Batch(target, connection, batch, read_at).write())
    return applied


def problem_key(record: FetchedRecord) -> str:
    """Return the id under which a record's problem is stored; an invalid id is shortened."""
    value = record.get("id")
    return storable_text(value)[:MAX_KEY] if isinstance(value, str) else id_of(record)


def _name_problems(target: MirrorTarget, problems: Mapping[str, Reason]) -> dict[str, Reason]:
    """Return why records could not be stored, with their module and id."""
    return {
        zoho_id: reason("not_stored", module=target.module, id=zoho_id, why=why)
        for zoho_id, why in problems.items()
    }


class _Batch:
    """A batch of records of one module."""

    def __init__(
        self,
        target: MirrorTarget,
        connection: Connection,
        records: Sequence[FetchedRecord],
        read_at: datetime | None,
    ) -> None:
        self.target, self.connection, self.records = target, connection, records
        self.read_at, self.now = read_at, timezone.now()
        self.has_receivers = record_synced.has_listeners(target.model)
        self.problems: dict[str, Reason] = {}
        self.changes: list[RowChange] = []
        self.changed_columns: set[str] = set()
        self.new: list[Any] = []
        self.updated: list[Any] = []
        self.newer_only: list[Any] = []
        self.same: list[Any] = []
        self.doubtful: list[Any] = []
        self.created_here: list[Any] = []
        self.replaced: dict[str, tuple[FetchedRecord, Collection[str]]] = {}
        self.stale = 0

    def write(self) -> SyncResult:
        """Write the records, and return the result."""
        match_created(self.target, self.connection, self.records)
        ids = [str(record["id"]) for record in self.records]
        size, id_values = size_of(ids), numbered("id", ids)
        id_by_pk = dict(self.target.fetch(select_keys, self.connection, size, **id_values))
        wanted_ids = frozenset(ids)
        found = self.target.lock_rows(self.connection, id_by_pk) if id_by_pk else ()
        existing = {row.zoho_id: row for row in found if row.zoho_id in wanted_ids}
        # The outbox is read last: it has the deletion of every row that was not found above.
        missing_ids = find_deleted_here(
            self.target, self.connection, self.records, existing, self.read_at
        )
        missing_ids |= {zoho_id for zoho_id in id_by_pk.values() if zoho_id not in existing}
        if missing_ids:
            self.records = [
                record for record in self.records if str(record["id"]) not in missing_ids
            ]
        links = find_related_rows(self.target, self.connection, self.records)
        local = find_local_changes(self.target, self.connection, existing.values(), self.records)
        for record in self.records:
            zoho_id = str(record["id"])
            row = existing.get(zoho_id)
            try:
                if row is None:
                    self._add(zoho_id, record, links)
                else:
                    self._change(row, record, links, local.get(zoho_id, frozenset()))
            except Unstorable as problem:
                self.problems[zoho_id] = problem.why
        self._save()
        if self.replaced:
            note_ignored(self.target, self.connection, self.replaced)
        others = [*self.newer_only, *self.same]
        store_pending(self.target, self.connection, links, self.new, self.updated, others)
        first_read = [*self.new, *self.created_here]
        link_new_rows(self.target, self.connection, [row.zoho_id for row in first_read])
        send_signals_on_commit(self.target.model, self.changes)
        return self._count_results()

    def _count_results(self) -> SyncResult:
        return SyncResult(
            created=len(self.new),
            updated=len(self.updated),
            unchanged=len(self.same) + len(self.newer_only),
            stale=self.stale,
            problems=_name_problems(self.target, self.problems),
        )

    def _add(self, zoho_id: str, record: FetchedRecord, links: Links) -> None:
        row = self.target.new(self.connection, zoho_id)
        for name, value in convert_record(self.target, record, links).items():
            setattr(row, name, value)
        row.zoho_modified_time, row.synced_at = modified_time_of(record), self.now
        self.new.append(row)
        if self.has_receivers:
            self.changes.append((row, "created", {}))

    def _change(
        self, row: Any, record: FetchedRecord, links: Links, protected: frozenset[str]
    ) -> None:
        modified = modified_time_of(record)
        if self._is_behind(row, modified):
            self.stale += 1
            if row.zoho_modified_time is not None and modified in (None, row.zoho_modified_time):
                self._doubt(row, record, links, protected)
            return
        values = convert_record(self.target, record, links)
        old = {
            name: before
            for name, value in values.items()
            if name not in protected and (before := getattr(row, name)) != value
        }
        for name in old:
            setattr(row, name, values[name])
        was, row.zoho_state = row.zoho_state, RecordState.LIVE
        is_moved = modified is not None and row.zoho_modified_time != modified
        if is_moved:
            row.zoho_modified_time = modified
        elif old and modified is not None:
            self.replaced[str(row.pk)] = record, old.keys()
        if row.synced_at is None:  # the row gets its id with this record
            self.created_here.append(row)
        row.synced_at = self.now
        if not old and was == RecordState.LIVE:
            (self.newer_only if is_moved else self.same).append(row)
            return
        self.updated.append(row)
        self.changed_columns.update(old)
        if self.has_receivers:
            change = "updated" if was == RecordState.LIVE else "restored"
            self.changes.append((row, change, old))

    def _is_behind(self, row: Any, modified: datetime | None) -> bool:
        """Whether a row holds a newer state than one of this Modified_Time, or may hold one."""
        stored_time, read = row.zoho_modified_time, row.synced_at
        if stored_time is not None and modified is not None and stored_time != modified:
            return bool(stored_time > modified)
        if self.read_at is None or read is None:
            return False
        # If the row has no time, only the clocks of workers could show which is newer, and they
        # may be wrong. Initial syncs and refreshes read such records again in the end.
        is_unknown = stored_time is None and modified is not None
        return is_unknown or bool(read > self.read_at)

    def _doubt(
        self, row: Any, record: FetchedRecord, links: Links, protected: frozenset[str]
    ) -> None:
        """Remove the time of a row that differs, and that only workers' clocks show to be newer.

        They may be wrong, so the record is read again. See `reading.read_rows_without_time`.
        """
        try:
            values = convert_record(self.target, record, links)
        except Unstorable:  # of an older state: only the newest one is a problem
            differs = True
        else:
            differs = any(getattr(row, name) != values[name] for name in values.keys() - protected)
        if differs:
            row.zoho_modified_time = None
            self.doubtful.append(row)

    def _save(self) -> None:
        # The names come from the model, so that attributes of foreign keys are found by them.
        columns = {
            field.name
            for field in self.target.model._meta.concrete_fields
            if field.attname in self.changed_columns
        }
        failed = saving.insert(self.new)
        failed |= saving.update(
            self.updated, columns | {"zoho_modified_time", "zoho_state", "synced_at"}
        )
        failed |= saving.update(self.newer_only, {"zoho_modified_time", "synced_at"})
        failed |= saving.update(self.same, {"synced_at"})
        failed |= saving.update(self.doubtful, {"zoho_modified_time"})
        if failed:
            self._leave_out(failed)

    def _leave_out(self, failed: Mapping[str, Reason]) -> None:
        self.problems.update(failed)
        self.new = [row for row in self.new if row.zoho_id not in failed]
        self.updated = [row for row in self.updated if row.zoho_id not in failed]
        self.changes = [change for change in self.changes if change[0].zoho_id not in failed]


@compiled
def select_keys(using: str, target: MirrorTarget, size: int) -> Select:
    """Return the statement that finds the rows of records: their primary keys and ids."""
    rows = target.rows_of_parameters(using).filter(zoho_id__in=parameters("id", size))
    return Select.of(rows.values_list("pk", "zoho_id"))


def send_signals_on_commit(model: type[Any], changes: Sequence[RowChange]) -> None:
    """Send `record_synced` for each change, after the commit."""
    if changes:
        alias = router.db_for_write(model)
        transaction.on_commit(partial(_send_signals, model, changes), using=alias)


def _send_signals(model: type[Any], changes: Sequence[RowChange]) -> None:
    """Send `record_synced` for each change; an error of one receiver does not affect others."""
    for row, change, old in changes:
        responses = record_synced.send_robust(sender=model, instance=row, change=change, old=old)
        for receiver, response in responses:
            if isinstance(response, Exception):
                logger.error("%r failed at record_synced", receiver, exc_info=response)
