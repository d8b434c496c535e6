"""Builds and stores outbox items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from ...exceptions import ConfigurationError
from ..models import MirrorModel, OutboxItem, OutboxQuerySet
from ..models.organisations import lock_organisation
from ..options import MirrorOptions
from ..statements import insert_row
from ..values import MirrorColumn, columns_of
from ..wake import wake
from .serializers import ReferencedIds, serialize, serialize_former


def pushed_columns(options: MirrorOptions) -> list[MirrorColumn]:
    """Return the columns of a model whose changes are sent."""
    names = set(options.pushed.values())
    return [column for column in columns_of(options.model) if column.zoho_name in names]


def build_creation(
    options: MirrorOptions, row: MirrorModel, after: Mapping[str, Any], ids: Any
) -> OutboxItem:
    """Return an unsaved item that creates a row's record."""
    item = build_item(options, row, OutboxItem.Operation.CREATE, "")
    names = {*options.pushed.values(), options.match_on}
    for column in columns_of(options.model):
        if column.zoho_name in names:
            value = serialize(
                options.model, column, after.get(column.attribute), ids, item.connection_id
            )
            if value is not None:
                item.changed[column.zoho_name] = value
    if options.match_on in options.fields.values():
        item.match_value = str(item.changed.get(options.match_on, ""))
    elif options.match_on:
        item.match_value = uuid4().hex
    return item


def build_item(
    options: MirrorOptions, row: MirrorModel, operation: str, zoho_id: str
) -> OutboxItem:
    """Return an unsaved item for a row."""
    return OutboxItem(
        connection_id=row.connection_id,
        organisation_id=row.zoho_organisation,
        module=options.module,
        object_id=str(row.pk),
        zoho_id=zoho_id,
        operation=operation,
    )


def yield_to_later(later: OutboxQuerySet, values: dict[str, Any], base: dict[str, Any]) -> None:
    """Remove from `values` what later changes of the row replace; those get its former values.

    Call it before `values` are stored as a change of their own: it would be newer than they are.
    """
    for change in later.order_by("pk"):
        if names := values.keys() & change.changed.keys():
            change.base |= {name: base.pop(name, None) for name in names}
            change.save(update_fields=["base"])
            for name in names:
                del values[name]


def set_changes(
    item: OutboxItem,
    options: MirrorOptions,
    columns: list[MirrorColumn],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    ids: ReferencedIds,
) -> None:
    """Set the changed columns of an unsaved item."""
    for column in columns:
        new, old = after.get(column.attribute), before.get(column.attribute)
        if column.to is not None and new == old:
            continue
        new = serialize(options.model, column, new, ids, item.connection_id)
        old = serialize_former(options.model, column, old, ids, item.connection_id)
        if new != old:
            item.changed[column.zoho_name], item.base[column.zoho_name] = new, old


def check_organisation(item: OutboxItem, using: str) -> None:
    """Raise ConfigurationError for an item without an organisation, which no worker would send.

    Its row was not written by `save()` or `bulk_create()`. If the connection was deleted, the
    foreign key fails instead.
    """
    if not item.organisation_id and lock_organisation(item.connection_id, using):
        raise ConfigurationError(
            f"Row {item.object_id} of {item.module} has no zoho_organisation, so its changes "
            "cannot be sent: set the column where the row is loaded or inserted."
        )


def store_item(item: OutboxItem, using: str) -> None:
    """Put an item into the outbox, and trigger a worker."""
    check_organisation(item, using)
    columns = [field for field in OutboxItem._meta.concrete_fields if not field.primary_key]
    values = {field.attname: field.pre_save(item, add=True) for field in columns}
    insert_row(OutboxItem, values, using)
    wake(item.connection_id, item.module)
