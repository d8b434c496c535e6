"""What must hold in the end, when all faults have stopped and the mirror has had time."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import Any

from django.db import router

from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.statements import Parameter, Select, compiled

from .decisions import check_decisions, creations_of
from .entries import SITE, ZOHO, LedgerRecord, Row, Violation, Write, last_change
from .ledger import Ledger
from .values import Column, Shape

SLOW = 60
"""Seconds by which the clock of a worker may be slow."""


def _was_hidden(record: LedgerRecord, target: LedgerRecord, row: Any) -> bool:
    """Whether Zoho may have shown an empty lookup when the row was read last.

    Zoho shows no lookups to deleted records. When it restores such a record, the records with the
    lookups keep their Modified_Time. So no comparison finds what the row has missed.
    """
    changed, read = record.states[-1].moment, row.synced_at
    for end, time in target.ends:
        restored = next((state.moment for state in target.states if state.moment > end), end)
        if changed < restored and read is not None and read.timestamp() > time - SLOW:
            return True
    return False


@compiled
def _select_items(using: str) -> Select:
    items = OutboxItem.objects.using(using).filter(module=Parameter("module"))
    return Select.of(items.order_by("pk"))


def shows_loss(item: OutboxItem, column: Column, value: Any, *, is_waiting: bool = False) -> bool:
    """Whether an item shows a value of the site that lost a conflict, failed, or waits."""
    lost = column.mirror.write(value)
    both = item.conflict.get(column.zoho_name) or {}
    if both.get("local") == lost and both.get("kept") != "local":
        return item.state != OutboxItem.State.DONE
    is_unsent = is_waiting or item.state == OutboxItem.State.FAILED
    return is_unsent and lost in item.changed.values()


class EndOfModule:
    """The checks of one module in the end."""

    def __init__(self, oracle: Ledger, shape: Shape) -> None:
        self.oracle, self.shape = oracle, shape
        self.stored = {row.pk: row for row in shape.fetch_rows()}
        self.by_id = {row.zoho_id: row for row in self.stored.values() if row.zoho_id}
        self.items: dict[str, list[OutboxItem]] = defaultdict(list)
        select = _select_items(router.db_for_write(OutboxItem))
        for item in select.fetch(module=shape.module):
            self.items[item.object_id].append(item)

    def check(self) -> None:
        """Check everything."""
        for record in self.oracle.records.values():
            is_read = record.org in self.oracle.org_of.values()
            if record.module == self.shape.module and is_read:
                self._check_record(record)
        for (module, pk), row in self.oracle.rows.items():
            if module == self.shape.module:
                self._check_row(pk, row)
        has_moved = any(row.module == self.shape.module for row in self.oracle.former_rows)
        for pk, stored in self.stored.items():
            known = self.oracle.rows.get((self.shape.module, pk))
            is_deleted = known is not None and known.deleted and known.is_deletion_certain
            if not stored.zoho_id and (is_deleted or (known is None and not has_moved)):
                self._fail("known rows", f"row {pk} is of no user and of no record")
        check_decisions(self.oracle, self.shape, chain.from_iterable(self.items.values()))

    def _fail(self, invariant: str, message: str) -> None:
        raise Violation(invariant, f"{self.shape.module} {message}")

    def _is_failed(self, pk: int) -> bool:
        """Whether a change of a row failed, or waits for a person or for a failed one."""
        return (self.shape.module, pk) in self.oracle.discarded or any(
            item.state == OutboxItem.State.FAILED
            or item.waits_for
            or any(both.get("kept") == "held" for both in item.conflict.values())
            for item in self.items[str(pk)]
        )

    def _check_record(self, record: LedgerRecord) -> None:
        """Check that a record and its row are equal."""
        if record.id in self.oracle.converted:
            return  # Zoho lists it no more, and does not say that it was deleted
        row: Any = self.by_id.get(record.id)
        if not record.is_live:
            if row is not None and row.zoho_state == "live":
                self._fail("deletions", f"{record.id} was deleted, and its row {row.pk} is live")
            return
        if row is None:
            self._fail("completeness", f"{record.id} has no row")
        if row.zoho_state != "live":
            self._fail("completeness", f"{record.id} is live, and its row is {row.zoho_state}")
        if self._is_failed(row.pk):
            return
        for column in self.shape.columns:
            there, here = record.values[column.attribute], getattr(row, column.attribute)
            if column.to is not None:
                target = self.oracle.records.get(there or "")
                if target is not None and not target.is_live:
                    continue  # Zoho need not show it any more
                if target is not None and here is None and _was_hidden(record, target, row):
                    continue
                there = self._key_of(column, there)
                if there != here and self._was_merged(record, column, here):
                    continue
            if there != here and not self._is_undetectable(record, column, here):
                self._fail(
                    "equality",
                    f"{record.id} has {column.attribute}={there!r} in Zoho, {here!r} in its row",
                )

    def _is_undetectable(self, record: LedgerRecord, column: Column, here: Any) -> bool:
        """Whether a row shows a state of the same second as the last one, which was hidden.

        Modified_Time has whole seconds, so no comparison finds the difference afterwards. Nor what
        Zoho's users changed before an update of a record that Zoho did not show yet.
        """
        if record.id in self.oracle.hidden and self.oracle.row_lag:
            return True
        last = int(record.states[-1].time)
        return record.id in self.oracle.hidden and any(
            int(state.time) == last and state.values[column.attribute] == here
            for state in record.states
        )

    def _key_of(self, column: Column, zoho_id: str | None) -> Any:
        """Return the key of the row to which a lookup leads."""
        if not zoho_id or column.to is None:
            return None
        rows = column.to._base_manager.filter(zoho_id=zoho_id)
        return rows.values_list("pk", flat=True).first()

    def _was_merged(self, record: LedgerRecord, column: Column, here: Any) -> bool:
        """Whether Zoho's users merged the record that a lookup shows, and restored it since.

        The record with the lookup kept its Modified_Time, and a comparison reads it only while the
        row of the merged record is deleted.
        """
        if here is None or column.to is None:
            return False
        ids = column.to._base_manager.filter(pk=here).values_list("zoho_id", flat=True)
        shown = self.oracle.records.get(ids.first() or "")
        if shown is None or (record.id, shown.id) not in self.oracle.changed_lookups:
            return False
        led = [state.values[column.attribute] == shown.id for state in record.states]
        pairs = zip(led, led[1:], record.states[1:], strict=False)
        moved = max((state.moment for was, is_, state in pairs if was and not is_), default=None)
        return shown.is_live and moved is not None and any(moved < end for end, _ in shown.ends)

    def _check_row(self, pk: int, row: Row) -> None:
        stored = self.stored.get(pk)
        if row.deleted and row.is_deletion_certain:
            self._check_deletion(pk, row)
            return
        if stored is None:
            if not row.deleted and any(write.is_certain for write in row.writes):
                self._fail("no lost rows", f"row {pk} is gone")
            return
        if not stored.zoho_id:
            if not self._is_failed(pk):
                self._fail("no lost changes", f"row {pk} is not in Zoho")
            return
        record = self.oracle.records[stored.zoho_id]
        for column in self.shape.pushed:
            if column.is_followed:
                self._check_last_write(pk, row, record, column)

    def _check_last_write(self, pk: int, row: Row, record: LedgerRecord, column: Column) -> None:
        """Check that the last value that was saved here reached Zoho, or that its loss is shown."""
        name = column.attribute
        last = row.last_write(name)
        if last is None or not last.is_certain:
            return
        states = record.states_since(last.moment)
        if last.value not in [state.values[name] for state in states]:
            is_ignored = (record.id, name) in self.oracle.ignored
            is_excused = is_ignored or record.was_deleted_since(last.moment)
            later = [w.value for w in self.oracle.writes_of(record, name) if w.moment > last.moment]
            # Another row of the record, which this one took over, was saved later.
            is_excused = is_excused or any(state.values[name] in later for state in states)
            if column.is_repeating:  # a user may have set it back before it was sent
                known = self.oracle.known_values(record, name, record.states)
                is_excused = is_excused or known.count(last.value) > 1
                # It cannot be told which of its rows wrote a value of the record.
                is_excused = is_excused or self.oracle.is_taken_over(record)
            if not (is_excused or self._is_loss_shown(pk, column, last)):
                self._fail("no lost changes", f"row {pk}: {name}={last.value!r} never reached Zoho")
            return
        now = record.values[name]
        if now == last.value or not record.is_live:
            return
        if last_change(record.states, name).author == ZOHO:
            return  # such as the match value of another record, with which this one was merged
        if not (self.oracle.is_taken_over(record) or self._is_loss_shown(pk, column, last)):
            self._fail("no lost changes", f"row {pk}: {name} went back to {now!r}")

    def _is_loss_shown(self, pk: int, column: Column, write: Write) -> bool:
        """Whether an outbox item shows a value that lost a conflict, failed or waits.

        The outbox forgets discarded changes after some days.
        """
        if self.oracle.discarded.get((self.shape.module, pk), 0) > write.moment:
            return True
        for item in self.items[str(pk)]:
            is_held = any(both.get("kept") == "held" for both in item.conflict.values())
            # An open change waits for a failed one; all others have been sent.
            is_waiting = is_held or item.state in OutboxItem.OPEN
            if shows_loss(item, column, write.value, is_waiting=is_waiting):
                return True
        return False

    def _check_deletion(self, pk: int, row: Row) -> None:
        """Check that the deletion of a row reached Zoho, or that its loss is shown."""
        if self.oracle.discarded.get((self.shape.module, pk), 0) > row.deleted:
            return  # a discarded deletion leaves the record in Zoho
        if pk in self.stored:
            self._fail("deletions", f"row {pk} was deleted, and is there again")
        items = self.items[str(pk)]
        ids = {item.zoho_id for item in items if item.zoho_id}
        if not self.oracle.may_miss_records:
            ids |= self._find_created(pk)
        for zoho_id in ids:
            record = self.oracle.records.get(zoho_id)
            if record is None or not record.is_live or record.module != self.shape.module:
                continue
            if self.oracle.is_taken_over(record) or self.oracle.is_kept_by_creator(record):
                continue
            if self.oracle.hidden.get(zoho_id, 0) > row.deleted:
                continue  # Zoho refuses the deletion as that of a record that does not exist
            is_restored = any(end < record.states[-1].moment for end, _ in record.ends)
            if not is_restored and not any(
                item.conflict or item.state == "failed" for item in items
            ):
                self._fail("deletions", f"row {pk} was deleted, and its record {zoho_id} is live")

    def _find_created(self, pk: int) -> set[str]:
        """Return the ids of the records that the site created for a row.

        Without those that Zoho's users changed or hid, those of a module that lost a field, and
        those with a lookup to a deleted record: they may not be recognised as the records of a
        creation whose response was lost.
        """
        return {
            record.id
            for record in creations_of(self.oracle, (self.shape.module, pk))
            if all(state.author == SITE for state in record.states)
            and record.org in self.oracle.org_of.values()
            and (record.org, record.module) not in self.oracle.reduced
            and record.id not in self.oracle.hidden
            and not self.oracle.has_lost_lookup(record)
        }
