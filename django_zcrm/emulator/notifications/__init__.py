"""Notifications: channels that watch modules, and callbacks about changes."""

from __future__ import annotations

from django_zcrm.emulator.notifications.changes import note, take
from django_zcrm.emulator.notifications.operations import routes

__all__ = ["note", "routes", "take"]
