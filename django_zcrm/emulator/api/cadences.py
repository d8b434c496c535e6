"""Cadences, which are read-only in the API; records are enrolled by `records.cadences`."""

from __future__ import annotations

from ..core import Routes
from ..engine.settings import SETTINGS, collection, keys

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
        "name": keys.Text(100),
        "module": keys.module(),
        "active": keys.Flag(default=True),
        "published": keys.Flag(default=True),
        "status": keys.one_of("active", "inactive", "draft", default="active"),
        "type": keys.one_of("custom_view", "manual_enrollment", default="manual_enrollment"),
        "custom_view": keys.Reference(""),
        "summary": keys.Anything(),
        "execution_details": keys.Anything(),
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
