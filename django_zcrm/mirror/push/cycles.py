"""New rows whose lookups form a cycle: one of them has to be created without its lookup.

Zoho accepts a lookup only to an existing record. A lookup that a creation leaves out is kept in its
`base`, which is otherwise empty, and becomes an update once the record exists.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from ...models import Connection
from ..models import OutboxItem
from ..options import mirrored_models, options_of
from ..values import columns_of

Missing = dict[str, str]
"""The rows without an id to which a change refers, by field, in the form of `waits_for`."""


def row_reference(module: str, key: str) -> str:
    """Return the value of `waits_for` for a row."""
    return f"{module} {key}"


def keys_by_module(references: Iterable[str]) -> dict[str, set[str]]:
    """Return the keys of rows, by module, from values of `waits_for`."""
    keys: dict[str, set[str]] = defaultdict(set)
    for row in references:
        module, _, key = row.partition(" ")
        keys[module].add(key)
    return keys


def row_of(value: Any) -> str:
    """Return the primary key in a lookup to a row without an id; empty for other values."""
    return str(value["row"]) if isinstance(value, dict) and "row" in value else ""


def id_of(value: Any) -> str:
    """Return the id of the record in a lookup; empty for other values."""
    return str(value["id"]) if isinstance(value, dict) and "id" in value else ""


def break_cycles(connection: Connection, changes: Iterable[tuple[OutboxItem, Missing]]) -> None:
    """Remove lookups to rows that wait for them from creations, and from `missing`."""
    creations = [(item, missing) for item, missing in changes if item.operation == "create"]
    if not any(missing for _, missing in creations):
        return
    waits = {
        row_reference(item.module, item.object_id): {*missing.values()}
        for item, missing in creations
    }
    _follow(connection, waits)
    for item, missing in creations:
        own = row_reference(item.module, item.object_id)
        for name, other in list(missing.items()):
            if _leads_to(waits, other, own):
                item.base[name] = item.changed.pop(name)
                del missing[name]
        waits[own] = {*missing.values()}


def _leads_to(waits: Mapping[str, set[str]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    asked = [start]
    while asked:
        row = asked.pop()
        if row == goal:
            return True
        if row not in seen:
            seen.add(row)
            asked += waits.get(row, ())
    return False


def _follow(connection: Connection, waits: dict[str, set[str]]) -> None:
    """Add, from the outbox, the rows for which the waited-for rows wait themselves."""
    while asked := {row for others in waits.values() for row in others} - waits.keys():
        waits |= {row: set() for row in asked}
        for module, keys in keys_by_module(asked).items():
            model = mirrored_models().get(module)
            if model is None:
                continue
            lookups = {
                column.zoho_name: options_of(column.to).module
                for column in columns_of(model)
                if column.to is not None
            }
            for key, changed in _changed(connection, module, keys).items():
                waits[row_reference(module, key)] = {
                    row_reference(to, row_of(changed[name]))
                    for name, to in lookups.items()
                    if row_of(changed.get(name))
                }


def _changed(connection: Connection, module: str, keys: set[str]) -> dict[str, dict[str, Any]]:
    """Return the newest values with which rows are to be created."""
    values: dict[str, dict[str, Any]] = {}
    items = OutboxItem.objects.open().filter(
        connection=connection, module=module, object_id__in=keys, zoho_id=""
    )
    for item in items.order_by("pk"):
        left_out = item.base if item.operation == "create" else {}
        values.setdefault(item.object_id, {}).update(left_out | item.changed)
    return values


def follow_up(items: Iterable[OutboxItem]) -> None:
    """Put the lookups that creations left out into the outbox, now that the records exist."""
    left_out = [item for item in items if item.operation == "create" and item.base]
    OutboxItem.objects.bulk_create(
        OutboxItem(
            connection_id=item.connection_id,
            module=item.module,
            object_id=item.object_id,
            zoho_id=item.zoho_id,
            operation="update",
            changed=item.base,
            base=dict.fromkeys(item.base),
        )
        for item in left_out
        if item.zoho_id and item.state in (OutboxItem.State.DONE, OutboxItem.State.CONFLICT)
    )
