"""Moves changes of deleted rows to the rows that their records have got since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ..locking import update_by_key
from ..models import OutboxItem
from ..models.primary import rows_on_primary
from ..options import mirrored_models


def move_to_new_rows(items: Iterable[OutboxItem]) -> bool:
    """Move updates of rows that are gone to the rows of their records; return whether any moved.

    If Zoho refuses the deletion of a row, or restores the record, the record gets a new row. The
    former row's other updates follow, as the order of a record's changes decides what is sent last.
    """
    mirrors: dict[tuple[int, str, str], list[OutboxItem]] = defaultdict(list)
    for item in items:
        if item.operation == OutboxItem.Operation.UPDATE and item.zoho_id:
            mirrors[item.connection_id, item.organisation_id, item.module].append(item)
    return sum(_move(*mirror, updates) for mirror, updates in mirrors.items()) > 0


def _move(
    connection_id: int, organisation_id: str, module: str, updates: Sequence[OutboxItem]
) -> int:
    model = mirrored_models().get(module)
    if model is None:
        return 0
    of = {"connection": connection_id, "zoho_organisation": organisation_id}
    rows = rows_on_primary(model).filter(**of)
    keys = {item.object_id for item in updates}
    keys -= {str(key) for key in rows.filter(pk__in=keys).values_list("pk", flat=True)}
    gone = [item for item in updates if item.object_id in keys]
    if not gone:
        return 0
    ids = {item.zoho_id for item in gone}
    owners = dict(rows.filter(zoho_id__in=ids).values_list("zoho_id", "pk"))
    for item in gone:
        if item.zoho_id in owners:
            others = OutboxItem.objects.same_row(item).filter(
                operation=item.operation, zoho_id=item.zoho_id
            )
            item.object_id = str(owners[item.zoho_id])
            pks = list(others.order_by("pk").values_list("pk", flat=True))
            update_by_key(others, pks, object_id=item.object_id)
    return len(owners)
