"""What a ledger notes of a history: rows and what was saved in them, records and their states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .history import History

SITE, ZOHO = "site", "zoho"

KEPT = 7 * 86_400
"""Seconds for which the outbox keeps changes that reached Zoho."""

Key = tuple[str, int]
"""A row: its module and primary key."""


class Violation(AssertionError):
    """An invariant is violated. `invariant` is its name, `history` the shortened history."""

    history: History | None = None

    def __init__(self, invariant: str, message: str) -> None:
        super().__init__(f"{invariant}: {message}")
        self.invariant = invariant


@dataclass
class Write:
    """A value that a user of the site saved, who had `seen` another one; `time` is Zoho's.

    `is_certain` is False if the save raised an error.
    """

    moment: int
    time: float
    attribute: str
    value: Any
    is_certain: bool
    seen: Any = None


@dataclass
class Row:
    """A row of the site, as its users wrote it.

    `is_matched` says that it was created with the match value of a record, whose other values it
    may replace: this is what `match_on` is for. `is_invalid` says that a user saved a value that
    Zoho refuses. `ids` are those of the record when it was saved. `seen_at_deletion` has the values
    that the user who deleted it had loaded.
    """

    module: str
    org: int
    writes: list[Write] = field(default_factory=list)
    deleted: int = 0
    is_deletion_certain: bool = False
    deleted_id: str = ""
    seen_at_deletion: dict[str, Any] = field(default_factory=dict)
    is_matched: bool = False
    is_invalid: bool = False
    ids: set[str] = field(default_factory=set)

    def last_write(self, attribute: str) -> Write | None:
        """Return what was saved last in a column; None if nothing was."""
        writes = [write for write in self.writes if write.attribute == attribute]
        return writes[-1] if writes else None

    def had_at_deletion(self, record: LedgerRecord, name: str, change: State) -> bool:
        """Whether a user who deleted it had seen a value that its record got before."""
        is_earlier = self.deleted_id == record.id and change.moment < self.deleted
        return is_earlier and self.seen_at_deletion[name] == change.values[name]

    def moment_of(self, attribute: str, value: Any) -> int:
        """Return when a value was saved last; 0 if it never was."""
        return max(
            (w.moment for w in self.writes if (w.attribute, w.value) == (attribute, value)),
            default=0,
        )


@dataclass
class State:
    """The values of a record from a moment on, and who wrote them; `time` is Zoho's.

    `is_settled` is False if the site may not know that it wrote them.
    """

    moment: int
    time: float
    author: str
    values: dict[str, Any]
    is_settled: bool = True


@dataclass
class LedgerRecord:
    """A record in Zoho with all its states; `ends` are its deletions: moments, and Zoho's times."""

    id: str
    module: str
    org: int
    states: list[State] = field(default_factory=list)
    ends: list[tuple[int, float]] = field(default_factory=list)
    is_live: bool = True

    @property
    def creator(self) -> str:
        """Who created it."""
        return self.states[0].author

    @property
    def values(self) -> dict[str, Any]:
        """The present values."""
        return self.states[-1].values

    def states_since(self, moment: int) -> list[State]:
        """Return the state at a moment, and all later ones."""
        return [
            state
            for number, state in enumerate(self.states, 1)
            if number == len(self.states) or self.states[number].moment > moment
        ]

    def was_deleted_since(self, moment: int) -> bool:
        """Whether it was deleted after a moment."""
        return any(end > moment for end, _ in self.ends)

    def unsent_writes(
        self, writes: Sequence[Write], states: Sequence[State], name: str
    ) -> Sequence[Write]:
        """Return a column's writes that came after the one which the site last sent to Zoho.

        `states` are those of the record so far; those of which the site may not know do not count.
        """
        _, moment = self._last_sent(writes, states, name)
        return [write for write in writes if write.moment > moment]

    def has_sent_value_again(
        self, writes: Sequence[Write], states: Sequence[State], name: str
    ) -> bool:
        """Whether a column has the value which the site last sent, after another one of Zoho's.

        And a user of a later write had loaded what the record or its row had before that was sent.
        The mirror compares values, so it takes the value for the one that the site sent.
        """
        number, moment = self._last_sent(writes, states, name)
        former = [state.values[name] for state in states[:number]]
        former += [value for w in writes if w.moment < moment for value in (w.seen, w.value)]
        is_again = moment > 0 and states[-1].values[name] == states[number].values[name]
        return is_again and any(w.seen in former for w in writes if w.moment > moment)

    def _last_sent(
        self, writes: Sequence[Write], states: Sequence[State], name: str
    ) -> tuple[int, int]:
        """Return the position of the state that the site last wrote, and the moment of its save."""
        for number in range(len(states) - 1, -1, -1):
            state, value = states[number], states[number].values[name]
            former = states[number - 1].values[name] if number else None
            if not state.is_settled or state.author != SITE or former == value:
                continue
            sent = [w.moment for w in writes if w.value == value and w.moment < state.moment]
            if sent:
                return number, sent[-1]
        return 0, 0


def last_change(states: Sequence[State], name: str) -> State:
    """Return the first of the states with the value that the last one has."""
    pairs = zip(reversed(states[:-1]), reversed(states), strict=False)
    changes = (state for former, state in pairs if former.values[name] != state.values[name])
    return next(changes, states[0])
