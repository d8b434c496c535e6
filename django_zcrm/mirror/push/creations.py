"""Checks whether creations can be matched: `match_on` is valid, and no other row has the value."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from django.utils import timezone

from ...reasons import reason
from ..declared_fields import MATCH_ON, match_problem_of
from ..leased_mirror import LeasedMirror
from ..models import RecordState
from ..models.outbox import MAX_WAIT, settle_wait
from .changes import Change, State, replace


def check_creations(mirror: LeasedMirror, changes: Sequence[Change]) -> list[Change]:
    """Return creations; those wait or fail that Zoho would treat as another row's record.

    With a `match_on` by which Zoho finds no duplicates, creations wait until that is corrected. A
    creation fails whose match value another row has. If that row's creation is in doubt, it waits.
    """
    if any(change.match_value for change in changes) and (problem := match_problem_of(mirror)):
        later = timezone.now() + timedelta(seconds=MAX_WAIT)
        changes = [
            replace(change, waits_for=MATCH_ON, error=problem, due=later, is_ready=False)
            if change.match_value
            else change
            for change in changes
        ]
    values = {change.match_value for change in changes if change.is_ready and change.match_value}
    row_by_value, in_doubt = _find_taken_values(mirror, values), _find_in_doubt(mirror, values)
    checked = []
    for change in changes:
        value = change.match_value
        if change.is_ready and value:
            owner = in_doubt.get(value) or row_by_value.setdefault(value, change.row)
            why = reason("same_match_value", row=owner, field=mirror.target.match_on)
            if value in in_doubt:  # until it is known whether that row has a record
                due = timezone.now() + settle_wait()
                change = replace(change, error=why, due=due, is_ready=False)
            elif owner != change.row:
                change = change.end(State.FAILED, why)
        checked.append(change)
    return checked


def _find_in_doubt(mirror: LeasedMirror, values: Collection[str]) -> dict[str, str]:
    """Return the rows, by match value, whose creations got no response."""
    if not values:
        return {}
    in_doubt = mirror.changes.filter(state=State.IN_DOUBT, operation="create")
    return dict(in_doubt.filter(match_value__in=values).values_list("match_value", "object_id"))


def _find_taken_values(mirror: LeasedMirror, values: Collection[str]) -> dict[str, str]:
    """Return the rows that have match values, by value; only a column can have those of others."""
    target = mirror.target
    column = next((one for one in target.columns if one.zoho_name == target.match_on), None)
    if column is None or not values:
        return {}
    rows = target.rows(mirror.connection).exclude(zoho_id=None)
    rows = rows.exclude(zoho_state=RecordState.DELETED)
    rows = rows.filter(**{f"{column.attribute}__in": values})
    return {str(value): str(key) for key, value in rows.values_list("pk", column.attribute)}
