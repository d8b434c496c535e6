"""Moves updates of deleted rows to the rows that their records have got since.

If Zoho refuses the deletion of a row, or restores its record, the record gets a new row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from .. import saving
from ..locking import lock_rows
from ..models import OutboxItem
from ..models.primary import rows_on_primary
from ..options import mirrored_models
from ..planning.conflicts import is_held
from .later import omit_later


def move_to_new_rows(updates: Iterable[OutboxItem]) -> bool:
    """Move updates of rows that are gone to the rows that have their records now, in a transaction.

    The former row's other updates follow, because the order of a record's changes decides what is
    sent last. Those that wait lose what later changes have replaced. Return whether any was moved.
    """
    mirrors: dict[tuple[int, str, str], list[OutboxItem]] = defaultdict(list)
    for item in updates:
        mirrors[item.connection_id, item.organisation_id, item.module].append(item)
    keys: dict[int, str] = {}
    for (connection_id, organisation_id, module), items in mirrors.items():
        keys |= _find_new_keys(connection_id, organisation_id, module, items)
    moved = lock_rows(OutboxItem.objects.filter(pk__in=keys)) if keys else []
    for item in moved:
        item.object_id = keys[item.pk]
    saving.update_all(moved, ["object_id"])
    waiting = [item for item in moved if item.state == OutboxItem.State.NEW]
    for item in waiting:
        omit_later(item)
    saving.update_all(waiting, ["operation", "changed", "base"])
    return bool(moved)


def _find_new_keys(
    connection_id: int, organisation_id: str, module: str, updates: Sequence[OutboxItem]
) -> dict[int, str]:
    """Return the new rows of updates of one mirror, and of those that follow, by their keys."""
    model = mirrored_models().get(module)
    if model is None:
        return {}
    of = {"connection": connection_id, "zoho_organisation": organisation_id}
    rows = rows_on_primary(model).filter(**of)
    known = {item.object_id for item in updates}
    gone = known - {str(key) for key in rows.filter(pk__in=known).values_list("pk", flat=True)}
    if not gone:
        return {}
    history: dict[str, list[OutboxItem]] = defaultdict(list)
    of_rows = OutboxItem.objects.filter(
        connection=connection_id,
        organisation_id=organisation_id,
        module=module,
        object_id__in=gone,
    )
    for item in of_rows.order_by("pk"):
        history[item.object_id].append(item)
    # An update that was stored before its row had a record has no id.
    ids = {key: [i.zoho_id for i in items if i.zoho_id][-1:] for key, items in history.items()}
    used = [zoho_id for last in ids.values() for zoho_id in last]
    owners = dict(rows.filter(zoho_id__in=used).values_list("zoho_id", "pk"))
    chosen = {item.pk for item in updates}
    return {
        item.pk: str(owners[zoho_id])
        for key, items in history.items()
        for zoho_id in ids[key]
        if zoho_id in owners
        for item in _find_movable(items)
        if item.zoho_id in ("", zoho_id) and (item.pk in chosen or not is_held(item.conflict))
    }


def _find_movable(items: Sequence[OutboxItem]) -> Iterator[OutboxItem]:
    """Yield the updates among a row's items, except those that were merged into its deletion.

    A caller leaves out undecided conflicts, which would keep Zoho's values from the new row.
    """
    carrier = OutboxItem.Operation.DELETE.value
    for item in reversed(items):
        if not item.is_merged:
            carrier = item.operation
        if item.operation == OutboxItem.Operation.UPDATE and carrier != OutboxItem.Operation.DELETE:
            yield item
