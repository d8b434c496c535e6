"""Business hours."""

from __future__ import annotations

from django_zcrm.emulator.core.request import Call
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.errors import dependent_missing
from django_zcrm.emulator.engine.settings.kinds import Flag, Listed, Text, one_of, shape
from django_zcrm.emulator.engine.settings.register import SETTINGS, singleton
from django_zcrm.emulator.engine.settings.resource import Says
from django_zcrm.emulator.engine.values import Place
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes()

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TIMES = Listed(Text(5, r"([01]\d|2[0-3]):[0-5]\d"), 2)
DAYS = Listed(one_of(*WEEKDAYS), 7)
WORKDAYS = list(WEEKDAYS[:5])


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
    routes,
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
            "business_days": WORKDAYS,
            "same_as_everyday": True,
            "daily_timing": ["09:00", "17:30"],
        }
    ],
)
