"""Business hours, shifts, holidays, absences and the fiscal year (docs v8 business-hours ff.)."""

from __future__ import annotations

from collections.abc import Iterable

from django_zcrm.emulator.call import Call
from django_zcrm.emulator.generic.kinds import (
    Day,
    Flag,
    Listed,
    Moment,
    Number,
    Reference,
    Shape,
    Text,
    one_of,
    shape,
)
from django_zcrm.emulator.generic.refusals import dependent_missing
from django_zcrm.emulator.generic.register import SETTINGS, collection, singleton
from django_zcrm.emulator.generic.resource import Says, says
from django_zcrm.emulator.records.values import Place
from django_zcrm.emulator.settings import Item
from django_zcrm.emulator.state import Organisation

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER".split()
)
TIMES = Listed(Text(5, r"([01]\d|2[0-3]):[0-5]\d"), 2)
DAYS = Listed(one_of(*WEEKDAYS), 7)
_WORKDAYS = list(WEEKDAYS[:5])


def check_business_hours(
    org: Organisation, call: Call, values: Item, before: Item | None, place: Place
) -> None:
    """Check that custom hours have days, and times either for all of them or for each."""
    whole = {**(before or {}), **values}
    if whole["type"] != "custom":
        return
    if not whole.get("business_days"):
        raise dependent_missing(place, "business_days", "type")
    name = "daily_timing" if whole.get("same_as_everyday") else "custom_timing"
    if not whole.get(name):
        raise dependent_missing(place, name, "same_as_everyday")


BUSINESS_HOURS = singleton(
    "/settings/business_hours",
    methods="GET POST PUT",
    scope=f"{SETTINGS}.business_hours",
    since=3,
    says=Says(*["Business Hours saved successfully"] * 3),
    shows_id=True,
    details=("id",),
    keys={
        "week_starts_on": one_of(*WEEKDAYS, needed=True),
        "type": one_of("24_by_7", "24_by_5", "custom", needed=True),
        "timezone": Text(100, read_only=True),
        "business_days": DAYS,
        "same_as_everyday": Flag(),
        "daily_timing": TIMES,
        "custom_timing": Listed(
            shape(days=one_of(*WEEKDAYS, needed=True), business_timing=TIMES), 7
        ),
    },
    check=check_business_hours,
    demo=lambda org: [
        {
            "week_starts_on": "Monday",
            "type": "custom",
            "timezone": "Europe/Berlin",
            "business_days": _WORKDAYS,
            "same_as_everyday": True,
            "daily_timing": ["09:00", "17:30"],
        }
    ],
)


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
    org: Organisation, call: Call, values: Item, before: Item | None, place: Place
) -> None:
    """Check that the users of a shift exist."""
    for index, member in enumerate(values.get("users") or ()):
        if member["id"] not in org.users:
            spot = place.child("users").child(index).child("id")
            raise spot.unknown()


SHIFT_HOURS = collection(
    "/settings/business_hours/shift_hours",
    many="GET POST PUT",
    one="{shift_id} GET PUT DELETE",
    scope=f"{SETTINGS}.business_hours",
    since=3,
    says="shift hours {done} successfully",
    audit=(),
    unique=("name",),
    keys={
        "name": Text(80, needed=True),
        "timezone": Text(100),
        "same_as_everyday": Flag(needed=True),
        "shift_days": Listed(one_of(*WEEKDAYS), 7, needed=True),
        "daily_timing": TIMES,
        "custom_timing": Listed(shape(days=one_of(*WEEKDAYS, needed=True), shift_timing=TIMES), 7),
        "break_hours": Listed(shape(break_days=DAYS, daily_timing=TIMES), default=[]),
        "holidays": Listed(shape(date=Day(needed=True), name=Text(100, needed=True)), default=[]),
        "users": Listed(shape(id=Text(19, needed=True), effective_from=Day()), default=[]),
    },
    check=check_members,
    derived=members_of_shift,
    beside=shift_count,
    demo=lambda org: [
        {
            "name": name,
            "timezone": "Europe/Berlin",
            "same_as_everyday": True,
            "shift_days": _WORKDAYS,
            "daily_timing": times,
            "users": [{"id": person} for person in people],
        }
        for name, times, people in (
            ("Early Shift", ["06:00", "14:00"], list(org.users)[1:3]),
            ("Late Shift", ["14:00", "22:00"], list(org.users)[3:4]),
        )
    ],
)


def check_holiday(
    org: Organisation, call: Call, values: Item, before: Item | None, place: Place
) -> None:
    """Check that a holiday of a shift says which shift."""
    whole = {**(before or {}), **values}
    if whole["type"] == "shift_holiday" and not whole.get("shift_hour"):
        raise dependent_missing(place, "shift_hour", "type")


HOLIDAYS = collection(
    "/settings/holidays",
    many="GET POST PUT",
    one="{holiday_id} GET PUT DELETE",
    scope=f"{SETTINGS}.business_hours",
    since=3,
    says="Holidays {done} successfully",
    paged=True,
    audit=(),
    filters={
        "type": "type",
        "shift_id": "shift_hour",
        "year": lambda org, item, wanted: str(item["date"])[:4] == wanted,
    },
    keys={
        "name": Text(80, needed=True),
        "date": Day(needed=True),
        "type": one_of("business_holiday", "shift_holiday", needed=True),
        "shift_hour": Reference("shift_hours"),
    },
    check=check_holiday,
    derived=lambda org, item: {"year": int(item["date"][:4])},
    demo=lambda org: [
        {"name": name, "date": f"{org.clock.now().year}-{day}", "type": "business_holiday"}
        for name, day in (
            ("New Year", "01-01"),
            ("Labour Day", "05-01"),
            ("German Unity Day", "10-03"),
            ("Christmas Day", "12-25"),
        )
    ],
)

USERS_UNAVAILABILITY = collection(
    "/settings/users_unavailability",
    many="GET POST PUT",
    one="{id} GET PUT DELETE",
    scope=f"{SETTINGS}.users_unavailability",
    since=3,
    says=Says(*["Unavailability Hours saved successfully"] * 3),
    paged=True,
    audit=(),
    filters={
        "role_ids": lambda org, item, wanted: org.users[item["user"]].role_id in wanted.split(",")
    },
    keys={
        "user": Reference("users", ("name", "id", "zuid"), needed=True),
        "from": Moment(needed=True),
        "to": Moment(needed=True),
        "comments": Text(250),
        "all_day": Flag(default=False),
        "service": Text(read_only=True),
        "title": Text(),
        "tp_calendar_id": Text(read_only=True),
        "tp_event_id": Text(read_only=True),
    },
    demo=lambda org: [
        {
            "user": {"id": list(org.users)[2]},
            "from": f"{org.clock.now().year}-08-04T09:00:00+02:00",
            "to": f"{org.clock.now().year}-08-15T17:30:00+02:00",
            "comments": "On holiday",
        }
    ],
)


def _fiscal_year(org: Organisation) -> Iterable[Item]:
    return [
        {
            "calendar_type": "gregorian",
            "display_based_on": "start_month",
            "start_month": "JANUARY",
        }
    ]


FISCAL_YEAR = singleton(
    "/settings/fiscal_year",
    scope=f"{SETTINGS}.fiscal_year",
    since=3,
    says=says("The fiscal year configuration has been {done} successfully"),
    shows_id=True,
    details=("id",),
    keys={
        "calendar_type": one_of("gregorian", "custom"),
        "display_based_on": one_of("start_month", "end_month"),
        "start_month": one_of(*MONTHS),
        "interval_display_option": one_of("year", "quarter"),
        "structure": one_of("4-4-5", "4-5-4", "5-4-4", "3-3-3-4", "3-3-4-3", "3-4-3-3", "4-3-3-3"),
        "start_date": Day(),
        "surplus_week": Shape({"period": Number(), "year": Number(), "quarter": Number()}),
        "past_surplus_weeks": Listed(read_only=True),
    },
    check=lambda org, call, values, before, place: _check_fiscal_year(values, before, place),
    always=_fiscal_year,
)


def _check_fiscal_year(values: Item, before: Item | None, place: Place) -> None:
    whole = {**(before or {}), **values}
    if whole.get("calendar_type") == "custom":
        for name in ("structure", "start_date"):
            if not whole.get(name):
                raise dependent_missing(place, name, "calendar_type")
