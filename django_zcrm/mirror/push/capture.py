"""Puts what is saved or deleted here into the outbox, in the same transaction.

`MirrorModel.save_base` and the signal of a deletion lead here. So admin, forms, REST framework,
`create()`, `get_or_create()` and cascades pass, and what Django writes without an instance does
not: `QuerySet.update()`, `bulk_create()`, `bulk_update()`, raw SQL, fixtures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, cast
from uuid import uuid4

from django.db import IntegrityError, connections, models, transaction
from django.utils import timezone

from ...clients import default_connection
from ...exceptions import NotConnected
from ...models import Connection
from ..models import MirrorModel, OutboxItem, RecordState
from ..models.loaded import values_of
from ..options import MirrorOptions, options_of
from ..runners.wake import wake
from ..values import MirrorColumn, columns_of
from .connection_deletion import goes_with_connection, on_connection_delete
from .references import release
from .serializers import Ids, ids_of, serialize
from .suppression import is_push_off

TIME = "Modified_Time"


@contextmanager
def saving(row: MirrorModel, using: str, only: frozenset[str] | None) -> Iterator[None]:
    """Put what is saved in this block into the outbox; `only` are the saved fields, if not all.

    The values before are those that were loaded; what was not, is read. Raises NotConnected for a
    new row without a connection when the site has none, or whose connection has just been deleted.
    """
    if row._state.adding and not row.connection_id:
        row.connection = _default_for(row)
    options = options_of(cast("type[MirrorModel]", row._meta.concrete_model))
    columns = [] if is_push_off() else _saved(options, row, only)
    try:
        with transaction.atomic(using=using):
            before = _before(row, using, columns) if columns else {}
            yield
            if columns:
                _note(options, row, using, columns, before)
    except IntegrityError as error:
        if not connections[using].needs_rollback and not _has_connection(row, using):
            raise NotConnected(
                f"The connection of this {type(row).__name__} has been deleted meanwhile, and its "
                "rows with it."
            ) from error
        raise
    _remember(row, using, only)


def _has_connection(row: MirrorModel, using: str) -> bool:
    return Connection.objects.using(using).filter(pk=row.connection_id).exists()


def _default_for(row: MirrorModel) -> Connection:
    try:
        return default_connection()
    except NotConnected as error:
        name = type(row).__name__
        named = NotConnected(
            f"A new row of {name} needs a connection: pass {name}(connection=...), such as that "
            f"of django_zcrm.owners.connection_in_use(owner). Without one: {error}"
        )
        named.owner = error.owner
        raise named from error


def pushed_columns(options: MirrorOptions) -> list[MirrorColumn]:
    """Return the columns of a model whose changes are sent."""
    names = set(options.pushed.values())
    return [column for column in columns_of(options.model) if column.zoho_name in names]


def _saved(
    options: MirrorOptions, row: MirrorModel, only: frozenset[str] | None
) -> list[MirrorColumn]:
    names = {field.name: field.attname for field in row._meta.concrete_fields}
    saved = None if only is None else {names.get(name, name) for name in only}
    return [
        column for column in pushed_columns(options) if saved is None or column.attribute in saved
    ]


def _before(row: MirrorModel, using: str, columns: list[MirrorColumn]) -> dict[str, Any] | None:
    """Return the stored values of the columns, and of `zoho_id`; None for a new row."""
    if row._state.adding and row.pk is None:
        return None
    names = [column.attribute for column in columns]
    known = {name: row.loaded_values[name] for name in names if name in row.loaded_values}
    missing = [name for name in names if name not in known]
    if missing or row._state.adding or not row.zoho_id:
        rows = type(row)._base_manager.using(using).filter(pk=row.pk)
        stored = rows.select_for_update().values("zoho_id", *missing).first()
        if stored is None:
            return None
        return {**stored, **known}
    return {"zoho_id": row.zoho_id} | known


def _note(
    options: MirrorOptions,
    row: MirrorModel,
    using: str,
    columns: list[MirrorColumn],
    before: Mapping[str, Any] | None,
) -> None:
    zoho_id = row.zoho_id if before is None else before["zoho_id"]
    if before is None and zoho_id:
        return  # a row for a record that is in Zoho already
    if not zoho_id and (before is None or not _is_known(options, row, using)):
        after = _present_values(row, using, columns_of(options.model))
        create(options, row, using, after)
        return
    after = _present_values(row, using, columns)
    ids = ids_of(columns, [before or {}, after], using)
    item = item_for(options, row, OutboxItem.Operation.UPDATE, zoho_id or "")
    note_changes(item, options, columns, before or {}, after, ids)
    if item.changed:
        _put(item, using)


def note_changes(
    item: OutboxItem,
    options: MirrorOptions,
    columns: list[MirrorColumn],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    ids: Ids,
) -> None:
    """Set the changed columns of an unsaved item."""
    for column in columns:
        new = serialize(options.model, column, after.get(column.attribute), ids)
        old = serialize(options.model, column, before.get(column.attribute), ids)
        if new != old:
            item.changed[column.zoho_name], item.base[column.zoho_name] = new, old


def create(options: MirrorOptions, row: MirrorModel, using: str, after: Mapping[str, Any]) -> None:
    """Put the creation of a row into the outbox; `after` are its columns."""
    item = created(options, row, after, ids_of(columns_of(options.model), [after], using))
    _put(item, using)


def created(
    options: MirrorOptions, row: MirrorModel, after: Mapping[str, Any], ids: Any
) -> OutboxItem:
    """Return the item that creates a row's record, unsaved."""
    item = item_for(options, row, OutboxItem.Operation.CREATE, "")
    names = {*options.pushed.values(), options.match_on}
    for column in columns_of(options.model):
        if column.zoho_name in names:
            value = serialize(options.model, column, after.get(column.attribute), ids)
            if value is not None:
                item.changed[column.zoho_name] = value
    if options.match_on in options.fields.values():
        item.match_value = str(item.changed.get(options.match_on, ""))
    elif options.match_on:
        item.match_value = uuid4().hex
    return item


def item_for(options: MirrorOptions, row: MirrorModel, operation: str, zoho_id: str) -> OutboxItem:
    """Return an item for a row, unsaved."""
    return OutboxItem(
        connection_id=row.connection_id,
        module=options.module,
        object_id=str(row.pk),
        zoho_id=zoho_id,
        operation=operation,
    )


def _put(item: OutboxItem, using: str) -> None:
    item.save(using=using, force_insert=True)
    wake(item.connection_id, item.module)


def _is_known(options: MirrorOptions, row: MirrorModel, using: str) -> bool:
    """Whether the creation of a row that is not in Zoho is in the outbox."""
    creations = OutboxItem.objects.using(using).creations()
    return creations.filter(
        connection_id=row.connection_id, module=options.module, object_id=str(row.pk)
    ).exists()


def _present_values(row: MirrorModel, using: str, columns: Any) -> dict[str, Any]:
    """Return the present values of the columns; those that the database computed are read."""
    names = [column.attribute for column in columns]
    after = values_of(row, names)
    computed = [name for name in names if name not in after]
    if computed:
        rows = type(row)._base_manager.using(using).filter(pk=row.pk)
        after |= rows.values(*computed).first() or {}
    return after


def _remember(row: MirrorModel, using: str, only: frozenset[str] | None) -> None:
    """Remember the saved values as the stored ones, after the commit."""
    fields = [
        field
        for field in row._meta.concrete_fields
        if only is None or {field.name, field.attname} & only
    ]
    saved = values_of(row, [field.attname for field in fields])
    for field in fields:
        row.loaded_values.pop(field.attname, None)
    database = connections[using]
    if database.in_atomic_block or database.get_autocommit():  # or nobody tells of the commit
        database.on_commit(partial(row.loaded_values.update, saved))


# Deletions


def connect() -> None:
    """Connect the receivers that put deletions into the outbox."""
    from django.apps import apps

    models.signals.pre_delete.connect(
        on_connection_delete, Connection, dispatch_uid="zcrm_mirror.leaving"
    )
    for model in apps.get_models():
        if issubclass(model, MirrorModel):
            models.signals.pre_delete.connect(_deleted, model, dispatch_uid="zcrm_mirror.deleted")
            models.signals.post_delete.connect(
                _release_waiting, model, dispatch_uid="zcrm_mirror.gone"
            )


def _deleted(instance: MirrorModel, using: str, origin: Any = None, **kwargs: Any) -> None:
    if goes_with_connection(instance, origin, using):
        return
    options = options_of(cast("type[MirrorModel]", instance._meta.concrete_model))
    if not options.push or is_push_off() or instance.zoho_state == RecordState.DELETED:
        return
    earlier = OutboxItem.objects.using(using).filter(
        connection_id=instance.connection_id, module=options.module, object_id=str(instance.pk)
    )
    before = values_of(instance) | instance.loaded_values
    if origin is instance or not before.get("zoho_id"):
        # What is deleted is the row as it is now; with a query set it was read a moment ago.
        rows = type(instance)._base_manager.using(using).filter(pk=instance.pk)
        before |= rows.values().first() or {}
    if not before.get("zoho_id") and not earlier.open().exists():
        # Nothing is left of what was refused.
        refused = earlier.filter(state=OutboxItem.State.DEAD, zoho_id="")
        refused.update(state=OutboxItem.State.DONE, error="", done_at=timezone.now())
        return
    item = item_for(options, instance, OutboxItem.Operation.DELETE, before.get("zoho_id") or "")
    if item.zoho_id:
        columns = columns_of(options.model)
        ids = ids_of(columns, [before], using)
        item.base = {
            column.zoho_name: serialize(options.model, column, before.get(column.attribute), ids)
            for column in columns
        }
        if time := before.get("zoho_modified_time"):
            item.base[TIME] = time.isoformat()
    _put(item, using)


def _release_waiting(instance: MirrorModel, using: str, origin: Any = None, **kwargs: Any) -> None:
    if goes_with_connection(instance, origin, using):
        return  # what waits for it goes, too
    options = options_of(cast("type[MirrorModel]", instance._meta.concrete_model))
    release(instance.connection_id, options.module, [str(instance.pk)], using)
