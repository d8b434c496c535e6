"""Puts local changes into the outbox, in the transaction that saves or deletes the row.

`MirrorModel.save_base` and the `pre_delete` signal call this module. So it captures changes by the
admin, forms, REST framework, `create()`, `get_or_create()` and cascades. It does not capture what
Django writes without an instance: `QuerySet.update()`, `bulk_create()`, `bulk_update()`, raw SQL
and fixtures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

from django.apps import apps
from django.db import IntegrityError, connections, models, transaction
from django.utils import timezone

from ...clients import default_connection
from ...exceptions import NotConnected
from ...models import Connection
from ..locking import update_in_order
from ..models import MirrorModel, OutboxItem, RecordState
from ..models.loaded import values_of
from ..models.organisations import lock_organisation
from ..options import MirrorOptions, lookups_to, options_of
from ..values import MirrorColumn, columns_of
from .connection_deletion import goes_with_connection, on_connection_delete
from .items import build_creation, build_item, pushed_columns, set_changes, store_item
from .references import release
from .serializers import ids_of, serialize_former
from .suppression import is_push_off

TIME = "Modified_Time"


@contextmanager
def capture_changes(row: MirrorModel, using: str, only: frozenset[str] | None) -> Iterator[None]:
    """Put the changes that this block saves into the outbox.

    `only` are the names of the saved fields; None means all. The former values are the loaded ones;
    columns that were not loaded are read from the database. Raises NotConnected for a new row that
    has no connection if the site has no default one, or whose connection has just been deleted;
    ConfigurationError for a change of a row without an organisation.
    """
    if row._state.adding and not row.connection_id:
        row.connection = _find_default_connection(row)
    options = options_of(cast("type[MirrorModel]", row._meta.concrete_model))
    columns = [] if is_push_off() else _select_columns(options, row, only)
    try:
        with transaction.atomic(using=using):
            if row._state.adding and not row.zoho_organisation:
                row.zoho_organisation = lock_organisation(row.connection_id, using)
            before = _read_former_values(row, using, columns) if columns else {}
            yield
            if columns:
                _store_change(options, row, using, columns, before)
    except IntegrityError as error:
        if not connections[using].needs_rollback and not _has_connection(row, using):
            raise NotConnected(
                f"The connection of this {type(row).__name__} has been deleted in the meantime, "
                "and its rows with it."
            ) from error
        raise
    _remember(row, using, only)


def _has_connection(row: MirrorModel, using: str) -> bool:
    return Connection.objects.using(using).filter(pk=row.connection_id).exists()


def _find_default_connection(row: MirrorModel) -> Connection:
    try:
        return default_connection()
    except NotConnected as error:
        name = type(row).__name__
        error_with_owner = NotConnected(
            f"A new row of {name} needs a connection: pass {name}(connection=...), such as that "
            f"of django_zcrm.owners.connection_in_use(owner). Without one: {error}"
        )
        error_with_owner.owner = error.owner
        raise error_with_owner from error


def _select_columns(
    options: MirrorOptions, row: MirrorModel, only: frozenset[str] | None
) -> list[MirrorColumn]:
    names = {field.name: field.attname for field in row._meta.concrete_fields}
    saved = None if only is None else {names.get(name, name) for name in only}
    return [
        column for column in pushed_columns(options) if saved is None or column.attribute in saved
    ]


def _read_former_values(
    row: MirrorModel, using: str, columns: list[MirrorColumn]
) -> dict[str, Any] | None:
    """Return the former values of the columns, and `zoho_id`; None for a new row."""
    if row._state.adding and row.pk is None:
        return None
    names = [column.attribute for column in columns]
    # The database computes values from the stored ones, which the mirror may have written since.
    usable = values_of(row, names).keys() & row.loaded_values.keys()
    loaded_values = {name: row.loaded_values[name] for name in usable}
    missing = [name for name in names if name not in loaded_values]
    if missing or row._state.adding or not row.zoho_id:
        rows = type(row)._base_manager.using(using).filter(pk=row.pk)
        own = ("zoho_id", "zoho_organisation")
        stored = rows.select_for_update().values(*own, *missing).first()
        if stored is None:
            return None
        # A new instance may have the key of a stored row.
        row.zoho_organisation = stored["zoho_organisation"]
        return {**stored, **loaded_values}
    return {"zoho_id": row.zoho_id} | loaded_values


def _store_change(
    options: MirrorOptions,
    row: MirrorModel,
    using: str,
    columns: list[MirrorColumn],
    before: Mapping[str, Any] | None,
) -> None:
    zoho_id = row.zoho_id if before is None else before["zoho_id"]
    if before is None and zoho_id:
        return  # the record is in Zoho already
    if not zoho_id and (before is None or not _is_creation_stored(options, row, using)):
        after = _read_present_values(row, using, columns_of(options.model))
        store_creation(options, row, using, after)
        return
    after = _read_present_values(row, using, columns)
    former = before or {}
    changed = [
        column
        for column in columns
        if column.to is None or former.get(column.attribute) != after.get(column.attribute)
    ]
    ids = ids_of(changed, [former, after], using)
    item = build_item(options, row, OutboxItem.Operation.UPDATE, zoho_id or "")
    set_changes(item, options, changed, former, after, ids)
    if item.changed:
        store_item(item, using)


def store_creation(
    options: MirrorOptions, row: MirrorModel, using: str, after: Mapping[str, Any]
) -> None:
    """Put the creation of a row into the outbox; `after` are the values of its columns."""
    item = build_creation(options, row, after, ids_of(columns_of(options.model), [after], using))
    store_item(item, using)


def _is_creation_stored(options: MirrorOptions, row: MirrorModel, using: str) -> bool:
    """Whether the outbox has the creation of a row that is not in Zoho."""
    creations = OutboxItem.objects.using(using).creations()
    return creations.filter(
        connection_id=row.connection_id, module=options.module, object_id=str(row.pk)
    ).exists()


def _read_present_values(row: MirrorModel, using: str, columns: Any) -> dict[str, Any]:
    """Return the current values of the columns, with those that the database computed."""
    names = [column.attribute for column in columns]
    after = values_of(row, names)
    computed = [name for name in names if name not in after]
    if computed:
        rows = type(row)._base_manager.using(using).filter(pk=row.pk)
        after |= rows.values(*computed).first() or {}
    return after


def _remember(row: MirrorModel, using: str, only: frozenset[str] | None) -> None:
    """Remember the saved values as the loaded ones, after the commit."""
    fields = [
        field
        for field in row._meta.concrete_fields
        if only is None or {field.name, field.attname} & only
    ]
    saved = values_of(row, [field.attname for field in fields])
    # If the transaction is rolled back, the values that were just written are unknown. The others
    # stay: another save in the transaction must not write them.
    for name in [field.attname for field in fields]:
        loaded = row.loaded_values
        if name in loaded and (name not in saved or saved[name] != loaded[name]):
            del loaded[name]
    # A row never changes its connection, so this need not wait for the commit.
    if "connection_id" in row.__dict__:
        row.loaded_values["connection_id"] = row.connection_id
    database = connections[using]
    if database.in_atomic_block or database.get_autocommit():  # else no commit is reported
        row.saved_values.append(saved)
        database.on_commit(partial(_confirm, row, saved))


def _confirm(row: MirrorModel, saved: Mapping[str, Any]) -> None:
    row.loaded_values.update(saved)
    row.saved_values.clear()


# Deletions


def connect() -> None:
    """Connect the receivers that put deletions into the outbox."""
    models.signals.pre_delete.connect(
        on_connection_delete, Connection, dispatch_uid="zcrm_mirror.leaving"
    )
    for model in apps.get_models():
        if issubclass(model, MirrorModel):
            models.signals.pre_delete.connect(
                _capture_deletion, model, dispatch_uid="zcrm_mirror.deleted"
            )
            models.signals.post_delete.connect(
                _release_waiting, model, dispatch_uid="zcrm_mirror.gone"
            )


def _capture_deletion(instance: MirrorModel, using: str, origin: Any = None, **kwargs: Any) -> None:
    if goes_with_connection(instance, origin, using):
        return
    _forget_times_of_children(instance, using)
    options = options_of(cast("type[MirrorModel]", instance._meta.concrete_model))
    if not options.push or is_push_off():
        return
    before = values_of(instance) | instance.loaded_values
    if origin is instance or not before.get("zoho_id"):
        # The instance may be older than the row; a query set has just read its instances.
        before |= _read_row(instance, using)
    if before.get("zoho_state", instance.zoho_state) == RecordState.DELETED:
        return
    organisation = before.get("zoho_organisation") or instance.zoho_organisation
    if not organisation:
        return  # nobody saw the row, and its record may be another organisation's
    instance.zoho_organisation = organisation
    if not before.get("zoho_id"):
        earlier = OutboxItem.objects.using(using).filter(
            connection_id=instance.connection_id, module=options.module, object_id=str(instance.pk)
        )
        is_open = earlier.open().exists()
        if not is_open:  # a worker may have stored the id in the meantime
            before |= _read_row(instance, using)
        if not is_open and not before.get("zoho_id"):
            # The row was never in Zoho, so its failed changes are done.
            failed = earlier.filter(state=OutboxItem.State.FAILED, zoho_id="")
            failed.update(state=OutboxItem.State.DONE, error="", done_at=timezone.now())
            return
    item = build_item(options, instance, OutboxItem.Operation.DELETE, before.get("zoho_id") or "")
    if item.zoho_id:
        columns = columns_of(options.model)
        ids = ids_of(columns, [before], using)
        item.base = {
            column.zoho_name: serialize_former(
                options.model, column, before.get(column.attribute), ids, item.connection_id
            )
            for column in columns
        }
        if time := before.get("zoho_modified_time"):
            item.base[TIME] = time.isoformat()
    store_item(item, using)


def _read_row(instance: MirrorModel, using: str) -> dict[str, Any]:
    rows = type(instance)._base_manager.using(using).filter(pk=instance.pk)
    return rows.values().first() or {}


def _forget_times_of_children(row: MirrorModel, using: str) -> None:
    """Remove the times of the rows with lookups to a row that is about to be deleted here.

    Django may clear these lookups. If Zoho restores the record, it shows the lookups again, but
    their records keep their Modified_Time. So the next comparison of all ids has to read them. One
    query for each foreign key.
    """
    for model, field in lookups_to(cast("type[MirrorModel]", row._meta.concrete_model)):
        children = model._base_manager.using(using).filter(**{field.name: row.pk})
        update_in_order(children.exclude(zoho_id=None), zoho_modified_time=None)


def _release_waiting(instance: MirrorModel, using: str, origin: Any = None, **kwargs: Any) -> None:
    if goes_with_connection(instance, origin, using):
        return  # the changes that wait for it are deleted with the connection, too
    options = options_of(cast("type[MirrorModel]", instance._meta.concrete_model))
    release(instance.connection_id, options.module, [str(instance.pk)], using)
