"""Inserts the records of an initial sync that have no rows yet, without looking at each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.db.models import Q
from django.utils import timezone

from ..models import Connection
from ..reasons import Reason
from .conversion import convert_record, modified_time_of
from .insertion import insert_values
from .models import OutboxItem
from .models.organisations import organisation_of
from .outbox.incoming import CLOCKS_DIFFER
from .relations import Links, find_related_rows, link_new_rows, store_pending
from .signals import record_synced
from .stored import Unstorable
from .targets import MirrorTarget

Records = Sequence[Mapping[str, Any]]


@dataclass
class InsertedRecords:
    """How many records were inserted, and by id why some could not be stored."""

    count: int = 0
    problems: dict[str, Reason] = field(default_factory=dict)


def insert_new(
    target: MirrorTarget, connection: Connection, records: Records, read_at: datetime | None
) -> InsertedRecords | None:
    """Insert records; return None, and insert nothing, unless this is all that has to be done.

    That is the case if one of them has a row, if local changes could concern them, if receivers
    need an instance for each, or if the database refuses one. Call it within a transaction.
    """
    if record_synced.has_listeners(target.model):
        return None
    ids = [str(record["id"]) for record in records]
    if target.all_rows(connection.pk).filter(zoho_id__in=ids).exists():
        return None
    # The outbox is read last: it has the deletion of every row that was not found above.
    if _has_local_changes(target, connection, ids, read_at):
        return None
    links = find_related_rows(target, connection, records)
    inserted, rows = InsertedRecords(), []
    for zoho_id, record in zip(ids, records, strict=True):
        try:
            row = convert_record(target, record, links)
            row["zoho_modified_time"] = modified_time_of(record)
        except Unstorable as problem:
            inserted.problems[zoho_id] = problem.why
        else:
            row["zoho_id"] = zoho_id
            rows.append(row)
    shared = {
        "connection_id": connection.pk,
        "zoho_organisation": organisation_of(connection),
        "synced_at": timezone.now(),
    }
    if target.options is None:
        shared["module"] = target.module
    if rows and not insert_values(target.model, rows, shared):
        return None
    _link(target, connection, links, rows)
    inserted.count = len(rows)
    return inserted


def _has_local_changes(
    target: MirrorTarget, connection: Connection, ids: Sequence[str], read_at: datetime | None
) -> bool:
    """Whether there are changes that Zoho does not have, or exported records were deleted here."""
    if target.options is None or not target.options.push:
        return False
    state = Q(state__in=OutboxItem.OPEN)
    if read_at is not None:
        done = Q(state=OutboxItem.State.DONE, done_at__gte=read_at - CLOCKS_DIFFER)
        state |= done & Q(operation=OutboxItem.Operation.DELETE, zoho_id__in=ids)
    return OutboxItem.objects.of(connection, target.module).filter(state).exists()


def _link(
    target: MirrorTarget, connection: Connection, links: Links, rows: Sequence[dict[str, Any]]
) -> None:
    """Store the lookups to records without a row, and set those that waited for these rows."""
    to = [column.attribute for column in target.columns if column.to is not None]
    empty = {
        row["zoho_id"]: row
        for row in rows
        if any(
            row.get(name) is None and links.lookup_ids.get((row["zoho_id"], name)) for name in to
        )
    }
    if empty:
        keys = target.rows(connection).filter(zoho_id__in=list(empty)).values_list("zoho_id", "pk")
        without = dict.fromkeys(to)
        new = [SimpleNamespace(**{**without, **empty[zoho_id], "pk": key}) for zoho_id, key in keys]
        store_pending(target, connection, links, new, (), ())
    link_new_rows(target, connection, [row["zoho_id"] for row in rows])
