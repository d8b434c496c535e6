"""The first reading of a module: by bulk read, in windows of Created_Time, resumable after days."""

from __future__ import annotations

from ..apply import Applied, apply
from ..work import Work
from .delta import fields_of


def start_of_backfill(work: Work) -> None:
    """Note the moment, by Zoho's clock, from which on changes are read afterwards."""


def backfill_step(work: Work) -> Applied:
    """Read everything at once; windows follow."""
    from django.utils import timezone

    applied = Applied()
    records = work.crm.objects(work.state.module).values(
        "id", "Modified_Time", "Created_Time", *fields_of(work)
    )
    begun = timezone.now()
    with work.commit() as columns:
        applied.add(apply(work.target, work.connection, list(records)))
        columns.update(phase="live", synced_until=begun, horizon=begun)
    return applied
