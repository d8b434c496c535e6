"""Waits before a call is retried. Tests can replace them to avoid real waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

Pausing = Callable[[float], object]

_replacements: list[Pausing] = []


def pause(seconds: float) -> None:
    """Sleep, or call the override."""
    if _replacements:
        _replacements[-1](seconds)
    else:
        time.sleep(seconds)


async def apause(seconds: float) -> None:
    """Async version of `pause`; other tasks run in the meantime."""
    import asyncio  # already loaded when this runs; at the top, it would slow down the import

    if _replacements:
        _replacements[-1](seconds)
        seconds = 0
    await asyncio.sleep(seconds)


@contextmanager
def override_pause(by: Pausing) -> Generator[None]:
    """Call `by` with the seconds instead of sleeping, in all threads, during the block."""
    _replacements.append(by)
    try:
        yield
    finally:
        _replacements.remove(by)
