"""Changes on their way to Zoho: values that the stages of a push take and return."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from ...reasons import reason
from ...zoho.calls.retry import backoff
from ..models import OutboxItem
from ..models.outbox import MAX_WAIT, settle_wait
from ..planning.conflicts import is_zoho_kept
from ..planning.merging import Saved, saved_values

State = OutboxItem.State

FIRST_WAIT = 30.0
"""Seconds until the second attempt; the wait is doubled each time, up to MAX_WAIT."""

MAX_ATTEMPTS = 20
"""Attempts after which a change with a transient error of its own fails."""

FIELDS = (
    "state",
    "error",
    "due",
    "sent_at",
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
"""The columns of an outbox item that a push writes."""


@dataclass(frozen=True)
class Link:
    """The record of a row, and its Modified_Time; without a time, the row keeps its own.

    `former` is the Modified_Time that the record had before it was written, if it was read.
    `is_found` says that Zoho found the record when it was to be created.
    """

    zoho_id: str
    modified: datetime | None = None
    former: datetime | None = None
    is_found: bool = False

    def as_read(self) -> Link:
        """Return the link of a row that takes over the record."""
        return Link(self.zoho_id, self.modified)


@dataclass(frozen=True)
class Change:
    """A change of one row, with the values that FIELDS of its outbox item will have.

    `items` are the items that were merged into it, oldest first; the last one is stored with its
    values. Stages return changed copies, and only `outcomes.record_outcomes` writes items.
    `is_reduced` says that fields were taken back, of which the row may not have Zoho's values.
    `is_ready` is False for a change that is not to be sent in this push. `link` is the record that
    the row gets, and `record` a record whose values the row takes over. `record_time` is the
    Modified_Time of the record when conflicts were checked. `is_record_missing` is True if Zoho did
    not find the record. `lost_at` is the time of the last request of an item that got no response.
    """

    items: tuple[OutboxItem, ...]
    state: str
    error: str
    due: datetime
    sent_at: datetime | None
    done_at: datetime | None
    zoho_id: str
    match_value: str
    operation: str
    changed: Mapping[str, Any]
    base: Mapping[str, Any]
    conflict: Mapping[str, Any]
    attempts: int
    waits_for: str
    is_ready: bool = True
    link: Link | None = None
    record: Mapping[str, Any] | None = None
    record_time: datetime | None = None
    is_record_missing: bool = False
    is_reduced: bool = False
    lost_at: datetime | None = None

    @classmethod
    def of(cls, *items: OutboxItem) -> Change:
        """Return the change of items that are not being sent; those before the last one are merged.

        Only the requests that got no response have a `sent_at`: Zoho may have these changes.
        """
        values = {name: getattr(items[-1], name) for name in FIELDS}
        if len(items) > 1:
            values["sent_at"] = max((i.sent_at for i in items if i.sent_at), default=None)
        return cls(items, **values, lost_at=values["sent_at"])

    @property
    def item(self) -> OutboxItem:
        """The item that is stored with the values of the change."""
        return self.items[-1]

    @property
    def key(self) -> int:
        """The primary key of the item."""
        return int(self.item.pk)

    @property
    def row(self) -> str:
        """The primary key of the row."""
        return self.item.object_id

    def saved_values(self) -> Saved:
        """Return the values that users saved last, by field."""
        return saved_values(self.changed, self.base, self.key)

    def difference(self) -> dict[str, Any]:
        """Return the values of FIELDS that the item does not have."""
        # Every change is compared seven times, so this does not call `getattr` for each value.
        values, stored = self.__dict__, self.items[-1].__dict__
        return {name: values[name] for name in FIELDS if values[name] != stored[name]}

    def end(self, state: str, why: str = "") -> Change:
        """Return the change with its final state, and the reason."""
        now = timezone.now()
        return replace(
            self, state=state, error=why, waits_for="", done_at=now, due=now, is_ready=False
        )

    def end_unsent(self) -> Change:
        """Return the change, which has nothing left to send, as in conflict or as done."""
        return self.end(State.CONFLICT if is_zoho_kept(self.conflict) else State.DONE)

    def start(self, now: datetime) -> Change:
        """Return the change as it is stored before its request is sent."""
        # The request has the change, so it is later, also if the worker's clock is slow.
        sent_at = max(now, self.item.created_at)
        return replace(self, state=State.SENDING, sent_at=sent_at, attempts=self.attempts + 1)

    def accept(
        self,
        zoho_id: str = "",
        modified: datetime | None = None,
        why: str = "",
        *,
        is_found: bool = False,
    ) -> Change:
        """Return the change as one that Zoho has; by default its record has the known id."""
        # What changes before a deletion lost to Zoho went with the record.
        is_deletion = self.operation == "delete"
        is_shown = any(not is_deletion or both["kept"] != "zoho" for both in self.conflict.values())
        ended = self.end(State.CONFLICT if is_shown else State.DONE, why)
        if is_deletion:
            return ended
        zoho_id = zoho_id or self.zoho_id
        link = Link(zoho_id, modified, self.record_time, is_found)
        return replace(ended, zoho_id=zoho_id, link=link)

    def refuse(self, why: str) -> Change:
        """Return the change as failed: Zoho refused it."""
        return replace(self, sent_at=self.lost_at).end(State.FAILED, why)

    def to_update(self) -> Change:
        """Return a creation that Zoho may have as an update of all its values.

        The values that the record has may be later than those of the creation, or somebody else's.
        The worker that sent the request may have had a wrong clock, so times do not show which.
        Therefore every value that differs is in conflict.
        """
        changed = {**self.base, **self.changed}
        return replace(self, operation="update", changed=changed, base=dict.fromkeys(changed))

    def lose_record(self) -> Change:
        """Return the change as a conflict: its record is no longer in Zoho."""
        conflict = dict(self.conflict)  # of an attempt before, perhaps in other fields
        for name, value in self.changed.items():
            former = conflict.get(name, {"base": self.base.get(name), "zoho": None})
            conflict[name] = {**former, "local": value, "kept": "zoho"}
        change = replace(self, conflict=conflict, is_record_missing=True)
        return change.end(State.CONFLICT, reason("gone"))

    def doubt(self, why: str) -> Change:
        """Return the change in doubt: its request got no response. The attempt does not count."""
        due = timezone.now() + settle_wait()
        attempts = max(self.attempts - 1, 0)
        return replace(
            self, state=State.IN_DOUBT, error=why, due=due, attempts=attempts, is_ready=False
        )

    def wait(self, why: str, seconds: float | None = None) -> Change:
        """Return the change as one that could not be sent; the attempt does not count.

        The wait grows with the change's age, unless Zoho named `seconds`.
        """
        wait = self.age_wait() if seconds is None else seconds
        attempts = max(self.attempts - 1, 0)
        return replace(self, attempts=attempts)._postpone(why, _add_jitter(max(wait, FIRST_WAIT)))

    def retry(self, why: str) -> Change:
        """Return the change with its next attempt, or as failed after MAX_ATTEMPTS."""
        if self.attempts >= MAX_ATTEMPTS:
            return self.refuse(why)
        return self._postpone(why, _add_jitter(backoff(self.attempts - 1, FIRST_WAIT, MAX_WAIT)))

    def age_wait(self) -> float:
        """Return the wait, in seconds, of a change whose attempts do not count."""
        age = (timezone.now() - self.item.created_at).total_seconds()
        return min(max(age / 4, 0.0), MAX_WAIT)

    def _postpone(self, why: str, seconds: float) -> Change:
        """Return the change, whose last request Zoho refused, as one that is due later."""
        due = timezone.now() + timedelta(seconds=seconds)
        return replace(
            self, state=State.NEW, error=why, due=due, sent_at=self.lost_at, is_ready=False
        )


def replace(change: Change, **values: Any) -> Change:
    """Return a copy with other values; `dataclasses.replace` takes several times as long."""
    copied = object.__new__(Change)
    copied.__dict__.update(change.__dict__, **values)
    return copied


def _add_jitter(seconds: float) -> float:
    return min(seconds, MAX_WAIT) * random.uniform(0.75, 1.0)  # noqa: S311
