"""Merges the changes of each row into one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from django.db.models import Q

from ...reasons import reason
from ..leased_mirror import LeasedMirror
from ..models import OutboxItem
from ..outbox.later import is_created_later
from ..outbox.moved import move_to_new_rows
from ..planning.conflicts import HELD, Both
from ..planning.merging import merge_changes
from ..statements import Select, compiled, numbered, parameters, size_of
from ..targets import MirrorTarget
from .changes import Change, State, replace


def merge(mirror: LeasedMirror, rows: Sequence[Sequence[OutboxItem]]) -> list[Change]:
    """Return one change for each row, from its items; a change with nothing to send has ended.

    Items after the deletion of a row whose key another row got are left for another change.
    """
    keys = [items[0].object_id for items in rows]
    size, values = size_of(keys), numbered("key", keys)
    stored = mirror.target.fetch(_select_ids, mirror.connection, size, **values) if keys else ()
    ids = {str(key): zoho_id for key, zoho_id in stored}
    if _move_to_new_rows(mirror, rows, ids):
        return []  # all are claimed again, as the changes of other rows
    created = _find_created_ids(mirror, [items[0] for items in rows])
    changes = [_merge_row(mirror, items, ids, created) for items in rows]
    return _end_taken_deletions(mirror, changes)


def _move_to_new_rows(
    mirror: LeasedMirror, rows: Sequence[Sequence[OutboxItem]], ids: Mapping[str, str | None]
) -> bool:
    """Move updates to the row that their record has got since; return whether any was moved.

    A person may have retried them before the record got that row.
    """
    gone = [items for items in rows if items[0].object_id not in ids]
    updates = [items for items in gone if all(item.operation == "update" for item in items)]
    if not updates:
        return False
    return mirror.write(lambda columns: move_to_new_rows(chain.from_iterable(updates)))


def _end_taken_deletions(mirror: LeasedMirror, changes: Sequence[Change]) -> list[Change]:
    """Return the changes; deletions whose record is that of a row created here have ended.

    Zoho treated that creation as a change of the record, because of its match value.
    """
    ids = {change.zoho_id for change in changes if change.operation == "delete"} - {""}
    # A creation in doubt may have been converted to an update; it still has its match value.
    is_creation = Q(operation="create") | ~Q(match_value="")
    creations = mirror.changes.filter(is_creation, zoho_id__in=ids)
    created = set(creations.values_list("object_id", "zoho_id")) if ids else set()
    if not created:
        return list(changes)
    rows = mirror.target.rows(mirror.connection).filter(zoho_id__in=ids)
    owners = {
        zoho_id: str(key)
        for key, zoho_id in rows.values_list("pk", "zoho_id")
        if (str(key), zoho_id) in created
    }

    def is_taken(change: Change) -> bool:
        owner = owners.get(change.zoho_id, change.row)
        return change.operation == "delete" and owner != change.row

    return [change.end(State.DONE) if is_taken(change) else change for change in changes]


@compiled
def _select_ids(using: str, target: MirrorTarget, size: int) -> Select:
    rows = target.rows_of_parameters(using).filter(pk__in=parameters("key", size))
    return Select.of(rows.values_list("pk", "zoho_id"))


def _find_created_ids(mirror: LeasedMirror, items: Iterable[OutboxItem]) -> dict[str, str]:
    """Return the ids, by row, that rows got from their creation while they were deleted here."""
    keys = [item.object_id for item in items if item.operation == "delete" and not item.zoho_id]
    if not keys:
        return {}
    created = mirror.changes.filter(operation="create", object_id__in=keys).exclude(zoho_id="")
    return dict(created.order_by("pk").values_list("object_id", "zoho_id"))


def _merge_row(
    mirror: LeasedMirror,
    items: Sequence[OutboxItem],
    ids: Mapping[str, str | None],
    created: Mapping[str, str],
) -> Change:
    """Merge the items of a row; `ids` has the ids of the rows that exist."""
    parts = [Change.of(item) for item in _sort_items(_omit_next_record(items), ids)]
    parts[0] = _update_incoming_record(parts)
    parts = _complete_creation(parts)
    merged_change = merge_changes(parts)
    parts = parts[: merged_change.count]
    change = replace(
        Change.of(*(part.item for part in parts)),
        state=State.NEW,
        operation=merged_change.operation or parts[-1].operation,
        changed=merged_change.changed,
        base=merged_change.base,
        is_reduced=merged_change.is_reduced,
        conflict=_merge_conflicts(parts),
        match_value=next((part.match_value for part in parts if part.match_value), ""),
    )
    zoho_id = _find_id(parts) or created.get(change.row, "")
    if merged_change.operation != "delete":
        zoho_id = ids.get(change.row) or zoho_id
    change = replace(change, zoho_id=zoho_id)
    if change.operation == "delete" and not zoho_id:
        return change.end(State.DONE)
    if not merged_change.operation:
        # A poll may have left out values of Zoho's in favour of those that were taken back.
        has_record = change.operation == "update" and bool(ids.get(change.row))
        return change if has_record else change.end_unsent()
    if change.operation == "create" and change.row not in ids:
        return change.end(State.DONE, reason("row_gone"))
    if change.operation == "create" and zoho_id:
        # Its record was read before it was sent, or Zoho's users restored the one that was created.
        return change.to_update() if change.lost_at else replace(change, operation="update")
    if change.operation == "update" and not zoho_id:
        return change.end(State.FAILED, reason("row_not_in_zoho"))
    if change.operation == "create" and mirror.target.has_match_column:
        value = str(change.changed.get(mirror.target.match_on) or "")
        if value != change.match_value:  # a record with the corrected value is not ours
            change = replace(change, sent_at=None, lost_at=None)
        return replace(change, match_value=value)
    return change


def _find_id(parts: Sequence[Change]) -> str:
    """Return the id of the record that changes are about, or an empty string.

    A row may be deleted, and created again under its key. A page that was loaded before may then
    save an update with the id of the former record, which is not that of the creation.
    """
    is_created = any(part.operation == "create" for part in parts)
    ids = [part.zoho_id for part in parts if not is_created or part.operation != "update"]
    return next(filter(None, ids), "")


def _merge_conflicts(parts: Sequence[Change]) -> Mapping[str, Both]:
    """Return the conflicts of changes, with the value that this site saved last."""
    conflict = dict(both for part in (parts[-1], *parts[:-1]) for both in part.conflict.items())
    for number, part in enumerate(parts, 1):
        for name in part.conflict.keys() & conflict.keys():
            later = [change.changed[name] for change in parts[number:] if name in change.changed]
            if later and conflict[name]["kept"] != HELD:
                conflict[name] = {**conflict[name], "local": later[-1], "kept": "local"}
    return conflict


def _omit_next_record(items: Sequence[OutboxItem]) -> Sequence[OutboxItem]:
    """Return a row's changes without those of another record, which its key has since a deletion.

    A person may have retried the deletion after the creation of that record.
    """
    for number, item in enumerate(items, 1):
        if item.operation == "delete" and item.zoho_id:
            is_other = {later.zoho_id for later in items[number:]} - {"", item.zoho_id}
            return items[:number] if is_other else items
    return items


def _sort_items(items: Sequence[OutboxItem], ids: Mapping[str, str | None]) -> Sequence[OutboxItem]:
    """Return the changes of a row, oldest first; a deleted row's deletion comes last.

    A deletion is stored before its row is locked, so that another save may be stored after it.
    """
    operations = [item.operation for item in items]
    if items[0].object_id in ids or "delete" not in operations:
        return items
    if "create" in operations[operations.index("delete") :]:
        return items
    return sorted(items, key=lambda item: item.operation == "delete")


def _update_incoming_record(parts: Sequence[Change]) -> Change:
    """Return a row's first change; the creation of a deleted row whose record exists is an update.

    Otherwise creation and deletion would cancel each other, although the record was read before
    the creation was sent, or the creation was retried after the row had got its record. In these
    cases the deletion has a `base`; without a `base` the row had no record.
    """
    first = parts[0]
    deletions = [part for part in parts if part.operation == "delete" and part.base]
    has_record = any(part.zoho_id for part in (first, *deletions))
    if first.operation == "create" and deletions and has_record:
        return replace(first, operation="update", changed={**first.base, **first.changed}, base={})
    return first


def _complete_creation(parts: Sequence[Change]) -> list[Change]:
    """Return a row's changes; its creation has the values that updates before it have to add.

    Such an update failed, and a person has retried it. Meanwhile the creation before it was merged
    into a later change: that is the creation now, but it has only the values of the two.
    """
    last = max((n for n, part in enumerate(parts) if part.operation == "create"), default=0)
    values: dict[str, Any] = {}
    for part in parts[:last]:
        if part.operation == "update" and not is_created_later(part.item):
            values |= part.changed
    if not values:
        return list(parts)
    creation = replace(parts[last], base=values | {**parts[last].base})
    return [*parts[:last], creation, *parts[last + 1 :]]
