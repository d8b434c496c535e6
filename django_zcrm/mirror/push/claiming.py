"""Finds the outbox items of a mirror that are due, and groups them by row."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from django.db.models import Count, F, Q
from django.utils import timezone

from ...moments import MAX_TOLERANCE, Moment
from ...reasons import reason
from ..declared_fields import MATCH_ON, match_problem_of, renew_metadata
from ..leased_mirror import LeasedMirror
from ..models import OutboxItem
from ..models.outbox import MAX_WAIT, is_dated_ahead, settle_wait
from ..statements import Select, compiled, numbered, parameters, size_of
from .changes import State
from .missing_fields import fail_missing_fields, have_missing_fields

logger = logging.getLogger("django_zcrm.mirror")

MAX_ITEMS = 2_000
"""Rows whose changes are sent in one poll; the rest is due at once, after other mirrors."""

ROWS = 500
"""Rows that are claimed at once."""

MARGIN = timedelta(days=1)
"""The search for the record of a creation from a clock ahead goes back this far."""


@dataclass(frozen=True)
class ClaimedChanges:
    """Due changes by row: items in doubt, and the other rows' items, oldest first.

    `failed` changes of fields that the organisation lacks are not among them.
    """

    in_doubt: tuple[OutboxItem, ...]
    rows: tuple[tuple[OutboxItem, ...], ...]
    failed: int = 0


def claim(mirror: LeasedMirror) -> Iterator[ClaimedChanges]:
    """Yield the due changes of a mirror, those first that are due longest. Raises LeaseLost."""
    if not mirror.has_changes:
        return
    for wrong, interrupted, waiting in mirror.fetch_changes(_count_special):
        if wrong:
            _correct_moments(mirror)
        if interrupted:
            _mark_interrupted(mirror)
        if waiting:
            _release_matched(mirror)
    count = 0
    while count < MAX_ITEMS and (keys := _find_due_rows(mirror)):
        count += len(keys)
        rows = _group_by_row(mirror, keys)
        if have_missing_fields(mirror, chain.from_iterable(rows)):
            yield ClaimedChanges((), (), fail_missing_fields(mirror))
            continue
        yield ClaimedChanges(
            in_doubt=tuple(item for item in map(_first_in_doubt, rows) if item),
            rows=tuple(tuple(items) for items in rows if not _first_in_doubt(items)),
        )
        _correct_moments(mirror)  # a row may have been saved by such a clock in the meantime


@compiled
def _count_special(using: str) -> Select:
    """Count the changes that the next three functions are about, in one row if there are any."""
    items = OutboxItem.objects.using(using).of_parameters().open().order_by()
    counts = {
        "wrong": Count("pk", filter=_is_wrong()),
        "interrupted": Count("pk", filter=Q(state=State.SENDING)),
        "waiting": Count("pk", filter=Q(waits_for=MATCH_ON)),
    }
    return Select.of(items.values("connection").annotate(**counts).values_list(*counts))


def _is_wrong() -> Q:
    """Return the condition that a clock that was ahead has set the times of a change."""
    return is_dated_ahead() | Q(due__gt=Moment.latest(MAX_WAIT))


def _correct_moments(mirror: LeasedMirror) -> None:
    """Correct times by a clock that was ahead, and make the changes with such times due.

    The request of a change in doubt may still be under way, so it is checked after SETTLE_TIME.
    """
    keys = mirror.fetch_changes(_select_wrong)
    if not keys:
        return
    now = timezone.now()
    ahead = now + timedelta(seconds=MAX_TOLERANCE)
    items = OutboxItem.objects.filter(pk__in=keys)
    with mirror.commit():
        items.update(due=now)
        items.filter(state=State.IN_DOUBT).update(due=timezone.now() + settle_wait())
        # Such a creation is found by its values only, from this time on: a late one would hide it.
        creations = items.filter(operation=OutboxItem.Operation.CREATE, match_value="")
        creations.filter(created_at__gt=ahead).update(created_at=now - MARGIN)
        items.filter(created_at__gt=ahead).update(created_at=now)
        items.filter(sent_at__gt=ahead).update(sent_at=F("created_at"))
    logger.warning("a clock was ahead: %d changes of %s are due now", len(keys), mirror.state)


@compiled
def _select_wrong(using: str) -> Select:
    items = OutboxItem.objects.using(using).of_parameters().open()
    return Select.of(items.filter(_is_wrong()).values_list("pk", flat=True))


def _mark_interrupted(mirror: LeasedMirror) -> None:
    """Mark changes as in doubt that a former worker was sending when it lost its lease."""
    sending = mirror.changes.filter(state=State.SENDING)
    with mirror.commit():
        sending.update(
            state=State.IN_DOUBT,
            # By then the requests are over, and their records can be found.
            due=timezone.now() + settle_wait(),
            error=reason("interrupted"),
            attempts=F("attempts") - 1,  # as for a lost response
        )


def _release_matched(mirror: LeasedMirror) -> None:
    """Make creations due that waited for `match_on`, if it is valid now."""
    waiting = mirror.changes.open().filter(waits_for=MATCH_ON)
    renew_metadata(mirror)  # an administrator may have made the field unique
    if not match_problem_of(mirror):
        with mirror.commit():
            waiting.update(waits_for="", error="", due=timezone.now())


def _find_due_rows(mirror: LeasedMirror) -> list[str]:
    """Return the keys of rows with due changes; those due longest come first."""
    return list(dict.fromkeys(mirror.fetch_changes(_select_due)))


@compiled
def _select_due(using: str) -> Select:
    items = OutboxItem.objects.using(using).of_parameters().due().order_by("due", "pk")
    return Select.of(items.values_list("object_id", flat=True)[:ROWS])


def _group_by_row(mirror: LeasedMirror, keys: Sequence[str]) -> list[list[OutboxItem]]:
    """Return the changes that can be sent, grouped by row, oldest first."""
    rows: dict[str, list[OutboxItem]] = defaultdict(list)
    rests: dict[str, list[OutboxItem]] = defaultdict(list)
    failed: list[OutboxItem] = []
    for item in mirror.fetch_changes(_select_sendable, size_of(keys), **numbered("key", keys)):
        (failed if item.state == State.FAILED else rows[item.object_id]).append(item)
    for item in reversed(failed):
        if item.object_id not in rows:
            continue
        items = rows[item.object_id]
        if _belongs_to(item, items):
            items.insert(0, item)
        elif _is_retried_before(item, items):
            rows[item.object_id] = [other for other in items if other.pk < item.pk]
            rests[item.object_id] += [other for other in items if other.pk > item.pk]
    ready, now = [], timezone.now()
    for key, items in rows.items():
        # One in doubt is checked before those that a person has retried, which may be older.
        first = _first_in_doubt(items) or next(i for i in items if i.state != State.FAILED)
        # A change that waits for another row is checked again: a later change may set the lookup.
        if first.due <= now or (first.state == State.NEW and first.waits_for):
            ready.append(sorted(items, key=lambda item: item.pk))
        else:  # the changes of a row are sent in order, so the later ones wait for the first
            later = [item.pk for item in (*items, *rests[key]) if item.due < first.due]
            OutboxItem.objects.filter(pk__in=later).update(due=first.due)
    return ready


@compiled
def _select_sendable(using: str, size: int) -> Select:
    items = OutboxItem.objects.using(using).of_parameters()
    sendable = items.filter(state__in=(*OutboxItem.OPEN, State.FAILED))
    return Select.of(sendable.filter(object_id__in=parameters("key", size)).order_by("pk"))


def _first_in_doubt(items: Sequence[OutboxItem]) -> OutboxItem | None:
    return next((item for item in items if item.state == State.IN_DOUBT), None)


def _is_retried_before(failed: OutboxItem, items: Sequence[OutboxItem]) -> bool:
    """Whether a person has retried a change that has older values than a failed one of its row.

    Then the changes after the failed one are sent later: merged with the retried one, they would
    have its values, and seem to replace those of the failed one. But they are sent with it if it
    waits for another row, as they may end that, and if the row was deleted.
    """
    earlier = [item for item in items if item.pk < failed.pk]
    later = [item for item in items if item.pk > failed.pk]
    if any(item.waits_for for item in earlier) or any(item.operation == "delete" for item in later):
        return False
    older = {name for item in earlier for name in item.changed}
    older -= {name for item in later for name in item.changed}
    return not _first_in_doubt(items) and not older.isdisjoint(failed.changed)


def _belongs_to(failed: OutboxItem, items: Sequence[OutboxItem]) -> bool:
    """Whether a failed change has to be merged into the later changes of its row."""
    first = items[0]
    if failed.operation == "create":
        # The row is not in Zoho, and was changed since.
        later = [item for item in items if item.pk > failed.pk]
        is_there = any(item.zoho_id for item in (failed, *later))
        return not is_there and first.operation != "create"
    # All its fields were changed again: Zoho still has the values from before the failed change.
    changed = {name for item in items for name in item.changed}
    is_replaced = failed.operation == first.operation == "update" and first.pk > failed.pk
    return is_replaced and first.state == State.NEW and changed.issuperset(failed.changed)
