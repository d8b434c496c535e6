"""Notifications: channels that watch modules, and callbacks about changes."""

from __future__ import annotations

from . import channels

routes = channels.routes
