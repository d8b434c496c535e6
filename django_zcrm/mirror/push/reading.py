"""Reads the current values in Zoho of records that are about to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from ...zoho.query.compile.tree import Q
from ...zoho.query.read.matching import matching
from ..declared_fields import organisation_fields
from ..leased_mirror import LeasedMirror
from ..outbox.serializers import serialize_record
from ..stored import id_of, moment_or_none

BATCH = 100
"""Records of one request."""

TIMES = ("Modified_Time", "Created_Time")


@dataclass
class ZohoRecords:
    """Records by id, as read and as values of changes, and the difference of Zoho's clock."""

    records: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    skew: timedelta = timedelta()

    def changed_at(self, zoho_id: str) -> datetime | None:
        """Return a record's Modified_Time."""
        return moment_or_none(self.records[zoho_id].get("Modified_Time"))


def read_ids(mirror: LeasedMirror, ids: Sequence[str]) -> ZohoRecords:
    """Read the mirrored fields of up to 100 records, with one request; without ids, with none."""
    return _read(mirror, Q(id__in=list(ids))) if ids else ZohoRecords()


def read_matching(mirror: LeasedMirror, name: str, values: Sequence[str]) -> ZohoRecords:
    """Read the records that have one of up to 100 values in a field."""
    if not values:
        return ZohoRecords()
    where: dict[str, Any] = {f"{name}__in": list(values)}
    return _read(mirror, Q(**where), (name,))


def read_created(mirror: LeasedMirror, since: datetime, until: datetime) -> ZohoRecords:
    """Read the records that were created from `since` to `until`."""
    return _read(mirror, Q(Created_Time__gte=since, Created_Time__lte=until))


def _read(mirror: LeasedMirror, where: Q, more: Sequence[str] = ()) -> ZohoRecords:
    organisation = organisation_fields(mirror)
    fields = (*TIMES, *organisation.names.values(), *more)
    source, current, after = mirror.crm.objects(mirror.state.module).source, ZohoRecords(), ""
    while True:
        page = source.run(matching(source, mirror.state.module, fields, where, after))
        if page.server_time is not None:
            current.skew = page.server_time - timezone.now()
        rows = map(organisation.to_declared, page.rows)
        records = {zoho_id: record for record in rows if (zoho_id := id_of(record))}
        for zoho_id, record in records.items():
            current.records[zoho_id] = record
            current.values[zoho_id] = serialize_record(mirror.target.columns, record)
            after = zoho_id
        if not page.more or not records:
            return current
