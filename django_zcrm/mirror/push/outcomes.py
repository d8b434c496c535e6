"""Records changes and their results in the outbox and in the rows. No other stage writes items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import router
from django.db.models import F
from django.utils import timezone

from ...reasons import reason
from .. import saving
from ..apply import apply, select_keys
from ..leased_mirror import LeasedMirror
from ..locking import gives_way, lock_in_order, update_locked
from ..models import OutboxItem
from ..outbox.references import release
from ..relations import link_new_rows
from ..statements import Parameter, Select, Update, compiled, numbered, parameters, size_of
from .changes import FIELDS, Change, Link, State, replace
from .lookups import push_omitted_lookups, settle_waits

STARTED = {"state", "sent_at", "attempts"}
"""The columns that the start of a request changes."""

FINISHED = {"state", "error", "waits_for", "done_at", "due", "zoho_id"}
"""The columns that a response without an error changes."""


@dataclass
class PushResult:
    """Counts of changes by result; `lost` is the number of requests in a row without a response."""

    done: int = 0
    conflicts: int = 0
    failed: int = 0
    later: int = 0
    in_doubt: int = 0
    lost: int = 0

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def count(self, changes: Iterable[Change]) -> None:
        """Count changes by their state."""
        for change in changes:
            name = _NAMES.get(change.state, "later")
            setattr(self, name, getattr(self, name) + 1)


_NAMES: Mapping[str, str] = {
    State.DONE: "done",
    State.CONFLICT: "conflicts",
    State.FAILED: "failed",
    State.IN_DOUBT: "in_doubt",
}


def record_outcomes(mirror: LeasedMirror, changes: Sequence[Change]) -> list[Change]:
    """Store changes with their results, and return them, without those that people have changed.

    In one transaction with the rows that get the ids of their records, or take over their values.
    Raises LeaseLost.
    """
    # A change that still waits for a row has no difference yet, but must not stay due.
    pending = [c for c in changes if len(c.items) > 1 or c.waits_for or c.difference()]
    if not pending:
        return list(changes)
    stored = mirror.write(partial(_write, mirror, pending))
    for change in stored:
        for name, value in change.difference().items():
            setattr(change.item, name, value)
    keys = {change.item.pk for change in pending}
    return [change for change in changes if change.item.pk not in keys] + [
        replace(change, items=(change.item,), link=None, record=None, is_reduced=False)
        for change in stored
    ]


def _write(mirror: LeasedMirror, changes: Sequence[Change], columns: object) -> list[Change]:
    changes = settle_waits(mirror.connection, _yield_taken(mirror, changes))
    stored = _exclude_altered(changes)
    _save(stored)
    # The record of a discarded change is its row's as well.
    link_rows(mirror, {change.row: change.link for change in changes if change.link})
    unread = [change.row for change in stored if change.is_record_missing or change.is_reduced]
    _forget_times(mirror, unread)
    push_omitted_lookups(stored)
    apply(mirror.target, mirror.connection, [c.record for c in changes if c.record])
    return stored


def _yield_taken(mirror: LeasedMirror, changes: Sequence[Change]) -> list[Change]:
    """Return the changes; creations whose record belongs to another row have ended.

    If the row of a creation was deleted, the creation is done, and the record stays with the other
    row.
    """
    # A creation in doubt may have been converted to an update of the record that was found.
    ids = {c.item.pk: c.link.zoho_id for c in changes if c.item.operation == "create" and c.link}
    if not ids:
        return list(changes)
    size, id_values = size_of(ids), numbered("id", ids.values())
    pairs = mirror.target.fetch(select_keys, mirror.connection, size, **id_values)
    owners = {zoho_id: str(key) for key, zoho_id in pairs}
    owned = {  # two creations may have found the same record
        c.item.pk: owners.setdefault(ids[c.item.pk], c.row) for c in changes if c.item.pk in ids
    }
    other_keys = [
        change.row for change in changes if owned.get(change.item.pk, change.row) != change.row
    ]
    if not other_keys:
        return list(changes)
    rows = mirror.target.rows(mirror.connection).filter(pk__in=other_keys)
    there = {str(key) for key in rows.values_list("pk", flat=True)}
    return [
        _end_taken(change, ids[change.item.pk], owned[change.item.pk], change.row in there)
        if change.row in other_keys
        else change
        for change in changes
    ]


def _end_taken(creation: Change, zoho_id: str, owner: str, is_there: bool) -> Change:
    # Without what was decided for the other row's record.
    creation = replace(Change.of(*creation.items), zoho_id="", sent_at=creation.lost_at)
    if not is_there:
        return creation.end(State.DONE)
    return creation.end(State.FAILED, reason("taken", record=zoho_id, row=owner))


def _exclude_altered(changes: Sequence[Change]) -> list[Change]:
    """Lock items, and return the changes none of whose items a person has altered since.

    Discarded ones are not sent. Those that are due at another time are claimed again: a person has
    retried an earlier change of their row, which is sent first.
    """
    items = [item for change in changes for item in change.items]
    sending = {item.pk for item in items if item.state == State.SENDING}  # cannot be altered
    there = set(sending)
    if others := {item.pk: item.due for item in items if item.pk not in sending}:
        select = _select_kept(_using(), size_of(others), gives_way())
        kept = select.fetch(**numbered("key", others))
        there.update(row.pk for row in kept if row.due == others[row.pk])
    return [change for change in changes if there.issuperset(item.pk for item in change.items)]


@compiled
def _select_kept(using: str, size: int, nowait: bool) -> Select:
    items = OutboxItem.objects.using(using).filter(pk__in=parameters("key", size))
    kept = items.exclude(state=State.DISCARDED).only("pk", "due")
    return Select.of(lock_in_order(kept, nowait=nowait))


def _save(changes: Sequence[Change]) -> None:
    """Write the items of changes; one query for all that start, and one for all that are done."""
    now = timezone.now()
    merged_pks = [item.pk for change in changes for item in change.items[:-1]]
    items = OutboxItem.objects
    if merged_pks:
        items.filter(pk__in=merged_pks).update(
            state=State.DONE, error="", waits_for="", done_at=now, due=now, sent_at=None
        )
    started, sent_changes, created, others = [], [], [], []
    for change in changes:
        columns = change.difference()
        is_started = change.state == State.SENDING and columns.keys() <= STARTED
        if is_started and change.sent_at is not None and change.sent_at <= now:
            started.append(change)
        elif change.state == State.DONE and not change.error and columns.keys() <= FINISHED:
            sent_changes.append(change)
            if "zoho_id" in columns:
                created.append(_with_values(change))
        elif columns:
            others.append(_with_values(change))
    if started:
        _set_started(_using(), size_of(started)).run(now=now, **_keys(started))
    if sent_changes:
        _set_done(_using(), size_of(sent_changes)).run(now=now, **_keys(sent_changes))
    saving.update_all(created, ["zoho_id"])
    saving.update_all(others, FIELDS)


@compiled
def _set_started(using: str, size: int) -> Update:
    items = OutboxItem.objects.using(using).filter(pk__in=parameters("key", size))
    attempts = F("attempts") + 1
    return Update.of(items, state=State.SENDING, sent_at=Parameter("now"), attempts=attempts)


@compiled
def _set_done(using: str, size: int) -> Update:
    items = OutboxItem.objects.using(using).filter(pk__in=parameters("key", size))
    times = {"done_at": Parameter("now"), "due": Parameter("now")}
    return Update.of(items, state=State.DONE, error="", waits_for="", **times)


def _keys(changes: Sequence[Change]) -> dict[str, Any]:
    return numbered("key", [change.item.pk for change in changes])


def _using() -> str:
    return router.db_for_write(OutboxItem)


def _with_values(change: Change) -> OutboxItem:
    """Return a copy of a change's item with the values of the change."""
    item = copy(change.item)
    for name in FIELDS:
        setattr(item, name, getattr(change, name))
    return item


def link_rows(mirror: LeasedMirror, links: Mapping[str, Link]) -> None:
    """Write the ids and times of records to their rows, so that the sync recognises them.

    `links` has the records by primary key of the row.
    """
    if not links:
        return
    now, changed, new_ids = timezone.now(), list[Any](), list[str]()
    locked = mirror.target.lock_rows(mirror.connection, links)
    size, keys = size_of(links), numbered("key", links)
    open_items = mirror.fetch_changes(_select_without_id, size, **keys)
    # A row may have been deleted, and saved again by a page that had read it before.
    deleted = {item.object_id for item in open_items if item.operation == "delete"}
    for row in locked:
        link = links[str(row.pk)]
        if str(row.pk) in deleted:
            continue
        is_new = row.zoho_id != link.zoho_id
        if is_new or link.modified:
            if is_new:
                new_ids.append(link.zoho_id)
            row.zoho_id = link.zoho_id
            changed.append(row)
        if link.modified:
            is_current = not link.is_found and (is_new or _has_state(row, link.former))
            # Without a time, the row takes over the other values that Zoho has, even if the record
            # is hidden until the next poll is over.
            row.zoho_modified_time = link.modified if is_current else None
            row.synced_at = now
    saving.update_all(changed, ["zoho_id", "zoho_modified_time", "synced_at"])
    link_new_rows(mirror.target, mirror.connection, new_ids)
    for item in open_items:
        if item.object_id in deleted and item.operation != "delete":
            continue
        OutboxItem.objects.filter(pk=item.pk).update(zoho_id=links[item.object_id].zoho_id)
    release(mirror.connection.pk, mirror.state.module, links.keys(), _using())


@compiled
def _select_without_id(using: str, size: int) -> Select:
    items = OutboxItem.objects.using(using).of_parameters().open()
    return Select.of(items.filter(zoho_id="", object_id__in=parameters("key", size)))


def _has_state(row: Any, moment: datetime | None) -> bool:
    """Whether a row has the state that its record had at a Modified_Time, or a later one.

    Without a moment, the record could not be read, so a row with a time counts as current.
    """
    time = row.zoho_modified_time
    return time is not None and (moment is None or time >= moment)


def _forget_times(mirror: LeasedMirror, keys: Sequence[str]) -> None:
    """Remove the times of rows with local values that are no longer to be sent.

    So the records are read again, although they have not changed since. Zoho did not find some of
    them, which may only be hidden from the connection's user.
    """
    if keys:
        update_locked(mirror.target.rows(mirror.connection), keys, zoho_modified_time=None)
