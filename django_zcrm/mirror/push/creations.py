"""Finds creations that would match a record which another row already has."""

from __future__ import annotations

from collections.abc import Iterable

from ..models import OutboxItem, RecordState
from ..work import Work
from .dropping import without_dropped
from .outcomes import State, finish, save

Items = list[OutboxItem]


def duplicates(work: Work, items: Iterable[OutboxItem]) -> tuple[Items, Items]:
    """Give up creations whose match value another row has; return the others, and those given up.

    Zoho would take both rows for one record.
    """
    options, items = work.target.options, list(items)
    if options is None or options.match_on not in options.fields.values():
        return items, []
    column = next(column for column in work.target.columns if column.zoho_name == options.match_on)
    values = {item.match_value for item in items if item.match_value}
    rows = work.target.rows(work.connection).exclude(zoho_id=None)
    rows = rows.exclude(zoho_state=RecordState.DELETED)
    taken = {
        str(value): str(key)
        for key, value in rows.filter(**{f"{column.attribute}__in": values}).values_list(
            "pk", column.attribute
        )
    }
    ready: Items = []
    refused: Items = []
    for item in items:
        value = item.match_value
        if value and taken.get(value, item.object_id) != item.object_id:
            words = f"Row {taken[value]} has the same {options.match_on}: Zoho takes both for one."
            finish(item, State.DEAD, words)
            refused.append(item)
            continue
        taken.setdefault(value, item.object_id)
        ready.append(item)
    if refused:
        with work.commit():
            save(without_dropped(refused))
    return ready, refused
