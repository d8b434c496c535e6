"""`Model.objects.push(...)`: updates many rows, and sends the changes to Zoho."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models, router, transaction

from ...exceptions import ConfigurationError
from ..locking import locked, update_by_key
from ..models import MirroredRowQuerySet, MirrorModel, OutboxItem
from ..models.base import OWN_COLUMNS
from ..options import MirrorOptions, options_of
from ..runners.wake import wake
from ..values import MirrorColumn
from .capture import created, item_for, note_changes, pushed_columns
from .serializers import ids_of
from .suppression import is_push_off

ROWS = 500
"""Rows that are locked, updated and noted at once."""


def push(rows: MirroredRowQuerySet[Any], values: Mapping[str, Any]) -> int:
    """Update rows, and put the changed columns into the outbox; return the number of rows."""
    model = rows.model._meta.concrete_model
    if not issubclass(model, MirrorModel) or not options_of(model).push:
        raise ConfigurationError(
            f"{rows.model.__name__} sends no changes to Zoho: name fields in Zoho.push, or use "
            "update()."
        )
    if rows.query.is_sliced:
        raise TypeError("Cannot push once a slice has been taken.")
    options, count = options_of(model), 0
    using = rows._db or router.db_for_write(model)  # type: ignore[attr-defined]
    fields = {model._meta.get_field(name).attname for name in values}
    columns = [column for column in pushed_columns(options) if column.attribute in fields]
    sent = {column.attribute for column in columns}
    # Columns of one's own may go along, but not alone. Those of the mirror may not, nor those of
    # Zoho's fields that are not sent: they would hold a value until the record is read again.
    read = {model._meta.get_field(name).attname for name in options.fields}
    kept = OWN_COLUMNS | {"connection_id", model._meta.pk.attname} | read - sent
    if refused := fields & kept or (fields if not sent else set()):
        raise ConfigurationError(
            f"{rows.model.__name__}.objects.push(): {', '.join(sorted(refused))} would not reach "
            "Zoho. Name it in Zoho.push if it is a field of Zoho's, or use update()."
        )
    with transaction.atomic(using=using):
        keys = list(rows.using(using).order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(keys), ROWS):
            part = model._base_manager.using(using).filter(pk__in=keys[start : start + ROWS])
            count += _push(part, values, options, columns)
    return count


def _push(
    part: models.QuerySet[Any],
    values: Mapping[str, Any],
    options: MirrorOptions,
    columns: list[MirrorColumn],
) -> int:
    before = {row.pk: row for row in locked(part)}
    count = update_by_key(part, before.keys(), **values)
    if is_push_off() or not columns:
        return count
    names = [column.attribute for column in columns]
    after = {row["pk"]: row for row in part.values("pk", *names)}
    ids = ids_of(columns, [*after.values(), *(row.__dict__ for row in before.values())], part.db)
    new = [str(key) for key, row in before.items() if not row.zoho_id]
    creations = OutboxItem.objects.using(part.db).creations()
    known = creations.filter(module=options.module, object_id__in=new)
    on_their_way = set(known.values_list("object_id", flat=True)) if new else set()
    items = []
    for key, row in before.items():
        if key not in after:
            continue
        if not row.zoho_id and str(key) not in on_their_way:
            items.append(created(options, row, row.__dict__ | after[key], ids))
            continue
        item = item_for(options, row, OutboxItem.Operation.UPDATE, row.zoho_id or "")
        note_changes(item, options, columns, row.__dict__, after[key], ids)
        if item.changed:
            items.append(item)
    OutboxItem.objects.using(part.db).bulk_create(items)
    for connection_id in {item.connection_id for item in items}:
        wake(connection_id, options.module)
    return count
