"""Preferences for services."""

from __future__ import annotations

from ..core import Routes
from ..engine.settings import SETTINGS, keys, messages_from, singleton

routes = Routes()

SERVICE_PREFERENCES = singleton(
    routes,
    "/settings/service_preferences",
    scope=f"{SETTINGS}.modules",
    since=3,
    messages=messages_from("Services preferences {verb} successfully"),
    keys={"job_sheet_enabled": keys.Flag(required=True)},
    default_items=lambda org: [{"job_sheet_enabled": True}],
)
