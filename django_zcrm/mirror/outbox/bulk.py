"""`Model.objects.push(...)`: updates many rows, and puts the changes into the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models, router, transaction

from ...exceptions import ConfigurationError
from ..locking import lock_rows, update_by_key
from ..models import MirroredRowQuerySet, MirrorModel, OutboxItem
from ..models.changed_columns import OWN_COLUMNS
from ..models.foreign_keys import check_update
from ..models.primary import rows_on
from ..options import MirrorOptions, options_of
from ..values import MirrorColumn
from ..wake import wake
from .items import build_creation, build_item, check_organisation, pushed_columns, set_changes
from .serializers import ids_of
from .suppression import is_push_off

ROWS = 500
"""Rows that are locked and updated at once."""


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
    pushed_names = {column.attribute for column in columns}
    # Columns that Zoho does not have may be set together with pushed ones, but not alone. Columns
    # of the mirror, and of Zoho's fields that are not pushed, may not be set: the next sync of the
    # record would overwrite them.
    read = {model._meta.get_field(name).attname for name in options.fields}
    protected = OWN_COLUMNS | {"connection_id", model._meta.pk.attname} | read - pushed_names
    if refused := fields & protected or (fields if not pushed_names else set()):
        raise ConfigurationError(
            f"{rows.model.__name__}.objects.push(): {', '.join(sorted(refused))} would not reach "
            "Zoho. Name it in Zoho.push if it is a field of Zoho's, or use update()."
        )
    with transaction.atomic(using=using):
        keys = _lock_matching(rows.using(using).order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(keys), ROWS):
            part = rows_on(model, using).filter(pk__in=keys[start : start + ROWS])
            count += _push(part, values, options, columns)
    return count


def _lock_matching(selected: models.QuerySet[Any]) -> list[Any]:
    """Lock the selected rows, and return the keys of those that are still selected after that.

    Another transaction may have changed rows before they were locked.
    """
    keys, rows = list(selected), rows_on(selected.model, selected.db)
    for start in range(0, len(keys), ROWS):
        lock_rows(rows.filter(pk__in=keys[start : start + ROWS]))
    return sorted({*keys}.intersection(selected.all())) if keys else []


def _push(
    part: models.QuerySet[Any],
    values: Mapping[str, Any],
    options: MirrorOptions,
    columns: list[MirrorColumn],
) -> int:
    before = {row.pk: row for row in lock_rows(part)}
    check_update(part, values)
    count = update_by_key(part, before.keys(), **values)
    if is_push_off() or not columns:
        return count
    names = [column.attribute for column in columns]
    after = {row["pk"]: row for row in part.values("pk", *names)}
    ids = ids_of(columns, [*after.values(), *(row.__dict__ for row in before.values())], part.db)
    new = [str(key) for key, row in before.items() if not row.zoho_id]
    creations = OutboxItem.objects.using(part.db).creations()
    stored = creations.filter(module=options.module, object_id__in=new)
    with_creation = set(stored.values_list("object_id", flat=True)) if new else set()
    items = []
    for key, row in before.items():
        if key not in after:
            continue
        if not row.zoho_id and str(key) not in with_creation:
            items.append(build_creation(options, row, row.__dict__ | after[key], ids))
            continue
        item = build_item(options, row, OutboxItem.Operation.UPDATE, row.zoho_id or "")
        set_changes(item, options, columns, row.__dict__, after[key], ids)
        if item.changed:
            items.append(item)
    for item in items:
        check_organisation(item, part.db)
    OutboxItem.objects.using(part.db).bulk_create(items)
    for connection_id in {item.connection_id for item in items}:
        wake(connection_id, options.module)
    return count
