"""How much Python does, counted: a machine that is busy does not do more."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def function_calls(work: Callable[[], Any]) -> int:
    """Return how many functions were called, those written in C among them."""
    count = 0

    def note(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
