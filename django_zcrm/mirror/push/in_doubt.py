"""Checks whether Zoho has the changes that are in doubt: their requests got no response.

Zoho has no idempotency keys. An update is compared by id. A creation is found by its match value;
without one, by all its values, among the records that were created since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from ...moments import MAX_TOLERANCE
from ...reasons import reason
from ...zoho.http.encoding import dumps
from ..declared_fields import organisation_fields
from ..leased_mirror import LeasedMirror
from ..outbox.incoming import CLOCKS_DIFFER, MARGIN, is_alike, is_certain
from ..stored import moment_or_none
from .changes import Change, Link, State, replace
from .reading import ZohoRecords, read_created, read_ids, read_matching
from .sending import call_of

IMMEDIATE = timedelta(minutes=5)
"""A younger change is sent again without a delay."""


def check_in_doubt(mirror: LeasedMirror, changes: Sequence[Change]) -> list[Change]:
    """Return at most 100 changes in doubt as done, failed, or to be sent again.

    Raises the errors of calls.
    """
    by_id = [change for change in changes if change.zoho_id]
    creations = [
        change for change in changes if not change.zoho_id and change.operation == "create"
    ]
    checked = _compare(mirror, by_id, read_ids(mirror, [change.zoho_id for change in by_id]))
    checked += _find_created(mirror, creations)
    checked_pks = {change.item.pk for change in checked}
    rest = [change for change in changes if change.item.pk not in checked_pks]
    return [
        _send_again(change) if change.state == State.IN_DOUBT else change
        for change in (*checked, *rest)
    ]


def check_lost_creations(mirror: LeasedMirror, changes: Sequence[Change]) -> list[Change]:
    """Return at most 100 creations that once got no response, after another search.

    Since they were checked, Zoho's users may have restored their records. What is found has ended,
    or is due as an update. Raises the errors of calls.
    """
    checked = {change.item.pk: change for change in _find_created(mirror, changes)}
    now = timezone.now()
    return [
        replace(change, due=now, is_ready=False) if change.operation == "update" else change
        for change in (checked.get(change.item.pk, change) for change in changes)
    ]


def _find_created(mirror: LeasedMirror, creations: Sequence[Change]) -> list[Change]:
    """Find the records of creations; those without a match value and a record are left out."""
    by_match = [change for change in creations if call_of(mirror, change) == "upsert"]
    by_values = [change for change in creations if call_of(mirror, change) == "create"]
    return [
        *(_find_by_match(mirror, by_match) if by_match else ()),
        *(_find_by_values(mirror, by_values) if by_values else ()),
    ]


def _send_again(change: Change) -> Change:
    """Return a change that Zoho does not have as due again."""
    is_young = timezone.now() - change.item.created_at < IMMEDIATE
    due = timezone.now() + timedelta(seconds=0.0 if is_young else change.age_wait())
    return replace(change, state=State.NEW, due=due, is_ready=False)


def _compare(mirror: LeasedMirror, changes: Iterable[Change], current: ZohoRecords) -> list[Change]:
    """Compare changes of known records with these."""
    results = []
    for change in changes:
        values = current.values.get(change.zoho_id)
        if values is None and change.operation == "create":
            # The record is deleted or hidden. If it returns, Zoho may have changed it before that.
            change = change.to_update()
        elif values is not None and change.operation != "delete":
            has_values = _has_values(mirror, change, values)
            if change.operation == "create" and change.match_value and not has_values:
                change = change.to_update()
            elif change.operation == "create" or has_values:
                change = _accept(change, change.zoho_id, current)
        results.append(change)
    return results


def _accept(change: Change, zoho_id: str, current: ZohoRecords) -> Change:
    """Return a change that Zoho has; the row takes over what Zoho has changed besides or since."""
    return replace(change.accept(zoho_id), record=current.records[zoho_id])


def _has_values(mirror: LeasedMirror, change: Change, values: Mapping[str, Any]) -> bool:
    """Whether a record has the values of a change; not if a field was removed in the meantime."""
    if not organisation_fields(mirror).missing.keys().isdisjoint(change.changed):
        return False
    return all(values.get(name, value) == value for name, value in change.changed.items())


def _find_by_match(mirror: LeasedMirror, creations: Sequence[Change]) -> list[Change]:
    """Find the records of creations by their match values."""
    name = mirror.target.match_on
    current = read_matching(mirror, name, [change.match_value for change in creations])
    keys = [change.row for change in creations]
    rows = mirror.target.rows(mirror.connection)
    rows = rows.filter(Q(pk__in=keys) | Q(zoho_id__in=list(current.records)))
    id_by_row = {str(key): zoho_id for key, zoho_id in rows.values_list("pk", "zoho_id")}
    there, taken = id_by_row.keys(), set(id_by_row.values())
    ids: dict[str, str] = {}
    # Zoho's users may have restored another record with the value, which has its own row.
    for zoho_id in sorted(current.records, key=taken.__contains__):
        ids.setdefault(str(current.records[zoho_id].get(name)), zoho_id)
    results = []
    for change in creations:
        if zoho_id := ids.get(change.match_value, ""):
            values = current.values[zoho_id]
            if change.row not in there and not (
                _is_since(change, current.records[zoho_id], current.skew)
                and is_certain(mirror.target, change.match_value, change.changed, values)
            ):
                change = change.end(State.DONE)  # the record stays: it may be somebody else's
            elif change.row not in there or _has_values(mirror, change, values):
                change = _accept(change, zoho_id, current)
            else:
                change = replace(change, zoho_id=zoho_id, link=Link(zoho_id))
                change = change.to_update()
        results.append(change)
    return results


def _is_since(change: Change, record: Mapping[str, Any], skew: timedelta) -> bool:
    """Whether a record may have been created since the request of a creation."""
    created = moment_or_none(record.get("Created_Time"))
    return created is not None and created >= _request_time(change, skew)


def _request_time(change: Change, skew: timedelta) -> datetime:
    """Return when the request of a change was sent at the earliest, by Zoho's clock.

    `skew` is that of this worker's clock. The clock of the worker that sent it may have been ahead,
    but the site had saved the change before.
    """
    times = (change.sent_at or change.item.created_at, change.item.created_at)
    return min(times) + skew - timedelta(seconds=MAX_TOLERANCE)


def _find_by_values(mirror: LeasedMirror, creations: Sequence[Change]) -> list[Change]:
    """Find the records of creations by all their values, without fields that were removed."""
    missing = organisation_fields(mirror).missing
    # The sender's clock may have been ahead, but the site had saved the creations before.
    created_times = [change.item.created_at for change in creations]
    sent_times = [change.sent_at for change in creations if change.sent_at]
    since, until = min([*created_times, *sent_times]), max(sent_times or created_times)
    # These are by this machine's clock; any response shows how far Zoho's differs.
    skew = read_ids(mirror, ["0"]).skew
    current = read_created(mirror, since + skew - MARGIN, until + skew + CLOCKS_DIFFER)
    rows = mirror.target.rows(mirror.connection).filter(zoho_id__in=list(current.records))
    stored_ids = set(rows.values_list("zoho_id", flat=True))
    free = [zoho_id for zoho_id in current.records if zoho_id not in stored_ids]
    results: list[Change] = []
    keys = {change.item.pk for change in creations}
    groups = _group_equal([*creations, *_read_others(mirror, keys)])
    # A creation with few values also matches the records of creations with more values, including
    # those that are checked later.
    for group in sorted(groups, key=lambda group: -len(group[0].changed)):
        sent = {name: value for name, value in group[0].changed.items() if name not in missing}
        candidates = [zoho_id for zoho_id in free if is_alike(sent, current.values[zoho_id])]
        same = [change for change in group if change.item.pk in keys]
        if len(candidates) > len(group):
            why = reason("several_candidates", count=len(candidates))
            # If a person sends one again, it is another record than these.
            results += [replace(c, sent_at=None).end(State.FAILED, why) for c in same]
            continue
        # Equal creations are interchangeable; Zoho does not have the rest.
        results += [
            _accept(change, zoho_id, current)
            for change, zoho_id in zip(same, candidates, strict=False)
        ]
        free = [zoho_id for zoho_id in free if zoho_id not in candidates]
    return results


def _read_others(mirror: LeasedMirror, keys: Collection[int]) -> list[Change]:
    """Return the creations without a response and match value whose items have other keys."""
    others = mirror.changes.open().filter(
        sent_at__isnull=False, operation="create", zoho_id="", match_value=""
    )
    return [Change.of(item) for item in others.exclude(pk__in=keys)]


def _group_equal(creations: Iterable[Change]) -> list[list[Change]]:
    groups: dict[bytes, list[Change]] = defaultdict(list)
    for change in creations:
        groups[dumps(dict(sorted(change.changed.items())))].append(change)
    return list(groups.values())
