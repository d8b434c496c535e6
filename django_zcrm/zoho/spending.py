"""Priority and credit budget of the calls in a block of code, as context variables.

As every context variable, it goes along into coroutines and tasks, but not into threads.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from .errors import BudgetSpent

PRIORITIES = ("interactive", "batch")

_is_batch: ContextVar[bool] = ContextVar("zcrm_is_batch", default=False)
_budget: ContextVar[Budget | None] = ContextVar("zcrm_budget", default=None)


@dataclass(eq=False)
class Budget:
    """The credits that a block may use, and has used; calls in other threads are not counted."""

    limit: int
    credits: int = 0
    outer: Budget | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def left(self) -> int:
        """How many credits the block may still use."""
        return self.limit - self.credits

    def take(self, credits: int, operation: str = "") -> None:
        """Count credits that a call is about to use. Raises BudgetSpent if they are too many."""
        with self._lock:
            if self.credits + credits > self.limit:
                raise BudgetSpent(
                    f"The call needs {credits} of Zoho's credits, and {self.left} of the budget of "
                    f"{self.limit} are left, so it was not sent.",
                    operation=operation,
                )
            if self.outer is not None:
                self.outer.take(credits, operation)
            self.credits += credits

    def give_back(self, credits: int) -> None:
        """Give counted credits back, since the call was not carried out."""
        with self._lock:
            self.credits -= credits
        if self.outer is not None:
            self.outer.give_back(credits)


def is_batch() -> bool:
    """Whether the calls of the current block are batch calls, for which nobody waits."""
    return _is_batch.get()


def current_budget() -> Budget | None:
    """Return the budget of the current block, if there is one."""
    return _budget.get()


@contextmanager
def priority(name: str) -> Generator[None]:
    """Make the calls of a block `interactive` (the default), or `batch`: nobody waits for them.

    Of Zoho's limits, batch calls leave a share to the others: `ZCRM["GOVERNOR"]["RESERVE"]`.
    """
    if name not in PRIORITIES:
        raise ValueError(f"a priority is {' or '.join(PRIORITIES)}, not {name!r}")
    token = _is_batch.set(name == "batch")
    try:
        yield
    finally:
        _is_batch.reset(token)


@contextmanager
def budget(*, credits: int) -> Generator[Budget]:
    """Limit the credits of the calls in a block; yields the budget, which counts them.

    A call that would use more raises BudgetSpent and is not sent. Of blocks inside each other, all
    limits hold.
    """
    if credits < 0:
        raise ValueError("credits is a whole number, not below zero")
    spent = Budget(credits, outer=_budget.get())
    token = _budget.set(spent)
    try:
        yield spent
    finally:
        _budget.reset(token)
