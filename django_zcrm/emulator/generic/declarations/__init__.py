"""One file a subject; importing them fills the register, in the order in which seeds are made."""

from __future__ import annotations

from django_zcrm.emulator.generic.declarations import hours, preferences

__all__ = ["hours", "preferences"]
