"""When users are unavailable."""

from __future__ import annotations

from ..core import Routes
from ..engine.settings import SETTINGS, Messages, collection, keys

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
        "user": keys.Reference("users", ("name", "id", "zuid"), required=True),
        "from": keys.Moment(required=True),
        "to": keys.Moment(required=True),
        "comments": keys.Text(250),
        "all_day": keys.Flag(default=False),
        "service": keys.Text(read_only=True),
        "title": keys.Text(),
        "tp_calendar_id": keys.Text(read_only=True),
        "tp_event_id": keys.Text(read_only=True),
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
