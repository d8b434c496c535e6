"""What happened in a history: writes to the emulator's tables, and what users of the site saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import Any

from django_zcrm.mirror.models import OutboxItem

from .entries import SITE, ZOHO, Key, LedgerRecord, Row, State, Violation, Write, last_change
from .history import FAR_AHEAD
from .values import Column, Shape

READ_SECONDS = 120
"""Seconds that may pass from a read of a record to the write that rests on it."""


class Ledger:
    """Follows one history.

    `chosen` is what conflict functions returned: by module, field and values of both sides.
    """

    def __init__(
        self,
        shapes: Iterable[Shape],
        note: Callable[[str], None],
        clock: Callable[[], float],
        chosen: Mapping[tuple[str, str, str, str], Any],
    ) -> None:
        self.shapes, self._clock = {shape.module: shape for shape in shapes}, clock
        self.moment = 0
        self.author = ZOHO
        self.rows: dict[Key, Row] = {}
        self.former_rows: list[Row] = []
        # Rows of organisations to which a connection led before, and may lead again.
        self._left: dict[Key, Row] = {}
        self.records: dict[str, LedgerRecord] = {}
        self.note, self.chosen = note, chosen
        self.writer = ""
        # Whether processes learn, and can store, the outcomes of all their requests.
        self.are_writes_settled = True
        self.overwritten: list[tuple[LedgerRecord, Column, Any, Any]] = []
        # When a running process read records of a module last.
        self.last_reads: dict[tuple[str, str], int] = {}
        self.org_of: dict[int, int] = {}
        # Records that Zoho's users hid at some time, and when they were shown again.
        self.hidden: dict[str, float] = {}
        self.has_refused = False
        self.has_moved = False
        self.row_lag = 0.0
        # By how many seconds the fastest clock of a worker was ahead so far.
        self.max_skew = 0.0
        self.converted: set[str] = set()
        self.too_long: set[str] = set()
        # The ids of records, and of others to which their lookups led when Zoho changed these
        # lookups without a new Modified_Time.
        self.changed_lookups: set[tuple[str, str]] = set()
        # Rows, and ids of records, of which a change was discarded, and when; the outbox forgets it
        # later.
        self.discarded: dict[Key | str, int] = {}
        self.retried: set[Key] = set()
        # The attributes of fields that were ever removed, by organisation and module.
        self.reduced: dict[tuple[int, str], set[str]] = {}
        # The attributes of removed fields, by organisation and module, and which records the site
        # wrote in the meantime. Zoho ignores values of fields that it does not have.
        self.removed: dict[tuple[int, str], set[str]] = {}
        self.ignored: set[tuple[str, str]] = set()
        self._deleted: dict[str, int] = {}
        self._deleted_ids: set[str] = set()
        self._undeleted: list[str] = []
        # The record of a notice, the connection, which of its states is announced, and which of its
        # deletions; 0 for none.
        self._notices: list[tuple[LedgerRecord, int, int, int]] = []
        self._unsaved: list[str] = []
        self.errors: list[Violation] = []
        self._shown: dict[tuple[str, str, str], int] = {}

    def tick(self) -> int:
        """Return the number of the next event."""
        self.moment += 1
        return self.moment

    # What happens

    def watch(self, organisations: Iterable[Any]) -> None:
        """Follow the writes to the tables of the mirrored modules."""
        for number, org in enumerate(organisations):
            for shape in self.shapes.values():
                self._watch_table(number, shape, org.records.table(shape.module))

    def _watch_table(self, org: int, shape: Shape, table: Any) -> None:
        put, remove = table.put, table.remove

        def put_and_note(record: dict[str, Any]) -> None:
            put(record)
            self._note_record(org, shape, record)

        def remove_and_note(record_id: str) -> Any:
            removed = remove(record_id)
            if removed is not None:
                record = self.records[record_id]
                if self.author == SITE:
                    self._note_undeleted(record)
                record.is_live = False
                record.ends.append((self.tick(), self._clock()))
                self.note(f"    {self.author} deleted {shape.module} {record_id}")
            return removed

        table.put, table.remove = put_and_note, remove_and_note

    def _note_record(self, org: int, shape: Shape, stored: dict[str, Any]) -> None:
        record, before = self.records.get(stored["id"]), {}
        if record is None:
            record = self.records[stored["id"]] = LedgerRecord(stored["id"], shape.module, org)
        values = {
            column.attribute: column.read(stored.get(column.zoho_name)) for column in shape.columns
        }
        record.is_live = True
        if record.states:
            before = record.values
        state = State(self.tick(), self._clock(), self.author, values, self.are_writes_settled)
        record.states.append(state)
        if self.author == SITE:
            removed = self.removed.get((org, shape.module), ())
            self.ignored.update((record.id, attribute) for attribute in removed)
            self._note_unsaved(shape, record, before, values)
            if before:
                self._note_overwritten(shape, record, before, values)
        news = {name: value for name, value in values.items() if before.get(name) != value}
        self.note(f"    {self.author} wrote {shape.module} {record.id}: {news}")

    def note_move(self, connection: int, org: int) -> None:
        """Note that a connection leads to another organisation.

        Its unsent changes may be dropped, or sent if it leads to the former one again before that.
        """
        former = self.org_of.get(connection)
        self.org_of[connection] = org
        if former in (None, org):
            return
        self.has_moved = True
        self._left |= {key: row for key, row in self.rows.items() if row.org == former}
        self.former_rows += [row for row in self.rows.values() if row.org == former]
        self.rows = {key: row for key, row in self.rows.items() if row.org != former}
        self._shown = {
            key: moment for key, moment in self._shown.items() if self.records[key[1]].org != former
        }
        # The conflicts that showed these values are removed with all else of the organisation.
        self.overwritten = [value for value in self.overwritten if value[0].org != former]
        self._deleted = {
            zoho_id: moment
            for zoho_id, moment in self._deleted.items()
            if self.records[zoho_id].org != former
        }

    def _note_overwritten(
        self, shape: Shape, record: LedgerRecord, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        """Remember values of Zoho's users that the site replaces although its user had not seen
        them, and its worker could have.
        """
        # Without any read, the worker could have read all that is there.
        read = self.last_reads.get((self.writer, shape.module), self.moment)
        if self.may_lag(record, self._clock()):
            return
        for column in shape.columns:
            name = column.attribute
            if not column.is_followed or before[name] == after[name]:
                continue
            change = last_change(record.states[:-1], name)
            if change.author != ZOHO or change.moment > read:
                continue
            if column.is_repeating:
                states = record.states[:-1]
                was_seen = (
                    self.is_taken_over(record)
                    or before[name] in self.known_values(record, name, states)
                    or record.has_sent_value_again(self.writes_of(record, name), states, name)
                )
            else:
                was_seen = self._was_seen(shape.module, name, after[name], before[name])
            rows = (*self.rows.values(), *self.former_rows)
            if not (was_seen or any(r.had_at_deletion(record, name, change) for r in rows)):
                self.overwritten.append((record, column, before[name], after[name]))

    def has_lost_lookup(self, record: LedgerRecord) -> bool:
        """Whether Zoho has stopped showing a lookup of a new record: its target was deleted."""
        values = record.states[0].values
        targets = [
            self.records.get(values[column.attribute] or "")
            for column in self.shapes[record.module].columns
            if column.to is not None
        ]
        return any(target is not None and target.ends for target in targets)

    @property
    def may_miss_records(self) -> bool:
        """Whether a worker whose clock is far ahead may look for new records too early."""
        return self.row_lag > 0 and self.max_skew == FAR_AHEAD

    def may_lag(self, record: LedgerRecord, time: float) -> bool:
        """Whether a read shortly before a time may have lacked a record that was new."""
        return bool(self.row_lag) and time < record.states[0].time + self.row_lag + READ_SECONDS

    def _note_unsaved(
        self, shape: Shape, record: LedgerRecord, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        """Remember values that the site sent although no user of it saved them."""
        for column in shape.columns:
            name, value = column.attribute, after[column.attribute]
            former = before.get(name)
            if not (column.is_pushed and column.is_unique) or former == value:
                continue
            if not (value or former) or self.is_chosen(column, value):
                continue
            if not self._is_local(record, column, value):
                self._unsaved.append(f"{shape.module} {record.id}: {name}={value!r}")

    def _note_undeleted(self, record: LedgerRecord) -> None:
        """Remember a record that the site deleted although no user of it deleted its row."""
        of_rows = [
            row
            for row in (*self.rows.values(), *self.former_rows)
            if row.deleted and (row.module, row.org) == (record.module, record.org)
        ]
        # By any author: Zoho's users may have merged the record of a row into another one.
        known = [state.values for state in record.states]
        unique = [column.attribute for column in self.shapes[record.module].unique]
        # Or else a row was deleted before it had the id of the record that it created or found.
        is_deleted = record.id in self._deleted_ids or any(
            values[write.attribute] == write.value
            for row in of_rows
            for write in row.writes
            if write.attribute in unique
            for values in known
        )
        if not is_deleted:
            self._undeleted.append(f"{record.module} {record.id}")

    def known_values(self, record: LedgerRecord, name: str, states: Sequence[State]) -> list[Any]:
        """Return what users had seen and saved in a column since the site had last written it.

        `states` are those of the record so far. Requests that may have got no response do not
        count: Zoho's users may have set the column back as if they had been lost.
        """
        unsent = record.unsent_writes(self.writes_of(record, name), states, name)
        return [value for write in unsent for value in (write.seen, write.value)]

    def writes_of(self, record: LedgerRecord, name: str) -> list[Write]:
        """Return the writes to a column of a record's rows, oldest first."""
        created = self.rows.get(self.row_of_creation(record) or ("", 0))
        return sorted(
            (
                write
                for row in (*self.rows.values(), *self.former_rows)
                if record.id in row.ids or row is created
                for write in row.writes
                if write.attribute == name
            ),
            key=lambda write: write.moment,
        )

    def _was_seen(self, module: str, name: str, value: Any, old: Any) -> bool:
        """Whether a user who wrote a value, or those on whose values it rests, had seen another."""
        rows = [row for row in (*self.rows.values(), *self.former_rows) if row.module == module]
        writes = [(w, row) for row in rows for w in row.writes if w.attribute == name]
        is_taken_over = any(row.is_matched for write, row in writes if write.value == value)
        return is_taken_over or any(write.seen == old for write, _ in writes)

    def note_save(
        self,
        shape: Shape,
        instance: Any,
        org: int,
        values: dict[str, Any],
        *,
        seen: dict[str, Any],
        certain: bool,
    ) -> None:
        """Note what a user of the site saved, who had `seen` other values.

        `certain` is False if the save raised an error.
        """
        pk = instance.pk
        row, left = Row(shape.module, org), self._left.get((shape.module, pk))
        if left is not None and left.org == org:
            row.is_matched, row.is_invalid = left.is_matched, left.is_invalid
        row = self.rows.setdefault((shape.module, pk), row)
        if row.org != org:  # the key of a row that another connection could not save
            self.former_rows.append(row)
            row = self.rows[shape.module, pk] = Row(shape.module, org)
        if row.deleted:  # an instance that was loaded before is inserted, as it was
            self._deleted.pop(row.deleted_id, None)
            self._shown = {
                key: moment for key, moment in self._shown.items() if key[1] != row.deleted_id
            }
            row.is_deletion_certain = False
        if row.deleted and certain:
            self.former_rows.append(row)
            row = Row(shape.module, org, is_matched=row.is_matched, is_invalid=row.is_invalid)
            self.rows[shape.module, pk] = row
        moment = self.tick()
        outcome = "saved" if certain else "tried to save"
        self.note(f"    a user {outcome} row {pk} of {shape.module}: {values}")
        if instance.zoho_id:
            row.ids.add(instance.zoho_id)
        row.writes += [
            Write(moment, self._clock(), name, value, certain, seen.get(name))
            for name, value in values.items()
        ]

    def note_deletion(
        self, shape: Shape, pk: int, org: int, seen: dict[str, Any], *, certain: bool
    ) -> None:
        """Note that a user of the site deleted a row, of which they had `seen` the values."""
        zoho_id = seen["zoho_id"]
        if zoho_id:
            self._deleted_ids.add(zoho_id)
        if zoho_id and certain:
            self._deleted[zoho_id] = self.tick()
        row = self.rows.setdefault((shape.module, pk), Row(shape.module, org))
        outcome = "deleted" if certain else "tried to delete"
        self.note(f"    a user {outcome} row {pk} of {shape.module}")
        row.deleted, row.deleted_id, row.is_deletion_certain = self.tick(), zoho_id or "", certain
        row.seen_at_deletion = seen

    def note_discard(self, item: OutboxItem) -> None:
        """Note that a person discards a change."""
        moment = self.tick()
        self.discarded[item.module, int(item.object_id)] = moment
        self.discarded[item.zoho_id] = moment

    def note_shown(self, org: int) -> None:
        """Note that Zoho shows all records of an organisation again."""
        moment = self.tick()
        for key, shown in self.hidden.items():
            if shown == inf and self.records[key].org == org:
                self.hidden[key] = moment

    def note_retry(self, item: OutboxItem) -> None:
        """Note that a person sends a change again, who sees Zoho's values in its conflict."""
        key = item.module, int(item.object_id)
        self.retried.add(key)
        row = self.rows.get(key)
        for column in self.shapes[item.module].columns:
            both = item.conflict.get(column.zoho_name)
            write = row.last_write(column.attribute) if row and both else None
            if write is not None:
                write.seen = column.read(both["zoho"])

    def is_taken_over(self, record: LedgerRecord) -> bool:
        """Whether a row that was created with its match value may have got the record of a row."""
        matched_values = [
            write.value
            for row in self.rows.values()
            if row.is_matched and (row.module, row.org) == (record.module, record.org)
            for write in row.writes
        ]
        column = self.shapes[record.module].match_column
        return column is not None and any(
            state.values[column.attribute] in matched_values for state in record.states
        )

    def row_of_creation(self, record: LedgerRecord) -> Key | None:
        """Return the row whose values a record was created with."""
        shape = self.shapes[record.module]
        for column in shape.columns:
            value = record.states[0].values[column.attribute]
            if not column.is_unique or not value:
                continue
            for key, row in self.rows.items():
                if row.is_matched and column is shape.match_column:
                    continue  # the value was made for another record
                if row.module == record.module and any(
                    write.attribute == column.attribute and write.value == value
                    for write in row.writes
                ):
                    return key
        return None

    def is_kept_by_creator(self, record: LedgerRecord) -> bool:
        """Whether the row that a record was created for is there, if another one was deleted."""
        owner = self.row_of_creation(record)
        return owner is not None and not self.rows[owner].deleted

    def is_chosen(self, column: Column, value: Any) -> bool:
        """Whether a conflict function returned a value for a column."""
        return any(
            field == column.zoho_name and column.read(result) == value
            for (_, field, _, _), result in self.chosen.items()
        )

    def _is_local(self, record: LedgerRecord, column: Column, value: Any) -> bool:
        return any(
            row.moment_of(column.attribute, value)
            for row in (*self.rows.values(), *self.former_rows)
            if (row.module, row.org) == (record.module, record.org)
        )
