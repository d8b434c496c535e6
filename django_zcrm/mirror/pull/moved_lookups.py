"""Finds rows whose lookups Zoho may have moved to another record.

Merging records moves the lookups to them to another record. Zoho does not document whether the
records with these lookups get a new Modified_Time, without which no poll returns them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from ..leased_mirror import LeasedMirror
from ..models import OutboxItem, PendingRelation, RecordState
from ..models.organisations import organisation_of
from ..options import options_of

KEYS = 500
"""Keys of rows in one query: databases limit the parameters."""


def find_moved_lookups(mirror: LeasedMirror, begin: datetime, latest: datetime) -> list[str]:
    """Return the ids of live rows whose lookups may have moved.

    These are lookups to rows whose records are missing in Zoho, and empty ones to records whose
    rows were deleted here before the record with the lookup was read. Without rows that were read
    after the comparison's `begin`; a time after `latest` is that of a wrong clock.
    """
    fields, modules = dict[str, str](), set[str]()
    for column in mirror.target.columns:
        if column.to is not None:
            field = mirror.target.model._meta.get_field(column.attribute)
            fields[column.attribute] = str(field.name)
            modules.add(options_of(column.to).module)
    if not fields:
        return []
    rows = mirror.target.rows(mirror.connection).filter(zoho_state=RecordState.LIVE)
    rows = rows.exclude(zoho_id=None).exclude(synced_at__gte=begin, synced_at__lte=latest)
    missing = Q()
    for name in fields.values():
        states = [RecordState.DELETED, RecordState.UNREACHABLE]
        missing |= Q(**{f"{name}__zoho_state__in": states})
    ids = set(_ids(rows.filter(missing)))
    for attribute, keys in _find_to_deleted(mirror, fields, modules).items():
        empty = rows.filter(**{f"{fields[attribute]}__isnull": True})
        for start in range(0, len(keys), KEYS):
            ids.update(_ids(empty.filter(pk__in=keys[start : start + KEYS])))
    return sorted(ids)


def _find_to_deleted(
    mirror: LeasedMirror, fields: Mapping[str, str], modules: set[str]
) -> Mapping[str, list[str]]:
    """Return the keys of rows with a lookup to a record whose row was deleted here, by column.

    The record has the lookup until Zoho has the deletion, and another one if it was moved before.
    """
    own: dict[str, Any] = {
        "connection": mirror.connection,
        "organisation_id": organisation_of(mirror.connection),
    }
    deletions = OutboxItem.objects.filter(
        module__in=modules, operation=OutboxItem.Operation.DELETE, **own
    )
    relations = PendingRelation.objects.filter(
        model=mirror.target.model._meta.label,
        column__in=fields,
        zoho_id__in=deletions.exclude(zoho_id="").values("zoho_id"),
        **own,
    )
    keys: dict[str, list[str]] = defaultdict(list)
    for attribute, key in relations.values_list("column", "object_id"):
        keys[attribute].append(key)
    return keys


def _ids(rows: QuerySet[Any]) -> QuerySet[Any, str]:
    return rows.values_list("zoho_id", flat=True)
