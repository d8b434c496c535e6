"""What those who act in a history share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .oracle import Oracle
from .values import Column, Shape
from .world import World


class CreationRefused(LookupError):
    """Zoho refuses the values with which the simulation creates records."""


class Stage:
    """A world that was just reset, its oracle, and the trace."""

    def __init__(self, world: World, oracle: Oracle, note: Callable[[str], None]) -> None:
        self.world, self.oracle, self.note = world, oracle, note
        self.shapes = list(oracle.shapes.values())
        self.numbers = 1000
        self.stale: list[tuple[Shape, Any]] = []
        self.removed: dict[tuple[int, str], Any] = {}

    def note_here(self, line: str) -> None:
        """Add a line to the trace, with the name of the running process."""
        self.note(f"  {self.world.scheduler.process.name}: {line}")

    def fresh(self) -> int:
        """Return a new number."""
        self.numbers += 1
        return self.numbers

    def make_value(self, column: Column, present: Any = None) -> Any:
        """Return a value for a column, other than the `present` one if it has several."""
        number = self.fresh()
        value = column.make(number)
        return column.make(number + 1) if value == present else value
