"""Checks that conflicts were conflicts, decided as the policy says, and failures had a cause."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.outbox.references import row_of
from django_zcrm.mirror.planning.conflicts import HELD

from .entries import KEPT, SITE, ZOHO, Key, LedgerRecord, Row, Violation, Write
from .history import FAR_AHEAD
from .ledger import Ledger
from .values import Column, Shape

WINNERS = {"zoho_wins": "zoho", "merge": "zoho", "local_wins": "local"}
"""Which value a policy keeps."""

SETTLED = 2 * FAR_AHEAD
"""Seconds between two changes whose order is certain, whatever clocks say."""


def recorded(
    policy: Callable[..., Any], module: str, chosen: dict[tuple[str, str, str, str], Any]
) -> Callable[..., Any]:
    """Return a conflict function that remembers in `chosen` what it returned."""

    def decide(field: str, base: Any, local: Any, zoho: Any) -> Any:
        value = policy(field, base, local, zoho)
        chosen[module, field, json.dumps(local), json.dumps(zoho)] = value
        return value

    return decide


def check_decisions(oracle: Ledger, shape: Shape, items: Iterable[OutboxItem]) -> None:
    """Check the conflicts and failures of a module's changes. Raises Violation.

    Not of rows of which a person sent a change again.
    """
    for item in items:
        key = item.module, int(item.object_id)
        if key in oracle.retried:
            continue
        if item.state == OutboxItem.State.FAILED and not _has_cause(oracle, shape, item):
            raise Violation("failures have a cause", f"{item}: {item.error}")
        record = oracle.records.get(item.zoho_id)
        if item.conflict and record is not None:
            row = oracle.rows.get(key) or Row(shape.module, record.org)
            _Decision(oracle, shape, item, record, row).check()


def _has_cause(oracle: Ledger, shape: Shape, item: OutboxItem) -> bool:
    """Whether Zoho's users, or a value of the site's, gave Zoho a reason to refuse a change."""
    key = item.module, int(item.object_id)
    row = oracle.rows.get(key)
    if row is None or row.deleted or row.is_matched or row.is_invalid:
        return True
    if item.operation == "create" and len(creations_of(oracle, key)) > 1:
        return True  # `created once` allows that, or is violated
    if oracle.discarded or oracle.has_refused:
        return True
    if any(module == item.module for _, module in oracle.reduced):
        return True
    if oracle.has_moved and any(map(row_of, item.changed.values())):
        return True  # a user may have chosen a row of the organisation before
    is_incomplete = any(column.is_mandatory and not column.is_pushed for column in shape.columns)
    if item.operation == "create" and (
        is_incomplete or shape.defaults or _is_match_of_others(oracle, shape, item)
    ):
        return True
    ids = [item.zoho_id, *(v.get("id") for v in item.changed.values() if isinstance(v, Mapping))]
    records = [oracle.records.get(str(zoho_id)) for zoho_id in ids if zoho_id]
    return any(
        record is None or record.ends or record.id in {*oracle.hidden, *oracle.converted}
        for record in records
    )


def creations_of(oracle: Ledger, key: Key) -> list[LedgerRecord]:
    """Return the records that the site created for a row."""
    return [
        record
        for record in oracle.records.values()
        if record.creator == SITE and oracle.row_of_creation(record) == key
    ]


def _is_match_of_others(oracle: Ledger, shape: Shape, item: OutboxItem) -> bool:
    """Whether a creation's match value no longer leads to its record, but to another row's.

    Because Zoho's users deleted the record or changed that value, and another record got it, from
    a user of the site or because Zoho's users merged both. If the creation had no response, a
    search finds that record. Or a user created another row with the match value, which a worker
    whose clock is ahead sent before it searched.
    """
    match = shape.match_column
    if match is None or item.sent_at is None:
        return False
    is_taken = any(
        row.is_matched
        and row.module == item.module
        and row.moment_of(match.attribute, item.match_value)
        for row in oracle.rows.values()
    )
    return is_taken or any(
        (record.ends or record.values[match.attribute] != item.match_value)
        and any(
            other is not record
            and (other.module, other.org) == (record.module, record.org)
            and any(state.values[match.attribute] == item.match_value for state in other.states)
            for other in oracle.records.values()
        )
        for record in creations_of(oracle, (item.module, int(item.object_id)))
    )


class _Decision:
    """The conflict of one change."""

    def __init__(
        self, oracle: Ledger, shape: Shape, item: OutboxItem, record: LedgerRecord, row: Row
    ) -> None:
        self.oracle, self.item, self.record, self.row = oracle, item, record, row
        self.policy = shape.options.conflict
        columns = {column.zoho_name: column for column in shape.columns}
        self.both_of = [(columns[name], both) for name, both in item.conflict.items()]

    def check(self) -> None:
        """Check the conflict. Raises Violation."""
        if self.record.ends or self.record.id in {*self.oracle.hidden, *self.oracle.converted}:
            return  # a change whose record is no longer in Zoho is in conflict, too
        if any(both["zoho"] is None or both["kept"] == HELD for _, both in self.both_of):
            return  # so is a lookup to such a record; or a person decides
        if self.item.operation == "delete":
            self._check_deletion()
            return
        self.both_of = [one for one in self.both_of if not self._is_replaced(*one)]
        if not self.both_of or self.row.is_invalid or self.row.is_matched:
            pass  # a change that failed, or found a record, does not know what its user saw
        elif self.policy in ("zoho_wins", "newest"):
            # The other fields of the change share the fate of those in conflict.
            if not any(self._is_unseen(*one) for one in self.both_of):
                self._fail("no false conflicts", self.both_of[0])
        elif unreal := [one for one in self.both_of if not self._is_unseen(*one)]:
            self._fail("no false conflicts", unreal[0])
        for column, both in self.both_of:
            if not self._is_as_decided(column, both):
                self._fail("policy", (column, both))
            if column.is_unique and both["kept"] == "zoho" and self._is_sent_later(column, both):
                self._fail("policy", (column, both))

    def _check_deletion(self) -> None:
        """Check what kept a record from being deleted; the rest is of changes before that."""
        kept = [one for one in self.both_of if one[1]["kept"] == "zoho"]
        if kept and self.policy == "local_wins":
            self._fail("policy", kept[0])
        if not kept or self.oracle.is_taken_over(self.record):
            return
        if not any(
            self._is_of_zoho(*one) or self._is_forgotten(*one) or self._is_after_stale_save(*one)
            for one in kept
        ):
            self._fail("no false conflicts", kept[0])

    def _fail(self, invariant: str, one: tuple[Column, Mapping[str, Any]]) -> None:
        column, both = one
        policy = "function" if callable(self.policy) else self.policy
        raise Violation(
            invariant, f"{policy}: {self.item}, {column.attribute}: {both} ({self.record.id})"
        )

    def _find_write(self, column: Column, both: Mapping[str, Any]) -> Write | None:
        value = column.read(both["local"])
        writes = [w for w in self.row.writes if (w.attribute, w.value) == (column.attribute, value)]
        return writes[-1] if writes else None

    def _is_replaced(self, column: Column, both: Mapping[str, Any]) -> bool:
        """Whether Zoho may have won against an earlier value, which the user replaced since."""
        writes = self.oracle.writes_of(self.record, column.attribute)
        return both["kept"] == "local" and self._find_write(column, both) not in (None, *writes[:1])

    def _is_unseen(self, column: Column, both: Mapping[str, Any]) -> bool:
        """Whether the user who saved the site's value may not have seen that of Zoho."""
        write = self._find_write(column, both) if column.is_unique else None
        if write is None or write.seen != column.read(both["zoho"]):
            return True
        # By a fast clock, a request without a response seems to have had the values saved since.
        return self.oracle.max_skew > 0 and not self._is_of_zoho(column, both)

    def _is_of_zoho(self, column: Column, both: Mapping[str, Any]) -> bool:
        """Whether Zoho's users may have written the value in Zoho."""
        return not column.is_unique or bool(self._moments(column, both["zoho"], ZOHO))

    def _is_forgotten(self, column: Column, both: Mapping[str, Any]) -> bool:
        """Whether the outbox had deleted the change that wrote the value in Zoho."""
        value, name, ended = column.read(both["zoho"]), column.attribute, self.item.done_at
        times = [s.time for s in self.record.states if s.values[name] == value]
        since = KEPT - FAR_AHEAD
        return ended is not None and bool(times) and ended.timestamp() - times[0] > since

    def _is_after_stale_save(self, column: Column, both: Mapping[str, Any]) -> bool:
        """Whether a user of an unsent value had seen one from before the one that the site sent.

        Zoho's users may have written it again, after others that the site had read.
        """
        writes = [write for write in self.row.writes if write.attribute == column.attribute]
        values, last = [write.value for write in writes], column.read(both["zoho"])
        if last not in values:
            return False
        unsent = writes[len(values) - values[::-1].index(last) :]
        return any(write.seen not in (last, *values[-len(unsent) :]) for write in unsent)

    def _is_as_decided(self, column: Column, both: Mapping[str, Any]) -> bool:
        """Whether the policy keeps the value that was kept."""
        kept = both["kept"]
        if callable(self.policy):
            key = self.item.module, column.zoho_name, json.dumps(both["local"])
            results = self.oracle.chosen
            if (*key, json.dumps(both["zoho"])) not in results:
                return False
            result = results[*key, json.dumps(both["zoho"])]
            winner = next((side for side in ("zoho", "local") if both[side] == result), "value")
            return bool(kept == winner)
        if self.policy == "newest":
            return self._is_newest(column, both)
        return bool(kept == WINNERS[str(self.policy)])

    def _is_newest(self, column: Column, both: Mapping[str, Any]) -> bool:
        """Whether the value that was kept may be the newest one."""
        saved = self.item.created_at.timestamp()
        if both["kept"] == "local":
            value, name = column.read(both["zoho"]), column.attribute
            times = [s.time for s in self.record.states if s.values[name] == value]
            return not column.is_unique or not times or times[0] < saved + SETTLED
        # Another row may have taken the record over. And a worker whose clock is an hour ahead also
        # takes an older value of the site's for newer.
        is_of_site = self.oracle.max_skew >= FAR_AHEAD or self.oracle.is_taken_over(self.record)
        authors = (ZOHO, SITE) if is_of_site else (ZOHO,)
        states = self.record.states
        return any(state.author in authors and state.time > saved - SETTLED for state in states)

    def _is_sent_later(self, column: Column, both: Mapping[str, Any]) -> bool:
        """Whether the site's value replaced that of Zoho which was kept."""
        sent = self._moments(column, both["local"], SITE)
        kept = self._moments(column, both["zoho"], "")
        return bool(sent and kept) and max(sent) > max(kept)

    def _moments(self, column: Column, raw: Any, author: str) -> list[int]:
        """Return when a value came into the record, by an author or by anybody."""
        value, name, former = column.read(raw), column.attribute, None
        moments = []
        for state in self.record.states:
            is_new = former is None or former.values[name] != value
            if state.values[name] == value and is_new and author in ("", state.author):
                moments.append(state.moment)
            former = state
        return moments
