"""Histories of the functions that plan a push: merged changes, and decided conflicts.

They need no database and no emulator, so that many more of them can be played.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django_zcrm.mirror.planning.conflicts import decide
from django_zcrm.mirror.planning.merging import merge_changes

from .entries import Violation
from .history import LENGTH, History, Step
from .simulation import SimulationResult

FIELDS = ("a", "b", "c")
POLICIES = ("zoho_wins", "local_wins", "newest", "merge")
KINDS = {"save": 10, "delete": 2, "edit": 5, "push": 5}

Values = dict[str, Any]


@dataclass
class Item:
    """A change of a row, as the outbox holds it."""

    key: int
    operation: str
    changed: Values
    base: Values = field(default_factory=dict)
    conflict: Values = field(default_factory=dict)
    lost_at: None = None


def generate(seed: int, length: int = LENGTH) -> History:
    """Return the history of a seed; `conflict` is its policy."""
    chance = random.Random(f"planning {seed}")  # noqa: S311
    kinds = chance.choices(list(KINDS), list(KINDS.values()), k=length)
    steps = [
        Step(number, kind, {"names": tuple(chance.sample(FIELDS, chance.randint(1, 3)))})
        for number, kind in enumerate(kinds, 1)
    ]
    return History(seed, (), tuple(steps), conflict=chance.choice(POLICIES))


class PlanningSimulation:
    """Plays histories of one row and its record."""

    subject = "planning"

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Do nothing: the functions are pure."""
        yield

    def play_seed(self, seed: int, length: int = LENGTH) -> SimulationResult:
        """Play the history of a seed."""
        return self.play(generate(seed, length))

    def play(self, history: History) -> SimulationResult:
        """Play a history to its end, or to the first violation."""
        outcome = SimulationResult(history)
        row = _Row(history.conflict or POLICIES[0])
        with outcome.catching("steps"):
            for step in history.steps:
                outcome.trace.append(f"{step.number} {step.kind} {step.args['names']}")
                getattr(row, step.kind)(step.number, step.args["names"])
            row.push(0, FIELDS)
        return outcome


class _Row:
    """A row, its record in Zoho, and its changes that were not sent."""

    def __init__(self, policy: str) -> None:
        self.policy = policy
        self.local: Values | None = None
        self.zoho: Values | None = None
        self.items: list[Item] = []
        self.is_zoho_newer = False
        self.edited: set[str] = set()

    def save(self, number: int, names: tuple[str, ...]) -> None:
        """Save values on the site: a new row, if there is none."""
        values = {name: f"local {number} {name}" for name in names}
        if self.local is None:
            self.local = {**dict.fromkeys(FIELDS), **values}
            self.items.append(Item(number, "create", values))
        else:
            base = {name: self.local[name] for name in names}
            self.local |= values
            self.items.append(Item(number, "update", values, base))
        self.is_zoho_newer = False

    def delete(self, number: int, names: tuple[str, ...]) -> None:
        """Delete the row."""
        if self.local is not None and not self.edited:
            self.items.append(Item(number, "delete", {}, dict(self.local)))
            self.local = None

    def edit(self, number: int, names: tuple[str, ...]) -> None:
        """Save values in Zoho, of a record that the site does not delete or create again."""
        if self.zoho is not None and all(item.operation == "update" for item in self.items):
            self.zoho |= {name: f"zoho {number} {name}" for name in names}
            self.edited.update(names)
            self.is_zoho_newer = True

    def push(self, number: int, names: tuple[str, ...]) -> None:
        """Send what was not sent, and read the record. Raises Violation."""
        items, self.items = self.items, []
        while items:
            change = merge_changes(items)
            if not 0 < change.count <= len(items):
                raise Violation("merging", f"{change.count} of {len(items)} changes are merged")
            items = items[change.count :]
            if change.operation == "create":
                if self.zoho is not None:
                    raise Violation("merging", "a record that exists is created")
                self.zoho = {**dict.fromkeys(FIELDS), **change.changed}
            elif change.operation == "delete":
                self.zoho = None
            elif change.operation == "update":
                self._update(change.changed, change.base)
        if self.zoho != self.local and not self.edited:
            raise Violation("merging", f"the record has {self.zoho}, the row {self.local}")
        self.local, self.edited = None if self.zoho is None else dict(self.zoho), set()

    def _update(self, changed: Values, base: Values) -> None:
        if self.zoho is None:
            raise Violation("merging", "a record that does not exist is changed")
        before = dict(self.zoho)
        decision = decide(self.policy, changed, base, before, is_zoho_newer=self.is_zoho_newer)
        self.zoho |= decision.send
        clashes = self.edited & {name for name in changed if changed[name] != before[name]}
        policy = self.policy
        if policy == "newest":
            policy = "zoho_wins" if self.is_zoho_newer else "local_wins"
        for name in changed:
            is_zoho_kept = (bool(clashes) and policy == "zoho_wins") or (
                name in clashes and policy == "merge"
            )
            expected = before[name] if is_zoho_kept else changed[name]
            if self.zoho[name] != expected:
                raise Violation("policy", f"{policy}: {name} is {self.zoho[name]}, not {expected}")
            if (is_zoho_kept or name in clashes) and name not in decision.lost:
                raise Violation("losing values are kept", f"{policy}: {name} is not shown")
