"""Compares records that are read from Zoho with the changes in the outbox."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from ...models import Connection
from ...reasons import join_reasons, reason
from ...zoho.text import one_line, storable_text
from ..locking import lock_rows, update_by_key
from ..models import OutboxItem, OutboxQuerySet
from ..models.outbox import fetch_changes
from ..planning.conflicts import is_held
from ..statements import Parameter, Select, compiled, numbered, parameters, size_of
from ..stored import moment_or_none
from ..targets import MirrorTarget
from .serializers import serialize_record

logger = logging.getLogger("django_zcrm.mirror")

MARGIN = timedelta(minutes=10)
"""The search for created records starts so long before the request, as clocks are not exact."""

CLOCKS_DIFFER = timedelta(days=1)
"""A deletion that a worker finished so long before an export was requested is in it."""

Replaced = Mapping[str, tuple[Mapping[str, Any], Collection[str]]]
"""By primary key of the row: the record, and the attributes whose values it replaced."""

SENT = (OutboxItem.State.SENDING, OutboxItem.State.IN_DOUBT)


def match_created(
    target: MirrorTarget, connection: Connection, records: Sequence[Mapping[str, Any]]
) -> None:
    """Set the ids of rows whose creation was sent, if their records are among these.

    The deletion of such a row gets the id as well. So the deletion is sent, and the record does not
    become a new row.
    """
    options = target.options
    if options is None or not options.push:
        return
    raw_values = (record.get(options.match_on) for record in records)
    values = {storable_text(str(value)) for value in raw_values if value}
    key = _select_creations, connection, target.module, size_of(values)
    if creations := fetch_changes(*key, **numbered("value", values)):
        _match_created(target, connection, creations, records)


@compiled
def _select_creations(using: str, size: int) -> Select:
    items = OutboxItem.objects.using(using).of_parameters().open()
    is_alike = Q(match_value__in=parameters("value", size))
    is_alike |= Q(match_value="", sent_at__isnull=False)
    return Select.of(items.filter(is_alike, operation="create", zoho_id="").order_by("pk"))


def find_deleted_here(
    target: MirrorTarget,
    connection: Connection,
    records: Sequence[Mapping[str, Any]],
    rows: Mapping[str, Any],
    read_at: datetime | None,
) -> frozenset[str]:
    """Return the ids of those records whose rows were deleted here, while the record existed.

    `rows` are those of the records, by id: another row may have got a record by its match value.

    The deletion has not reached Zoho yet, or perhaps reached it after an export that was requested
    at `read_at` had read the records. An exported record with a later Modified_Time than the
    deletion was restored since. Because the clocks of workers may be wrong, their times show that
    only if they differ by more than CLOCKS_DIFFER.
    """
    if target.options is None or not target.options.push:
        return frozenset()
    times = {str(record["id"]): moment_or_none(record.get("Modified_Time")) for record in records}
    since = None if read_at is None else read_at - CLOCKS_DIFFER
    select = _select_deleted, connection, target.module, size_of(times), since is not None
    deleted = fetch_changes(*select, since=since, **numbered("id", times))
    return frozenset(
        zoho_id
        for zoho_id, key, state, base in deleted
        if zoho_id not in rows or str(rows[zoho_id].pk) == key
        if state != OutboxItem.State.DONE or not _is_later(times[zoho_id], base)
    )


def _is_later(modified: datetime | None, base: Mapping[str, Any]) -> bool:
    deleted = moment_or_none(base.get("Modified_Time"))
    return modified is not None and deleted is not None and modified > deleted


@compiled
def _select_deleted(using: str, size: int, has_since: bool) -> Select:
    state = Q(state__in=OutboxItem.OPEN)
    if has_since:
        state |= Q(state=OutboxItem.State.DONE, done_at__gte=Parameter("since"))
    items = OutboxItem.objects.using(using).of_parameters().filter(state, operation="delete")
    deleted = items.filter(zoho_id__in=parameters("id", size))
    return Select.of(deleted.values_list("zoho_id", "object_id", "state", "base"))


def _match_created(
    target: MirrorTarget,
    connection: Connection,
    items: Sequence[OutboxItem],
    records: Sequence[Mapping[str, Any]],
) -> None:
    match_on = target.options.match_on if target.options else ""
    rows = target.rows(connection)
    ids = [str(record["id"]) for record in records]
    stored_ids = set(rows.filter(zoho_id__in=ids).values_list("zoho_id", flat=True))
    changes = OutboxItem.objects.of(connection, target.module).open()
    # A record that was deleted here does not become that of a row which was created since.
    deletions = changes.filter(operation="delete", zoho_id__in=ids)
    stored_ids.update(deletions.values_list("zoho_id", flat=True))
    items = _exclude_other_values(target, changes, items)
    keys = [item.object_id for item in items]
    lock_rows(rows.filter(pk__in=keys, zoho_id=None))
    there = {str(key) for key in rows.filter(pk__in=keys).values_list("pk", flat=True)}
    # Of creations with one match value, the record is that of the one that was sent, or the first.
    last_first = sorted(items, key=lambda item: (item.state in SENT, -item.pk))
    by_match = {item.match_value: item for item in last_first if item.match_value}
    # Of deleted rows, only the creations that are being sent, or have not been checked yet.
    unmatched = [
        item
        for item in items
        if not item.match_value and (item.state in SENT or item.object_id in there)
    ]
    # A creation with few values also matches the records of creations with more values.
    unmatched.sort(key=lambda item: (-len(item.changed), item.pk))
    for record in records:
        zoho_id = str(record["id"])
        if zoho_id in stored_ids:
            continue
        values = serialize_record(target.columns, record)
        item = by_match.pop(str(record.get(match_on)), None) if match_on else None
        if item is not None and item.object_id not in there:
            # The row was deleted here, so the record will be deleted as well.
            is_ours = item.state in SENT and _is_since(item, record)
            item = (
                item
                if is_ours and is_certain(target, item.match_value, item.changed, values)
                else None
            )
        if item is None and unmatched:
            item = next(
                (
                    creation
                    for creation in unmatched
                    if _is_since(creation, record) and is_alike(creation.changed, values)
                ),
                None,
            )
            if item is not None:
                unmatched.remove(item)
        if item is not None:
            free = rows.filter(pk=item.object_id, zoho_id=None)
            if free.update(zoho_id=zoho_id) or item.object_id not in there:
                without_id = changes.filter(object_id=item.object_id, zoho_id="")
                update_by_key(
                    without_id, list(without_id.values_list("pk", flat=True)), zoho_id=zoho_id
                )


def _exclude_other_values(
    target: MirrorTarget, changes: OutboxQuerySet, items: Sequence[OutboxItem]
) -> list[OutboxItem]:
    """Return the creations, except for unsent ones whose match value has changed since."""
    if target.options is None or not target.has_match_column:
        return list(items)
    match_on = target.options.match_on
    unsent = [item.object_id for item in items if item.match_value and item.state not in SENT]
    later = changes.filter(operation="update", object_id__in=unsent, changed__has_key=match_on)
    values = {
        key: str(changed[match_on] or "")
        for key, changed in later.order_by("pk").values_list("object_id", "changed")
    }
    return [
        item for item in items if values.get(item.object_id, item.match_value) == item.match_value
    ]


def _is_since(item: OutboxItem, record: Mapping[str, Any]) -> bool:
    created = moment_or_none(record.get("Created_Time"))
    # A poll does not read Created_Time; there the record has just changed and has equal values.
    sent_at = item.sent_at or item.created_at
    return created is None or created >= sent_at - MARGIN - timedelta(days=1)


def is_certain(
    target: MirrorTarget,
    match_value: str,
    sent_values: Mapping[str, Any],
    values: Mapping[str, Any],
) -> bool:
    """Whether a record with the match value of a creation was certainly created by it.

    `sent_values` are those of the creation, and `values` those of the record. Only such a record
    may be deleted with the row.
    """
    return bool(match_value and not target.has_match_column) or is_alike(sent_values, values)


def is_alike(sent_values: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether a record has all the values that a creation sent."""
    return all(name in values and values[name] == value for name, value in sent_values.items())


def find_local_changes(
    target: MirrorTarget,
    connection: Connection,
    rows: Iterable[Any],
    records: Sequence[Mapping[str, Any]],
) -> dict[str, frozenset[str]]:
    """Return, by id in Zoho, the attributes that records from Zoho must not overwrite.

    They were changed here and the changes are in the outbox. The conflict policy, or a person,
    decides later which value is kept.
    """
    if target.options is None or not target.options.push:
        return {}
    by_key = {str(row.pk): row for row in rows}
    if not by_key:
        return {}
    names = {column.zoho_name: column.attribute for column in target.columns}
    pending: dict[str, frozenset[str]] = {}
    key = _select_undecided, connection, target.module, size_of(by_key)
    for item in fetch_changes(*key, **numbered("key", by_key)):
        if item.state == OutboxItem.State.CONFLICT and not is_held(item.conflict):
            continue
        zoho_id = by_key[item.object_id].zoho_id
        # The base of a creation has the lookups that the creation omitted.
        changed = item.base | item.changed if item.operation == "create" else item.changed
        attributes = frozenset(names[name] for name in changed if name in names)
        pending[zoho_id] = pending.get(zoho_id, frozenset()) | attributes
    return pending


@compiled
def _select_undecided(using: str, size: int) -> Select:
    items = OutboxItem.objects.using(using).of_parameters()
    undecided = items.filter(state__in=(*OutboxItem.OPEN, OutboxItem.State.CONFLICT))
    return Select.of(undecided.filter(object_id__in=parameters("key", size)))


def note_ignored(target: MirrorTarget, connection: Connection, replaced: Replaced) -> None:
    """Store which sent values the records do not have, in the item that was sent last for each row.

    The records have the Modified_Time that Zoho returned for those changes.
    """
    if target.options is None or not target.options.push:
        return
    names = set(target.options.pushed.values())
    columns = [column for column in target.columns if column.zoho_name in names]
    items = OutboxItem.objects.of(connection, target.module).filter(
        object_id__in=list(replaced),
        state=OutboxItem.State.DONE,
        error="",
    )
    last = {item.object_id: item for item in items.order_by("pk")}
    for key, item in last.items():
        record, attributes = replaced[key]
        values = serialize_record(columns, record)
        different = [
            column.zoho_name
            for column in columns
            if column.attribute in attributes
            and column.zoho_name in item.changed
            and item.changed[column.zoho_name] != values.get(column.zoho_name)
        ]
        ignored = [name for name in different if values.get(name) == item.base.get(name)]
        others = [name for name in different if name not in ignored]
        item.error = join_reasons(
            reason("ignored", fields=", ".join(ignored)) if ignored else "",
            reason("replaced", fields=", ".join(others)) if others else "",
        )
        if item.error:
            logger.warning("%s: %s", item, one_line(item.error))
            OutboxItem.objects.filter(pk=item.pk).update(error=item.error)
