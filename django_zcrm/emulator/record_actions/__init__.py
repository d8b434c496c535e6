"""Actions on records that depend on settings: locks, territories, merging, scores...

Importing the package registers its operations in `routes`.
"""

from __future__ import annotations

from django_zcrm.emulator.record_actions import (
    inventory,
    locking,
    meetings,
    merging,
    remains,
    scores,
    territories,
)
from django_zcrm.emulator.record_actions.routing import routes

__all__ = [
    "inventory",
    "locking",
    "meetings",
    "merging",
    "remains",
    "routes",
    "scores",
    "territories",
]
