"""Sends the outbox items of a mirror, while its lease is held.

The changes of a row are merged into one. Changes are sent in requests of a hundred: deletions
first, so that unique values are free again, then updates, then creations. The state "sending" is
committed before the request. So after a crash the next worker knows that Zoho may have the change,
and checks that before it sends the change again, in a separate request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from ...exceptions import Forbidden, Invalid, NotFound, ZCRMError
from ...reasons import reason_of
from ..leased_mirror import LeasedMirror
from ..models.outbox import MAX_WAIT
from ..stored import moment_or_none
from .changes import Change, Link, State, replace
from .claiming import claim
from .conflicts import check_conflicts
from .creations import check_creations
from .in_doubt import check_in_doubt, check_lost_creations
from .lookups import resolve_lookup_ids
from .merging import merge
from .outcomes import PushResult, record_outcomes
from .reading import BATCH, read_ids
from .sending import Sent, call_of, send

MAX_LOST = 3
"""Requests in a row without a response after which no more are sent."""

ORDER = ("delete", "update", "upsert", "create")


def push_outbox(mirror: LeasedMirror) -> PushResult:
    """Send the changes of a module that are due, and return the counts of their results.

    A change that fails does not prevent others from being sent. If Zoho refuses all writes, the
    changes wait, and the sync continues. Raises errors that concern the sync as well, such as an
    unreachable Zoho or a withdrawn consent, after storing that the changes are still to be sent.
    Raises LeaseLost.
    """
    result = PushResult()
    options = mirror.target.options
    if options is None or not options.push:
        return result
    for claimed in claim(mirror):
        result.failed += claimed.failed
        for in_doubt in _split([Change.of(item) for item in claimed.in_doubt]):
            checked = record_outcomes(mirror, check_in_doubt(mirror, in_doubt))
            result.count(change for change in checked if change.state != State.NEW)
        changes = record_outcomes(mirror, resolve_lookup_ids(mirror, merge(mirror, claimed.rows)))
        result.count(change for change in changes if change.state != State.NEW)
        for call in ORDER:
            part = [c for c in changes if c.is_ready and call_of(mirror, c) == call]
            _send_all(mirror, call, part, result)
    return result


def _send_all(
    mirror: LeasedMirror, call: str, changes: Sequence[Change], result: PushResult
) -> None:
    """Send changes with one call, in as many requests as it takes."""
    if call in ("create", "upsert"):
        found = list[Change]()
        for part in _split([change for change in changes if change.lost_at is not None]):
            # Stored at once: equal creations in the next part have other records.
            found += record_outcomes(mirror, check_lost_creations(mirror, part))
        changes = [*found, *(change for change in changes if change.lost_at is None)]
        changes = record_outcomes(mirror, check_creations(mirror, changes))
        result.count(change for change in changes if not change.is_ready)
    for request in _split_into_requests([change for change in changes if change.is_ready]):
        now = timezone.now()
        checked = check_conflicts(mirror, request)
        started = record_outcomes(mirror, [c.start(now) if c.is_ready else c for c in checked])
        result.count(change for change in started if not change.is_ready)
        if ready := [change for change in started if change.is_ready]:
            sent = send(mirror, call, ready)
            result.count(record_outcomes(mirror, _read_found(mirror, sent.changes)))
            if error := _find_stop(sent, result):
                if not isinstance(error, Forbidden | NotFound | Invalid):
                    raise error
                _postpone(mirror, ready[0].operation, error)
                break


def _read_found(mirror: LeasedMirror, changes: Sequence[Change]) -> Sequence[Change]:
    """Return the changes of a request, with the records that creations found instead of new ones.

    A row whose record cannot be read has no time, so that a poll or a comparison reads it later.
    """
    found = {change.zoho_id for change in changes if change.link and change.link.is_found}
    try:
        current = read_ids(mirror, sorted(found))
    except ZCRMError:  # what was sent has to be stored, and the next call shows the error
        return changes
    return [
        replace(change, record=current.records[change.zoho_id], link=change.link.as_read())
        if change.link
        and change.link.is_found
        and _is_current(current.records.get(change.zoho_id), change.link)
        else change
        for change in changes
    ]


def _is_current(record: Mapping[str, Any] | None, link: Link) -> bool:
    """Whether a record that was read, perhaps from a replica, has what was sent."""
    modified = record and moment_or_none(record.get("Modified_Time"))
    return bool(modified and link.modified and modified >= link.modified)


def _find_stop(sent: Sent, result: PushResult) -> ZCRMError | None:
    """Return the error after which no more requests are sent, if any; count lost responses."""
    result.lost = result.lost + 1 if sent.lost else 0
    return sent.stop or (sent.lost if result.lost >= MAX_LOST else None)


def _split(changes: Sequence[Change]) -> Iterator[Sequence[Change]]:
    """Yield changes in parts of a request's size."""
    for start in range(0, len(changes), BATCH):
        yield changes[start : start + BATCH]


def _split_into_requests(changes: Sequence[Change]) -> Iterator[Sequence[Change]]:
    """Yield the changes of each request; one whose response was lost has its own request.

    Zoho may fail at one record always, and its whole request with it.
    """
    yield from _split([change for change in changes if change.sent_at is None])
    yield from ([change] for change in changes if change.sent_at is not None)


def _postpone(mirror: LeasedMirror, operation: str, error: ZCRMError) -> None:
    """Postpone all changes of an operation that Zoho refuses as a whole."""
    later = timezone.now() + timedelta(seconds=MAX_WAIT)
    waiting = mirror.changes.filter(
        state=State.NEW, operation=operation, waits_for="", due__lt=later
    )
    with mirror.commit():
        waiting.update(due=later, error=reason_of(error))
