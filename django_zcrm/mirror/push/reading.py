"""Reads the present values in Zoho of records that are to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from ...zoho.query.matching import matching
from ...zoho.query.tree import Q
from ..pull.fields import fields_of
from ..work import Work
from .serializers import serialize_record

BATCH = 100
"""Records of one request."""

TIMES = ("Modified_Time", "Created_Time")


@dataclass
class ZohoRecords:
    """Records by id, as read and in the form of changes, and how much Zoho's clock differs."""

    records: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    skew: timedelta = timedelta()

    def changed_at(self, zoho_id: str) -> datetime | None:
        """Return a record's Modified_Time."""
        return moment(self.records[zoho_id].get("Modified_Time"))


def read_ids(work: Work, ids: Sequence[str]) -> ZohoRecords:
    """Read the mirrored fields of up to 100 records, with one request; without ids none."""
    return _read(work, Q(id__in=list(ids))) if ids else ZohoRecords()


def read_matching(work: Work, name: str, values: Sequence[str]) -> ZohoRecords:
    """Read the records with one of up to 100 values in a field."""
    if not values:
        return ZohoRecords()
    where: dict[str, Any] = {f"{name}__in": list(values)}
    return _read(work, Q(**where), (name,))


def read_created(work: Work, since: datetime) -> ZohoRecords:
    """Read the records that were created since a moment."""
    return _read(work, Q(Created_Time__gte=since))


def _read(work: Work, where: Q, more: Sequence[str] = ()) -> ZohoRecords:
    fields_of(work)  # or the query would say less of a field that is gone
    options = work.target.options
    fields = (*TIMES, *(options.zoho_fields if options else ()), *more)
    source, current, after = work.crm.objects(work.state.module).source, ZohoRecords(), ""
    while True:
        page = source.run(matching(source, work.state.module, fields, where, after))
        if page.server_time is not None:
            current.skew = page.server_time - timezone.now()
        for record in page.rows:
            after = str(record["id"])
            current.records[after] = record
            current.values[after] = serialize_record(work.target.columns, record)
        if not page.more or not page.rows:
            return current


def moment(value: Any) -> datetime | None:
    """Return a datetime from Zoho."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
