"""Priority and credit budget of the calls in a block of code, as context variables.

Like every context variable, they are copied to coroutines and tasks, but not to threads.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from ..errors import BudgetExceeded

PRIORITIES = ("interactive", "batch")

_is_batch: ContextVar[bool] = ContextVar("zcrm_is_batch", default=False)
_may_wait: ContextVar[bool] = ContextVar("zcrm_may_wait", default=True)
_budget: ContextVar[Budget | None] = ContextVar("zcrm_budget", default=None)


@dataclass(eq=False)
class Budget:
    """The credits that a block may use, and has used; calls in other threads are not counted.

    `is_exceeded` is whether a call was not sent because of this limit.
    """

    limit: int
    credits: int = 0
    outer: Budget | None = None
    is_exceeded: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def remaining(self) -> int:
        """The number of credits that the block may still use."""
        return self.limit - self.credits

    def charge(self, credits: int, operation: str = "") -> None:
        """Count the credits of the next call. Raises BudgetExceeded if they are too many."""
        with self._lock:
            if self.credits + credits > self.limit:
                self.is_exceeded = True
                raise BudgetExceeded(
                    f"The call needs {credits} of Zoho's credits, but the budget of {self.limit} "
                    f"has only {self.remaining} left, so it was not sent.",
                    operation=operation,
                )
            if self.outer is not None:
                self.outer.charge(credits, operation)
            self.credits += credits

    def refund(self, credits: int) -> None:
        """Give counted credits back, because the call was not performed."""
        with self._lock:
            self.credits -= credits
        if self.outer is not None:
            self.outer.refund(credits)


def is_batch() -> bool:
    """Whether the calls of the current block are batch calls, for which nobody waits."""
    return _is_batch.get()


def may_wait() -> bool:
    """Return whether calls of the current block may wait: for a slot, and before a retry."""
    return _may_wait.get()


@contextmanager
def no_waiting() -> Generator[None]:
    """Make the calls of a block fail instead of waiting for a slot or before a retry.

    A worker uses this: until the time in the error, it does other work.
    """
    token = _may_wait.set(False)
    try:
        yield
    finally:
        _may_wait.reset(token)


def current_budget() -> Budget | None:
    """Return the budget of the current block, if there is one."""
    return _budget.get()


@contextmanager
def priority(name: str) -> Generator[None]:
    """Make the calls of a block `interactive` (the default), or `batch`: nobody waits for them.

    Batch calls leave a share of Zoho's limits to the others: `ZCRM["LIMITS"]["RESERVE"]`.
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

    A call that would use more raises BudgetExceeded and is not sent. In nested blocks, all limits
    apply.
    """
    if credits < 0:
        raise ValueError("credits must be a whole number, 0 or more")
    spent = Budget(credits, outer=_budget.get())
    token = _budget.set(spent)
    try:
        yield spent
    finally:
        _budget.reset(token)
