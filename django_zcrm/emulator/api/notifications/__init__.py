"""Notifications: channels that watch modules, and callbacks about changes."""

from __future__ import annotations

from django_zcrm.emulator.api.notifications import channels

routes = channels.routes
