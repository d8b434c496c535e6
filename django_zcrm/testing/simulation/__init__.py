"""Plays random histories of a mirror in one thread, and checks what the mirror promises.

The real code runs against the emulator with a simulated clock, network and scheduler. A seed
determines a history completely. How-to: docs/howto/simulate-your-mirror.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .entries import Violation
    from .history import History, Step
    from .ranges import Report
    from .running import replay, simulate

_HOMES = {
    "History": "history",
    "Report": "ranges",
    "Step": "history",
    "Violation": "entries",
    "replay": "running",
    "simulate": "running",
}

MISSING = "The simulation needs greenlet: pip install 'django-zcrm[simulation]'"

__all__ = ["History", "Report", "Step", "Violation", "replay", "simulate"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name != "greenlet":
            raise
        raise ImportError(MISSING) from error
