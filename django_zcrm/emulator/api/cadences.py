"""Cadences, which are read-only in the API; records are enrolled by `records.cadences`."""

from __future__ import annotations

from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.settings.value_types import Anything, Flag, Reference, Text, one_of
from django_zcrm.emulator.engine.settings.value_types import module as a_module

routes = Routes()

CADENCES = collection(
    routes,
    "/settings/automation/cadences",
    methods="GET",
    scope=f"{SETTINGS}.cadences",
    since=7,
    paged=True,
    filters={"module": "module", "active": "active", "name": "name"},
    keys={
        "name": Text(100),
        "module": a_module(),
        "active": Flag(default=True),
        "published": Flag(default=True),
        "status": one_of("active", "inactive", "draft", default="active"),
        "type": one_of("custom_view", "manual_enrollment", default="manual_enrollment"),
        "custom_view": Reference(""),
        "summary": Anything(),
        "execution_details": Anything(),
    },
    demo_items=lambda org: [
        {
            "name": "New lead follow-up",
            "module": {"api_name": "Leads"},
            "summary": {
                "task_follow_up_count": 1,
                "call_follow_up_count": 1,
                "email_follow_up_count": 2,
                "whatsapp_follow_up_count": 0,
            },
            "execution_details": {
                "type": None,
                "execute_every": {"period": "days", "unit": 1},
                "automatic_unenroll": False,
                "unenroll_properties": {"type": None, "end_date": None},
                "end_date": None,
            },
        }
    ],
)
