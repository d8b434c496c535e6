"""Preferences for services."""

from __future__ import annotations

from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.register import SETTINGS, singleton
from django_zcrm.emulator.engine.settings.resource import messages_from
from django_zcrm.emulator.engine.settings.value_types import Flag

routes = Routes()

SERVICE_PREFERENCES = singleton(
    routes,
    "/settings/service_preferences",
    scope=f"{SETTINGS}.modules",
    since=3,
    messages=messages_from("Services preferences {done} successfully"),
    keys={"job_sheet_enabled": Flag(required=True)},
    default_items=lambda org: [{"job_sheet_enabled": True}],
)
