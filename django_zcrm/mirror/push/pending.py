"""Finds the columns of rows with changes that Zoho does not have yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...models import Connection
from ..models import OutboxItem
from ..targets import MirrorTarget


def local_changes(
    target: MirrorTarget,
    connection: Connection,
    rows: Iterable[Any],
    records: Sequence[Mapping[str, Any]],
) -> dict[str, frozenset[str]]:
    """Return, by id in Zoho, the attributes that records from Zoho must not overwrite.

    They have been changed here and are in the outbox; whether Zoho's value or this one counts is
    decided when that is sent.
    """
    if target.options is None or not target.options.push:
        return {}
    by_key = {str(row.pk): row for row in rows}
    if not by_key:
        return {}
    names = {column.zoho_name: column.attribute for column in target.columns}
    pending: dict[str, frozenset[str]] = {}
    items = OutboxItem.objects.open().filter(
        connection=connection, module=target.module, object_id__in=list(by_key)
    )
    for item in items:
        zoho_id = by_key[item.object_id].zoho_id
        # What a creation left out, its base has.
        changed = item.base | item.changed if item.operation == "create" else item.changed
        kept = frozenset(names[name] for name in changed if name in names)
        pending[zoho_id] = pending.get(zoho_id, frozenset()) | kept
    return pending
