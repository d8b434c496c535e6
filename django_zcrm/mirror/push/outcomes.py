"""Stores the results of sent changes: in the outbox, and in the rows."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from ...conf import get_settings
from ...zoho.retry import backoff
from .. import saving
from ..locking import locked
from ..models import OutboxItem
from ..models.primary import rows_on_primary
from ..work import Work
from .cycles import follow_up
from .references import release
from .sending import Answer

State = OutboxItem.State

FIRST_WAIT, MAX_WAIT = 30.0, 3600.0
"""Seconds between two attempts, doubled each time."""

MAX_ATTEMPTS = 20
"""Attempts after which a change with a transient error is given up."""

TAKEN = "Zoho took it for record {}, which is row {} here."

GONE = "The record is not in Zoho any more."


@dataclass
class Drained:
    """Counts of changes by result; `lost` is the number of unanswered requests in a row."""

    done: int = 0
    conflicts: int = 0
    dead: int = 0
    later: int = 0
    unsure: int = 0
    lost: int = 0

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def count(self, items: Iterable[OutboxItem]) -> None:
        """Count items by their state."""
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
    """Write items."""
    saving.update_all(items, FIELDS)


def store_answers(work: Work, items: Sequence[OutboxItem], answers: Sequence[Answer]) -> None:
    """Store the answers to changes that were sent."""
    times: dict[str, tuple[str, datetime | None]] = {}
    pairs = list(zip(items, answers, strict=True))
    created = {a.zoho_id: i.object_id for i, a in pairs if i.operation == "create" and a.zoho_id}
    held = held_by_others(work, created)
    for item, answer in pairs:
        if answer.zoho_id in held and item.operation == "create":
            finish(item, State.DEAD, TAKEN.format(answer.zoho_id, held[answer.zoho_id]))
            continue
        apply_answer(item, answer)
        if answer.end == "done" and item.operation != "delete":
            item.zoho_id = answer.zoho_id or item.zoho_id
            times[item.object_id] = item.zoho_id, answer.modified

    def write(columns: object) -> None:
        _save(items)
        link_rows(work, times)
        follow_up(items)

    work.write(write)


def _save(items: Sequence[OutboxItem]) -> None:
    """Write items; those that are done without an error take two queries for all."""
    done = [item for item in items if item.state == State.DONE and not item.error]
    created = [item for item in done if item.operation == "create"]
    saving.update_all(created, ["zoho_id"])
    now = timezone.now()
    OutboxItem.objects.filter(pk__in=[item.pk for item in done]).update(
        state=State.DONE, error="", waits_for="", done_at=now, due=now
    )
    save([item for item in items if item.state != State.DONE or item.error])


def apply_answer(item: OutboxItem, answer: Answer) -> None:
    """Set an item's state after an answer."""
    now = timezone.now()
    if answer.end == "done":
        finish(item, State.CONFLICT if item.conflict else State.DONE, answer.words)
    elif answer.end == "gone":
        item.conflict = item.conflict or {
            name: {"base": item.base.get(name), "local": value, "zoho": None, "kept": "zoho"}
            for name, value in item.changed.items()
        }
        finish(item, State.CONFLICT, GONE)
    elif answer.end == "unsure":
        item.state, item.error = State.UNSURE, answer.words
        item.due = now + timedelta(seconds=get_settings().mirror.settle)
    elif answer.end == "later" and item.attempts < MAX_ATTEMPTS:
        item.state, item.error = State.NEW, answer.words
        item.due = now + timedelta(seconds=retry_delay(item.attempts))
    else:
        finish(item, State.DEAD, answer.words)


def finish(item: OutboxItem, state: str, words: str = "") -> None:
    """Set an item's final state, and the reason."""
    item.state, item.error, item.waits_for = state, words, ""
    item.done_at = item.due = timezone.now()


def retry_delay(attempts: int) -> float:
    """Return the seconds until the next attempt, with jitter."""
    wait = backoff(max(attempts - 1, 0), FIRST_WAIT, MAX_WAIT)
    return wait * random.uniform(0.75, 1.25)  # noqa: S311


def link_rows(work: Work, times: Mapping[str, tuple[str, datetime | None]]) -> None:
    """Write the ids and times of records to their rows, by which they are recognised when read.

    Without a time, the row keeps its own.
    """
    if not times:
        return
    model, now = work.target.model, timezone.now()
    rows = rows_on_primary(model).filter(connection=work.connection)
    changed: list[Any] = []
    for row in locked(rows.filter(pk__in=list(times))):
        zoho_id, modified = times[str(row.pk)]
        if row.zoho_id != zoho_id or modified:
            row.zoho_id = zoho_id
            changed.append(row)
        if modified:
            row.zoho_modified_time, row.synced_at = modified, now
    saving.update_all(changed, ["zoho_id", "zoho_modified_time", "synced_at"])
    open_ones = OutboxItem.objects.open().filter(
        connection=work.connection, module=work.state.module, zoho_id=""
    )
    for item in open_ones.filter(object_id__in=list(times)):
        OutboxItem.objects.filter(pk=item.pk).update(zoho_id=times[item.object_id][0])
    release(work.connection.pk, work.state.module, times.keys(), rows.db)


def held_by_others(work: Work, new_ids: Mapping[str, str]) -> dict[str, str]:
    """Return, by id, the rows that already have an id that is to be set on another row.

    `new_ids` are the rows on which ids are to be set, by id.
    """
    if not new_ids:
        return {}
    rows = work.target.rows(work.connection).filter(zoho_id__in=list(new_ids))
    return {
        zoho_id: str(key)
        for key, zoho_id in rows.values_list("pk", "zoho_id")
        if str(key) != new_ids[zoho_id]
    }
