"""Preferences for calls."""

from __future__ import annotations

from ..core import Routes
from ..engine.settings import SETTINGS, keys, messages_from, singleton

routes = Routes()

CALL_PREFERENCES = singleton(
    routes,
    "/settings/call_preferences",
    scope=f"{SETTINGS}.modules",
    since=6,
    messages=messages_from("call preferences {verb} successfully"),
    keys={"show_from_number": keys.Flag(), "show_to_number": keys.Flag()},
    default_items=lambda org: [{"show_from_number": True, "show_to_number": True}],
)
