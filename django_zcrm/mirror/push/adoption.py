"""Recognises records that were created from here, but read before their ids were stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q

from ...models import Connection
from ..locking import locked, update_by_key
from ..models import OutboxItem
from ..targets import MirrorTarget
from .reading import moment
from .serializers import serialize_record
from .unsure import MARGIN, is_alike

SENT = (OutboxItem.State.SENDING, OutboxItem.State.UNSURE)


def adopt(
    target: MirrorTarget, connection: Connection, records: Sequence[Mapping[str, Any]]
) -> None:
    """Set the ids of rows whose creation was sent, if their records are among these."""
    options = target.options
    if options is None or not options.push:
        return
    items = OutboxItem.objects.open().filter(connection=connection, module=target.module)
    values = {str(record[options.match_on]) for record in records if record.get(options.match_on)}
    alike = Q(match_value__in=values) | Q(match_value="", state__in=SENT)
    creations = list(items.filter(alike, operation="create", zoho_id="").order_by("pk"))
    if creations:
        _adopt(target, connection, creations, records)


def deleted_here(
    target: MirrorTarget, connection: Connection, ids: Sequence[str]
) -> frozenset[str]:
    """Return which of these ids in Zoho are of rows whose deletion has not reached Zoho yet."""
    if target.options is None or not target.options.push:
        return frozenset()
    items = OutboxItem.objects.open().filter(connection=connection, module=target.module)
    deleted = items.filter(operation="delete", zoho_id__in=ids)
    return frozenset(deleted.values_list("zoho_id", flat=True))


def _adopt(
    target: MirrorTarget,
    connection: Connection,
    items: Sequence[OutboxItem],
    records: Sequence[Mapping[str, Any]],
) -> None:
    match_on = target.options.match_on if target.options else ""
    rows = target.rows(connection)
    ids = [str(record["id"]) for record in records]
    known = set(rows.filter(zoho_id__in=ids).values_list("zoho_id", flat=True))
    locked(rows.filter(pk__in=[item.object_id for item in items], zoho_id=None))
    by_match = {item.match_value: item for item in items if item.match_value}
    unmatched = [item for item in items if not item.match_value and item.state in SENT]
    for record in records:
        zoho_id = str(record["id"])
        if zoho_id in known:
            continue
        item = by_match.pop(str(record.get(match_on)), None) if match_on else None
        if item is None and unmatched:
            values = serialize_record(target.columns, record)
            item = next(
                (
                    creation
                    for creation in unmatched
                    if _is_since(creation, record) and is_alike(creation, values)
                ),
                None,
            )
            if item is not None:
                unmatched.remove(item)
        if item is not None:
            free = rows.filter(pk=item.object_id, zoho_id=None)
            if free.update(zoho_id=zoho_id):
                noted = OutboxItem.objects.open().filter(
                    connection=connection,
                    module=target.module,
                    object_id=item.object_id,
                    zoho_id="",
                )
                keys = noted.values_list("pk", flat=True)
                update_by_key(noted, list(keys), zoho_id=zoho_id)


def _is_since(item: OutboxItem, record: Mapping[str, Any]) -> bool:
    created = moment(record.get("Created_Time"))
    # Without it, as in a delta, it is one that just came in, and has the very same values.
    sent = item.sent_at or item.created_at
    return created is None or created >= sent - MARGIN - timedelta(days=1)
