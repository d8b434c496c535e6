"""Business hours."""

from __future__ import annotations

from ..core import Request, Routes
from ..engine.settings import SETTINGS, Messages, dependent_missing, keys, singleton
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes()

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TIMES = keys.ListOf(keys.Text(5, r"([01]\d|2[0-3]):[0-5]\d"), 2)
DAYS = keys.ListOf(keys.one_of(*WEEKDAYS), 7)
WORKDAYS = list(WEEKDAYS[:5])


def check_business_hours(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that custom hours have days, and times either for all of them or for each."""
    whole = {**(before or {}), **values}
    if whole["type"] != "custom":
        return
    if not whole.get("business_days"):
        raise dependent_missing(path, "business_days", "type")
    name = "daily_timing" if whole.get("same_as_everyday") else "custom_timing"
    if not whole.get(name):
        raise dependent_missing(path, name, "same_as_everyday")


BUSINESS_HOURS = singleton(
    routes,
    "/settings/business_hours",
    methods="GET POST PUT",
    scope=f"{SETTINGS}.business_hours",
    since=3,
    messages=Messages(*["Business Hours saved successfully"] * 3),
    shows_id=True,
    details=("id",),
    keys={
        "week_starts_on": keys.one_of(*WEEKDAYS, required=True),
        "type": keys.one_of("24_by_7", "24_by_5", "custom", required=True),
        "timezone": keys.Text(100, read_only=True),
        "business_days": DAYS,
        "same_as_everyday": keys.Flag(),
        "daily_timing": TIMES,
        "custom_timing": keys.ListOf(
            keys.shape(days=keys.one_of(*WEEKDAYS, required=True), business_timing=TIMES), 7
        ),
    },
    check=check_business_hours,
    demo_items=lambda org: [
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
