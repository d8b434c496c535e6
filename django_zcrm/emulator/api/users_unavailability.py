"""When users are unavailable."""

from __future__ import annotations

from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.settings.resource import Messages
from django_zcrm.emulator.engine.settings.value_types import Flag, Moment, Reference, Text

routes = Routes()

USERS_UNAVAILABILITY = collection(
    routes,
    "/settings/users_unavailability",
    methods="GET POST PUT",
    item="{id} GET PUT DELETE",
    scope=f"{SETTINGS}.users_unavailability",
    since=3,
    messages=Messages(*["Unavailability Hours saved successfully"] * 3),
    paged=True,
    audit=(),
    filters={
        "role_ids": lambda org, item, role_ids: (
            org.users[item["user"]].role_id in role_ids.split(",")
        )
    },
    keys={
        "user": Reference("users", ("name", "id", "zuid"), required=True),
        "from": Moment(required=True),
        "to": Moment(required=True),
        "comments": Text(250),
        "all_day": Flag(default=False),
        "service": Text(read_only=True),
        "title": Text(),
        "tp_calendar_id": Text(read_only=True),
        "tp_event_id": Text(read_only=True),
    },
    demo_items=lambda org: [
        {
            "user": {"id": list(org.users)[2]},
            "from": f"{org.clock.now().year}-08-04T09:00:00+02:00",
            "to": f"{org.clock.now().year}-08-15T17:30:00+02:00",
            "comments": "On holiday",
        }
    ],
)
