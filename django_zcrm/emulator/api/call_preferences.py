"""Preferences for calls."""

from __future__ import annotations

from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.register import SETTINGS, singleton
from django_zcrm.emulator.engine.settings.resource import messages_from
from django_zcrm.emulator.engine.settings.value_types import Flag

routes = Routes()

CALL_PREFERENCES = singleton(
    routes,
    "/settings/call_preferences",
    scope=f"{SETTINGS}.modules",
    since=6,
    messages=messages_from("call preferences {done} successfully"),
    keys={"show_from_number": Flag(), "show_to_number": Flag()},
    default_items=lambda org: [{"show_from_number": True, "show_to_number": True}],
)
