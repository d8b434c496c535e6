"""Lookups to rows that are not in Zoho yet: their changes wait until they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any, cast

from django.utils import timezone

from .. import saving
from ..locking import locked, update_by_key
from ..models import MirrorModel, OutboxItem
from ..models.primary import rows_on_primary
from ..options import mirrored_models, options_of
from ..runners.wake import wake
from ..values import MirrorColumn, columns_of
from ..work import Work
from .cycles import Missing, break_cycles, id_of, keys_by_module, row_of, row_reference
from .dropping import without_dropped

WAIT = timedelta(hours=1)
"""After this it is checked again whether the other row is in Zoho."""

Keys = set[str]


def resolve(work: Work, items: Iterable[OutboxItem]) -> list[OutboxItem]:
    """Set ids in the lookups of changes, and return the changes that can be sent.

    The others wait, or are given up when nothing is to come. A row that is gone, or was deleted
    here, is no lookup any more. What has a lookup to a row is saved, so that what was sent is known
    if its answer is lost.
    """
    columns = [column for column in work.target.columns if column.to is not None]
    referenced: dict[str, Keys] = defaultdict(set)
    items = list(items)
    for item in items:
        for column in columns:
            for values in (item.changed, item.base):
                if key := row_of(values.get(column.zoho_name)):
                    referenced[column.attribute].add(key)
    changed = _without_deleted(work, items, columns)
    if not referenced:
        for item in items:
            item.waits_for = ""
        _save(work, list(changed.values()))
        return items
    ids = {column.attribute: _ids(work, column, referenced[column.attribute]) for column in columns}
    pairs: list[tuple[OutboxItem, Missing]] = []
    for item in items:
        missing: Missing = {}
        for column in columns:
            known = ids[column.attribute]
            if row_of(item.changed.get(column.zoho_name)):
                changed[item.pk] = item
            if other := _put(item.changed, column, known):
                missing[column.zoho_name] = other
            if _put(item.base, column, known):
                item.base[column.zoho_name] = None
        pairs.append((item, missing))
    break_cycles(work.connection, pairs)
    for item, missing in pairs:
        item.waits_for = next(iter(missing.values()), "")
    _save(work, list(changed.values()))
    return [item for item, missing in pairs if not missing]


def _without_deleted(
    work: Work, items: Iterable[OutboxItem], columns: Iterable[MirrorColumn]
) -> dict[int, OutboxItem]:
    """Empty lookups to records that were deleted here, which Zoho would refuse.

    Returns the changes that had one, by key.
    """
    emptied: dict[int, OutboxItem] = {}
    for column in columns:
        name, to = column.zoho_name, cast("type[MirrorModel]", column.to)
        leading = {item.pk: zoho_id for item in items if (zoho_id := id_of(item.changed.get(name)))}
        if not leading:
            continue
        ids = set(leading.values())
        deletions = OutboxItem.objects.filter(
            connection=work.connection,
            module=options_of(to).module,
            operation=OutboxItem.Operation.DELETE,
            state__in=(*OutboxItem.OPEN, OutboxItem.State.DONE),
        )
        gone = set(deletions.filter(zoho_id__in=ids).values_list("zoho_id", flat=True))
        rows = rows_on_primary(to).filter(connection=work.connection, zoho_id__in=gone)
        gone -= set(rows.values_list("zoho_id", flat=True))
        for item in items:
            if leading.get(item.pk) in gone:
                item.changed[name], emptied[item.pk] = None, item
    return emptied


def _ids(work: Work, column: MirrorColumn, keys: Keys) -> dict[str, str | None]:
    if column.to is None or not keys:
        return {}
    rows = rows_on_primary(column.to).filter(pk__in=keys).values_list("pk", "zoho_id")
    return {str(key): zoho_id for key, zoho_id in rows}


def _put(values: dict[str, Any], column: MirrorColumn, ids: dict[str, str | None]) -> str:
    """Replace a row in a lookup by its id in Zoho; return the row's reference if it has none."""
    key = row_of(values.get(column.zoho_name))
    if not key or column.to is None:
        return ""
    zoho_id = ids.get(key)
    if key in ids and not zoho_id:
        return row_reference(options_of(column.to).module, key)
    values[column.zoho_name] = column.write(zoho_id) if zoho_id else None
    return ""


def _save(work: Work, items: Sequence[OutboxItem]) -> None:
    """Write changes with lookups, those that have to wait included."""
    if not items:
        return
    waiting = [item for item in items if item.waits_for]
    references = [item.waits_for for item in waiting]

    def write(columns: object) -> None:
        absent = _locked_absent(references)
        for item, row in zip(waiting, references, strict=True):
            if row in absent:
                item.waits_for = row
            else:
                item.waits_for, item.error, item.due = "", "", timezone.now()
        _wait(work, [item for item in waiting if item.waits_for])
        fields = ["state", "error", "due", "waits_for", "changed", "base"]
        saving.update_all(without_dropped(items), fields)

    work.write(write)


def _locked_absent(references: Collection[str]) -> set[str]:
    """Lock rows, and return those that still have no id in Zoho.

    Who sets their ids, or deletes them, releases the changes that wait by then.
    """
    models = mirrored_models()
    absent: set[str] = set()
    for module, keys in sorted(keys_by_module(references).items()):
        rows = rows_on_primary(models[module]).filter(pk__in=keys)
        absent |= {row_reference(module, str(row.pk)) for row in locked(rows) if not row.zoho_id}
    return absent


def _wait(work: Work, items: Sequence[OutboxItem]) -> None:
    if not items:
        return
    parents = keys_by_module(item.waits_for for item in items)
    creations = OutboxItem.objects.creations().filter(
        connection=work.connection,
        module__in=list(parents),
        object_id__in=set().union(*parents.values()),
    )
    coming = {
        row_reference(module, key): state
        for module, key, state in creations.values_list("module", "object_id", "state")
    }
    later = timezone.now() + WAIT
    for item in items:
        state = coming.get(item.waits_for)
        if state is None:
            item.state = OutboxItem.State.DEAD
            item.error = f"{item.waits_for} is not in Zoho, and nothing is to create it there."
        else:
            given_up = ", which was given up" if state == OutboxItem.State.DEAD else ""
            item.error = f"Waits for {item.waits_for}{given_up}."
            item.due = later


def release(connection_id: int, module: str, keys: Collection[str], using: str) -> None:
    """Make changes due that waited for rows which have got their ids, or were deleted."""
    children = [
        options_of(model).module
        for model in mirrored_models().values()
        if any(
            column.to is not None and options_of(column.to).module == module
            for column in columns_of(model)
        )
    ]
    if not children:
        return
    waiting = (
        OutboxItem.objects.using(using)
        .open()
        .filter(
            connection=connection_id,
            module__in=children,
            waits_for__in=[row_reference(module, key) for key in keys],
        )
    )
    modules = dict(waiting.values_list("pk", "module"))
    for child in set(modules.values()):
        wake(connection_id, child)
    update_by_key(waiting, modules.keys(), due=timezone.now(), waits_for="", error="")
