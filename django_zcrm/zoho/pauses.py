"""Waits before a call is tried again. Tests replace them, so that nobody really waits."""

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
    """Async version of `pause`; other tasks run meanwhile in any case."""
    import asyncio  # there by now, and otherwise as slow to load as the client

    if _replacements:
        _replacements[-1](seconds)
        seconds = 0
    await asyncio.sleep(seconds)


@contextmanager
def override_pause(by: Pausing) -> Generator[None]:
    """Call `by` with the seconds instead of sleeping, in all threads, while the block runs."""
    _replacements.append(by)
    try:
        yield
    finally:
        _replacements.remove(by)
