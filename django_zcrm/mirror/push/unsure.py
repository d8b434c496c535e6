"""Changes that were sent without an answer: checks whether Zoho has them.

Zoho has no idempotency keys. An update is compared by id; a creation is found by its match value,
or without one by all its values, among the records created since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from ...zoho.encoding import dumps
from ..models import OutboxItem
from ..work import Work
from .cycles import follow_up
from .dropping import without_dropped
from .outcomes import (
    TAKEN,
    State,
    apply_answer,
    finish,
    held_by_others,
    link_rows,
    retry_delay,
    save,
)
from .reading import ZohoRecords, moment, read_created, read_ids, read_matching
from .sending import Answer

MARGIN = timedelta(minutes=10)
"""Records are looked for from so long before the request on, since clocks are not exact."""

IMMEDIATE_ATTEMPTS = 2
"""Attempts without a delay."""

UNKNOWN = (
    "Its answer was lost, and Zoho has {count} new records with these values: which one it is, "
    "cannot be known. Look in Zoho; to retry sends it again."
)


def resolve_unsure(work: Work, items: Sequence[OutboxItem]) -> None:
    """Find out whether Zoho has unsure changes, at most 100: which are done, which to be sent.

    Raises what calls raise.
    """
    by_id = [item for item in items if item.zoho_id]
    creations = [item for item in items if not item.zoho_id and item.operation == "create"]
    matched = [item for item in creations if item.match_value]
    done: dict[str, tuple[str, datetime | None]] = {}
    done |= _by_id(by_id, read_ids(work, [item.zoho_id for item in by_id]))
    if matched:
        name = work.target.options.match_on if work.target.options else ""
        current = read_matching(work, name, [item.match_value for item in matched])
        done |= _by_match(name, matched, current)
    if len(matched) < len(creations):
        unmatched = [item for item in creations if not item.match_value]
        since = min(item.sent_at or item.created_at for item in unmatched)
        # Our clock's; the first answer tells how Zoho's differs.
        skew = read_ids(work, ["0"]).skew
        current = read_created(work, since + skew - MARGIN)
        done |= _by_values(work, unmatched, current)
    held = held_by_others(work, {zoho_id: key for key, (zoho_id, _) in done.items()})
    for item in items:
        if item.zoho_id in held:
            finish(item, State.DEAD, TAKEN.format(item.zoho_id, held[item.zoho_id]))
            done.pop(item.object_id)
        elif item.state == State.UNSURE:
            _send_again(item)

    def write(columns: object) -> None:
        save(without_dropped(items))
        link_rows(work, done)
        follow_up(items)

    work.write(write)


def _send_again(item: OutboxItem) -> None:
    """Make an item due again that Zoho does not have."""
    item.state = State.NEW
    delay = (
        retry_delay(item.attempts - IMMEDIATE_ATTEMPTS)
        if item.attempts > IMMEDIATE_ATTEMPTS
        else 0.0
    )
    item.due = timezone.now() + timedelta(seconds=delay)


def _by_id(
    items: Iterable[OutboxItem], current: ZohoRecords
) -> dict[str, tuple[str, datetime | None]]:
    done: dict[str, tuple[str, datetime | None]] = {}
    for item in items:
        values = current.values.get(item.zoho_id)
        if item.operation == "delete" or values is None:
            continue
        if all(values.get(name, value) == value for name, value in item.changed.items()):
            apply_answer(item, Answer("done"))
            done[item.object_id] = item.zoho_id, current.changed_at(item.zoho_id)
        elif item.operation == "create":
            item.operation, item.changed, item.base = "update", item.base | item.changed, {}
    return done


def _by_match(
    name: str, items: Iterable[OutboxItem], current: ZohoRecords
) -> dict[str, tuple[str, datetime | None]]:
    ids: dict[str, str] = {}
    for zoho_id, record in current.records.items():
        ids.setdefault(str(record.get(name)), zoho_id)
    done: dict[str, tuple[str, datetime | None]] = {}
    for item in items:
        if item.match_value not in ids:
            continue
        zoho_id = ids[item.match_value]
        values = current.values[zoho_id]
        is_ours = _is_since(item, current.records[zoho_id], current.skew)
        item.zoho_id = zoho_id
        done[item.object_id] = zoho_id, None
        if is_ours or all(values.get(key, value) == value for key, value in item.changed.items()):
            done[item.object_id] = zoho_id, current.changed_at(zoho_id)
            apply_answer(item, Answer("done"))
        # Otherwise it was there before, and the upsert, which finds it again, did not come through.
    return done


def _is_since(item: OutboxItem, record: Mapping[str, Any], skew: timedelta) -> bool:
    created = moment(record.get("Created_Time"))
    begun = (item.sent_at or item.created_at) + skew - timedelta(seconds=2)
    return created is not None and created >= begun


def _by_values(
    work: Work, items: Sequence[OutboxItem], current: ZohoRecords
) -> dict[str, tuple[str, datetime | None]]:
    held = work.target.rows(work.connection).filter(zoho_id__in=list(current.records))
    taken = set(held.values_list("zoho_id", flat=True))
    free = [zoho_id for zoho_id in current.records if zoho_id not in taken]
    done: dict[str, tuple[str, datetime | None]] = {}
    for same in _grouped(items):
        candidates = [zoho_id for zoho_id in free if is_alike(same[0], current.values[zoho_id])]
        if len(candidates) > len(same):
            for item in same:
                finish(item, State.DEAD, UNKNOWN.format(count=len(candidates)))
            continue
        # What is equal is interchangeable; the rest did not come through.
        for item, zoho_id in zip(same, candidates, strict=False):
            item.zoho_id = zoho_id
            apply_answer(item, Answer("done"))
            done[item.object_id] = zoho_id, current.changed_at(zoho_id)
            free.remove(zoho_id)
    return done


def _grouped(items: Iterable[OutboxItem]) -> list[list[OutboxItem]]:
    groups: dict[bytes, list[OutboxItem]] = defaultdict(list)
    for item in items:
        groups[dumps(dict(sorted(item.changed.items())))].append(item)
    return list(groups.values())


def is_alike(item: OutboxItem, values: Mapping[str, Any]) -> bool:
    """Whether a record has all the values that a creation sent."""
    return all(name in values and values[name] == value for name, value in item.changed.items())
