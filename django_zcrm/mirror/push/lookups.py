"""Resolves lookups to rows; changes with lookups to rows that are not in Zoho yet wait for these.

Zoho accepts a lookup only to an existing record. So in a cycle of new rows, one is created without
its lookup. The creation stores the omitted lookup in its `base`, which is otherwise empty, and
once the record exists, the lookup is sent as an update.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from django.utils import timezone

from ...models import Connection
from ...reasons import reason
from ..leased_mirror import LeasedMirror
from ..locking import lock_rows
from ..models import MirrorModel, OutboxItem
from ..models.organisations import organisation_of
from ..models.outbox import MAX_WAIT
from ..models.primary import rows_on_primary
from ..options import mirrored_models, options_of
from ..outbox.items import yield_to_later
from ..outbox.references import keys_by_module, lookup_id_of, row_of, row_reference
from ..targets import target_of
from ..values import MirrorColumn, columns_of
from .changes import Change, State, replace

RowIds = Mapping[str, str | None]
"""The ids in Zoho of rows, by primary key; None for a row that is not in Zoho."""

Missing = dict[str, str]
"""By field: the row without an id to which a change refers, as in `waits_for`."""


def resolve_lookup_ids(mirror: LeasedMirror, changes: Sequence[Change]) -> list[Change]:
    """Return changes with ids in their lookups; some wait for the row of a lookup.

    A lookup to a row that was deleted here is cleared.
    """
    columns = [column for column in mirror.target.columns if column.to is not None]
    ready = [replace(change, waits_for="") for change in changes if change.is_ready]
    for column in columns:
        ready = _clear_deleted(mirror, ready, column)
    ids = {column.zoho_name: _find_ids(mirror, ready, column) for column in columns}
    pairs = [_put_ids(change, columns, ids) for change in ready]
    resolved = [
        replace(change, waits_for=next(iter(missing.values())), is_ready=False)
        if missing
        else change
        for change, missing in break_cycles(mirror.connection, pairs)
    ]
    return [change for change in changes if not change.is_ready] + resolved


def _clear_deleted(
    mirror: LeasedMirror, changes: Sequence[Change], column: MirrorColumn
) -> list[Change]:
    """Clear lookups to records that were deleted here, which Zoho would refuse."""
    name, to = column.zoho_name, cast("type[MirrorModel]", column.to)
    ids = {lookup_id_of(change.changed.get(name)) for change in changes} - {""}
    deleted_ids = _find_deleted(mirror, to, ids)
    return [
        replace(change, changed={**change.changed, name: None})
        if lookup_id_of(change.changed.get(name)) in deleted_ids
        else change
        for change in changes
    ]


def clear_former_lookups(
    mirror: LeasedMirror, changes: Sequence[Change], zoho: Mapping[str, Mapping[str, Any]]
) -> Sequence[Change]:
    """Clear former lookups to records that were deleted here, where Zoho has cleared them, too.

    `zoho` has the values of records by id. Otherwise Zoho's empty lookups would be in conflict.
    """
    for column in mirror.target.columns:
        if column.to is None:
            continue
        name, empty = column.zoho_name, {column.zoho_name: None}
        ids = {
            change.row: lookup_id_of(change.base.get(name))
            for change in changes
            if zoho.get(change.zoho_id, {}).get(name, change) is None
        }
        if deleted_ids := _find_deleted(mirror, column.to, {*ids.values()} - {""}):
            changes = [
                replace(change, base={**change.base, **empty})
                if ids.get(change.row) in deleted_ids
                else change
                for change in changes
            ]
    return changes


def _find_deleted(mirror: LeasedMirror, to: type[MirrorModel], ids: Collection[str]) -> set[str]:
    """Return the ids of records that were deleted here, and have no row again."""
    if not ids:
        return set()
    deletions = OutboxItem.objects.of(mirror.connection, options_of(to).module).filter(
        operation=OutboxItem.Operation.DELETE, state__in=(*OutboxItem.OPEN, State.DONE)
    )
    deleted_ids = set(deletions.filter(zoho_id__in=ids).values_list("zoho_id", flat=True))
    rows = target_of(options_of(to).module).rows(mirror.connection).filter(zoho_id__in=deleted_ids)
    return deleted_ids - set(rows.values_list("zoho_id", flat=True))


def _find_ids(mirror: LeasedMirror, changes: Sequence[Change], column: MirrorColumn) -> RowIds:
    """Return the ids of the rows to which changes refer in a column."""
    name, to = column.zoho_name, cast("type[MirrorModel]", column.to)
    values = [values.get(name) for change in changes for values in (change.changed, change.base)]
    keys = {row_of(value) for value in values} - {""}
    if not keys:
        return {}
    # The id of a row of another connection is not sent; a former organisation's row has no id here.
    rows = target_of(options_of(to).module).all_rows(mirror.connection.pk).filter(pk__in=keys)
    own = organisation_of(mirror.connection)
    return {
        str(key): zoho_id if organisation == own else None
        for key, zoho_id, organisation in rows.values_list("pk", "zoho_id", "zoho_organisation")
    }


def _put_ids(
    change: Change, columns: Sequence[MirrorColumn], ids: Mapping[str, RowIds]
) -> tuple[Change, Missing]:
    """Replace rows in lookups by their ids in Zoho; return also the rows that have none.

    The lookup to a row that was deleted is cleared, and so is the former value of one without id.
    """
    changed, base, missing = dict(change.changed), dict(change.base), Missing()
    for column in columns:
        name, id_by_key = column.zoho_name, ids[column.zoho_name]
        if key := row_of(changed.get(name)):
            if key in id_by_key and not id_by_key[key]:
                to = cast("type[MirrorModel]", column.to)
                missing[name] = row_reference(options_of(to).module, key)
            else:
                changed[name] = column.write(zoho_id) if (zoho_id := id_by_key.get(key)) else None
        if key := row_of(base.get(name)):
            base[name] = column.write(zoho_id) if (zoho_id := id_by_key.get(key)) else None
    return replace(change, changed=changed, base=base), missing


# Cycles


def break_cycles(
    connection: Connection, pairs: Sequence[tuple[Change, Missing]]
) -> list[tuple[Change, Missing]]:
    """Remove from creations, and from their missing rows, the lookups that close a cycle."""
    creations = [pair for pair in pairs if pair[0].operation == "create"]
    if not any(missing for _, missing in creations):
        return list(pairs)
    waits = {_reference(change): {*missing.values()} for change, missing in creations}
    _add_references(connection, waits)
    broken = []
    for change, missing in pairs:
        if change.operation == "create":
            own = _reference(change)
            omitted = {name for name, row in missing.items() if _leads_to(waits, row, own)}
            if omitted:
                change, missing = (
                    _omit_lookups(change, omitted),
                    {name: row for name, row in missing.items() if name not in omitted},
                )
                waits[own] = {*missing.values()}
        broken.append((change, missing))
    return broken


def _omit_lookups(creation: Change, names: Collection[str]) -> Change:
    omitted = {name: creation.changed[name] for name in names}
    changed = {name: value for name, value in creation.changed.items() if name not in names}
    return replace(creation, changed=changed, base={**creation.base, **omitted})


def _reference(change: Change) -> str:
    return row_reference(change.item.module, change.row)


def _leads_to(waits: Mapping[str, set[str]], start: str, goal: str) -> bool:
    seen_rows: set[str] = set()
    stack = [start]
    while stack:
        row = stack.pop()
        if row == goal:
            return True
        if row not in seen_rows:
            seen_rows.add(row)
            stack += waits.get(row, ())
    return False


def _add_references(connection: Connection, waits: dict[str, set[str]]) -> None:
    """Add the rows, from the outbox, for which the referenced rows wait themselves."""
    while unread := {row for others in waits.values() for row in others} - waits.keys():
        waits |= {row: set() for row in unread}
        for module, keys in keys_by_module(unread).items():
            model = mirrored_models().get(module)
            if model is None:
                continue
            lookups = {
                column.zoho_name: options_of(column.to).module
                for column in columns_of(model)
                if column.to is not None
            }
            for key, changed in _read_changed_values(connection, module, keys).items():
                waits[row_reference(module, key)] = {
                    row_reference(to, row_of(changed[name]))
                    for name, to in lookups.items()
                    if row_of(changed.get(name))
                }


def _read_changed_values(
    connection: Connection, module: str, keys: set[str]
) -> dict[str, dict[str, Any]]:
    """Return the newest values with which rows will be created, by key."""
    values: dict[str, dict[str, Any]] = {}
    items = OutboxItem.objects.of(connection, module).open().filter(object_id__in=keys, zoho_id="")
    for item in items.order_by("pk"):
        omitted = item.base if item.operation == "create" else {}
        values.setdefault(item.object_id, {}).update(omitted | item.changed)
    return values


def push_omitted_lookups(changes: Sequence[Change]) -> None:
    """Put the lookups that creations omitted into the outbox, now that the records exist.

    Call it when the rows are locked: a lookup that was set again since is not among them.
    """
    items = []
    for change in changes:
        is_created = change.operation == "create" and change.zoho_id
        if not (is_created and change.base and change.state in (State.DONE, State.CONFLICT)):
            continue
        item, lookups = change.item, dict(change.base)
        later = OutboxItem.objects.open().same_row(item).filter(pk__gt=item.pk)
        yield_to_later(later, lookups, {})  # the record has none of them yet
        if lookups:
            items.append(
                OutboxItem(
                    connection_id=item.connection_id,
                    organisation_id=item.organisation_id,
                    module=item.module,
                    object_id=item.object_id,
                    zoho_id=change.zoho_id,
                    operation="update",
                    changed=lookups,
                    base=dict.fromkeys(lookups),
                )
            )
    OutboxItem.objects.bulk_create(items)


# Waiting


def settle_waits(connection: Connection, changes: Sequence[Change]) -> list[Change]:
    """Return the changes; those that wait for a row are due at once, continue to wait, or fail.

    A change is due at once if its row has received an id, and fails if no outbox item will create
    the row in Zoho. Locks the rows that have no id yet. A later transaction that sets their ids or
    deletes them releases the waiting changes. Call this within the transaction that stores the
    changes.
    """
    parents = keys_by_module(row for change in changes if (row := _parent_of(change)))
    if not parents:
        return list(changes)
    organisation = organisation_of(connection)
    absent = _lock_absent(parents, organisation)
    creations = OutboxItem.objects.creations().filter(
        connection=connection,
        organisation_id=organisation,
        module__in=list(parents),
        object_id__in=set().union(*parents.values()),
    )
    coming = {
        row_reference(module, key): state
        for module, key, state in creations.values_list("module", "object_id", "state")
    }
    return [_settle(change, absent, coming) if _parent_of(change) else change for change in changes]


def _parent_of(change: Change) -> str:
    """Return the row for which a change has to wait; empty without one."""
    is_waiting = change.state == State.NEW and " " in change.waits_for
    return change.waits_for if is_waiting else ""


def _settle(change: Change, absent: Collection[str], coming: Mapping[str, str]) -> Change:
    row = change.waits_for
    if row not in absent:
        return replace(change, waits_for="", error="", due=timezone.now())
    if row not in coming:
        return replace(change, state=State.FAILED, error=reason("parent_not_in_zoho", row=row))
    code = "waits_for_failed" if coming[row] == State.FAILED else "waits_for"
    later = timezone.now() + timedelta(seconds=MAX_WAIT)  # or when that row is in Zoho
    return replace(change, error=reason(code, row=row), due=later)


def _lock_absent(parents: Mapping[str, Collection[str]], organisation: str) -> set[str]:
    """Lock rows, and return the references of those that have no id in an organisation yet."""
    models = mirrored_models()
    absent: set[str] = set()
    for module, keys in sorted(parents.items()):
        rows = rows_on_primary(models[module]).filter(pk__in=keys)
        absent |= {
            row_reference(module, str(row.pk))
            for row in lock_rows(rows)
            if not row.zoho_id or row.zoho_organisation != organisation
        }
    return absent
