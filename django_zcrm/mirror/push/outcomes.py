"""What came of changes, written: to the outbox, and to the rows that it concerns."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from ...conf import get_settings
from ..models import OutboxItem
from ..work import Work
from .references import release
from .sending import Answer

State = OutboxItem.State

FIRST_WAIT, MAX_WAIT = 30.0, 3600.0
"""Seconds between two attempts: twice as long each time."""

MAX_ATTEMPTS = 20
"""Refusals of one record that might pass, after which it is given up."""

GONE = "The record is not in Zoho any more."


@dataclass
class Drained:
    """How many changes came to which end; `lost` is how many answers in a row did not come."""

    done: int = 0
    conflicts: int = 0
    dead: int = 0
    later: int = 0
    unsure: int = 0
    lost: int = 0

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def count(self, items: Iterable[OutboxItem]) -> None:
        """Count how changes stand."""
        for item in items:
            name = _NAMES.get(item.state, "later")
            setattr(self, name, getattr(self, name) + 1)


_NAMES: Mapping[str, str] = {
    State.DONE: "done",
    State.CONFLICT: "conflicts",
    State.DEAD: "dead",
    State.UNSURE: "unsure",
}

FIELDS = (
    "state",
    "error",
    "due",
    "done_at",
    "zoho_id",
    "match_value",
    "operation",
    "changed",
    "base",
    "conflict",
    "attempts",
    "waits_for",
)


def save(items: Sequence[OutboxItem]) -> None:
    """Write changes as they stand now."""
    OutboxItem.objects.bulk_update(items, FIELDS, batch_size=100)


def settle(work: Work, items: Sequence[OutboxItem], answers: Sequence[Answer]) -> None:
    """Write what came of changes that were sent."""
    times: dict[str, tuple[str, datetime | None]] = {}
    held = _held_by_others(work, items, answers)
    for item, answer in zip(items, answers, strict=True):
        if answer.zoho_id in held and item.operation != "delete":
            other = f"Zoho took it for record {answer.zoho_id}, which is row "
            end(item, State.DEAD, f"{other}{held[answer.zoho_id]} here.")
            continue
        put(item, answer)
        if answer.end == "done" and item.operation != "delete":
            item.zoho_id = answer.zoho_id or item.zoho_id
            times[item.object_id] = item.zoho_id, answer.modified
    with work.commit():
        _save(items)
        linked(work, times)


def _save(items: Sequence[OutboxItem]) -> None:
    """Write changes, those that are simply done with two queries for all."""
    done = [item for item in items if item.state == State.DONE and not item.error]
    created = [item for item in done if item.operation == "create"]
    OutboxItem.objects.bulk_update(created, ["zoho_id"], batch_size=100)
    now = timezone.now()
    OutboxItem.objects.filter(pk__in=[item.pk for item in done]).update(
        state=State.DONE, error="", waits_for="", done_at=now, due=now
    )
    save([item for item in items if item.state != State.DONE or item.error])


def put(item: OutboxItem, answer: Answer) -> None:
    """Set how a change stands after an answer."""
    now = timezone.now()
    if answer.end == "done":
        end(item, State.CONFLICT if item.conflict else State.DONE, answer.words)
    elif answer.end == "gone":
        item.conflict = item.conflict or {
            name: {"base": item.base.get(name), "local": value, "zoho": None, "kept": "zoho"}
            for name, value in item.changed.items()
        }
        end(item, State.CONFLICT, GONE)
    elif answer.end == "unsure":
        item.state, item.error = State.UNSURE, answer.words
        item.due = now + timedelta(seconds=get_settings().mirror.settle)
    elif answer.end == "later" and item.attempts < MAX_ATTEMPTS:
        item.state, item.error = State.NEW, answer.words
        item.due = now + timedelta(seconds=pause(item.attempts))
    else:
        end(item, State.DEAD, answer.words)


def end(item: OutboxItem, state: str, words: str = "") -> None:
    """Set that nothing more is done with a change, and why."""
    item.state, item.error, item.waits_for = state, words, ""
    item.done_at = item.due = timezone.now()


def pause(attempts: int) -> float:
    """Return the seconds until the next attempt; spread, so that not all come at once."""
    wait = min(FIRST_WAIT * 2.0 ** max(attempts - 1, 0), MAX_WAIT)
    return wait * (0.75 + random.random() / 2)  # noqa: S311


def linked(work: Work, times: Mapping[str, tuple[str, datetime | None]]) -> None:
    """Write the ids and times of records to their rows, so that they are known when they come.

    Without a time, the row keeps its own.
    """
    if not times:
        return
    model, now = work.target.model, timezone.now()
    rows = model._base_manager.filter(connection=work.connection)
    named: list[Any] = []
    by_time: dict[datetime, list[Any]] = defaultdict(list)
    for key, known in rows.filter(pk__in=list(times)).values_list("pk", "zoho_id"):
        zoho_id, modified = times[str(key)]
        if known != zoho_id:
            named.append(model(pk=key, zoho_id=zoho_id))
        if modified:
            by_time[modified].append(key)
    model._base_manager.bulk_update(named, ["zoho_id"], batch_size=100)
    for modified, keys in by_time.items():  # a request's records share a second or two
        rows.filter(pk__in=keys).update(zoho_modified_time=modified, synced_at=now)
    open_ones = OutboxItem.objects.open().filter(
        connection=work.connection, module=work.state.module, zoho_id=""
    )
    for item in open_ones.filter(object_id__in=list(times)):
        OutboxItem.objects.filter(pk=item.pk).update(zoho_id=times[item.object_id][0])
    release(work, times.keys())


def _held_by_others(
    work: Work, items: Sequence[OutboxItem], answers: Sequence[Answer]
) -> dict[str, str]:
    """Return the rows that have an id which a creation was answered with, by id."""
    created = {
        answer.zoho_id: item.object_id
        for item, answer in zip(items, answers, strict=True)
        if item.operation == "create" and answer.zoho_id
    }
    if not created:
        return {}
    rows = work.target.rows(work.connection).filter(zoho_id__in=created)
    return {
        zoho_id: str(key)
        for key, zoho_id in rows.values_list("pk", "zoho_id")
        if str(key) != created[zoho_id]
    }
