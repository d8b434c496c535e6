"""Which function probes which guess."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from . import probes
from .lab import Lab

Probe = Callable[[Lab], str]
"""Asks Zoho, and returns the behaviour of the guess's knob that was seen.

Raises Unknown when that cannot be found out, Unexpected when Zoho does something else.
"""

_registered: dict[str, Probe] = {}


def probe(guess: str) -> Callable[[Probe], Probe]:
    """Register the function as the probe of a guess."""

    def register(function: Probe) -> Probe:
        _registered[guess] = function
        return function

    return register


@cache
def all_probes() -> Mapping[str, Probe]:
    """Return the probes of all modules of `probes/`, by guess."""
    for module in iter_modules(probes.__path__):
        import_module(f"{probes.__name__}.{module.name}")
    return _registered
