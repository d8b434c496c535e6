"""Shift hours."""

from __future__ import annotations

from ..core import Request, Routes
from ..engine.settings import SETTINGS, collection, keys
from ..engine.values import JSONPath
from ..state import Item, Organisation
from .business_hours import DAYS, TIMES, WEEKDAYS, WORKDAYS

routes = Routes()


def members_of_shift(org: Organisation, shift: Item) -> Item:
    """A shift's users with their roles, and its holidays with their years."""
    members = [
        {
            **person.owner,
            "role": {key: org.roles[person.role_id][key] for key in ("name", "id")},
            "zuid": person.zuid,
            "effective_from": member.get("effective_from"),
        }
        for member in shift.get("users") or ()
        if (person := org.users.get(member["id"]))
    ]
    holidays = [
        {"name": holiday["name"], "date": holiday["date"], "year": int(holiday["date"][:4])}
        for holiday in shift.get("holidays") or ()
    ]
    return {"users": members, "users_count": len(members), "holidays": holidays}


def shift_count(org: Organisation) -> Item:
    """Count the shifts that have users."""
    shifts = org.settings.items("shift_hours").values()
    return {
        "shift_count": {"total_shift_with_user": sum(bool(shift.get("users")) for shift in shifts)}
    }


def check_members(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that the users of a shift exist."""
    for index, member in enumerate(values.get("users") or ()):
        if member["id"] not in org.users:
            child = path.child("users").child(index).child("id")
            raise child.unknown_id()


SHIFT_HOURS = collection(
    routes,
    "/settings/business_hours/shift_hours",
    methods="GET POST PUT",
    item="{shift_id} GET PUT DELETE",
    scope=f"{SETTINGS}.business_hours",
    since=3,
    messages="shift hours {verb} successfully",
    audit=(),
    unique=("name",),
    keys={
        "name": keys.Text(80, required=True),
        "timezone": keys.Text(100),
        "same_as_everyday": keys.Flag(required=True),
        "shift_days": keys.ListOf(keys.one_of(*WEEKDAYS), 7, required=True),
        "daily_timing": TIMES,
        "custom_timing": keys.ListOf(
            keys.shape(days=keys.one_of(*WEEKDAYS, required=True), shift_timing=TIMES), 7
        ),
        "break_hours": keys.ListOf(keys.shape(break_days=DAYS, daily_timing=TIMES), default=[]),
        "holidays": keys.ListOf(
            keys.shape(date=keys.Day(required=True), name=keys.Text(100, required=True)), default=[]
        ),
        "users": keys.ListOf(
            keys.shape(id=keys.Text(19, required=True), effective_from=keys.Day()), default=[]
        ),
    },
    check=check_members,
    item_extras=members_of_shift,
    envelope_extras=shift_count,
    demo_items=lambda org: [
        {
            "name": name,
            "timezone": "Europe/Berlin",
            "same_as_everyday": True,
            "shift_days": WORKDAYS,
            "daily_timing": times,
            "users": [{"id": person} for person in people],
        }
        for name, times, people in (
            ("Early Shift", ["06:00", "14:00"], list(org.users)[1:3]),
            ("Late Shift", ["14:00", "22:00"], list(org.users)[3:4]),
        )
    ],
)
