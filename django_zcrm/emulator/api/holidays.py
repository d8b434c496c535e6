"""Holidays."""

from __future__ import annotations

from ..core import Request, Routes
from ..engine.settings import SETTINGS, collection, dependent_missing, keys
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes()


def check_holiday(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that a holiday of a shift names the shift."""
    whole = {**(before or {}), **values}
    if whole["type"] == "shift_holiday" and not whole.get("shift_hour"):
        raise dependent_missing(path, "shift_hour", "type")


HOLIDAYS = collection(
    routes,
    "/settings/holidays",
    methods="GET POST PUT",
    item="{holiday_id} GET PUT DELETE",
    scope=f"{SETTINGS}.business_hours",
    since=3,
    messages="Holidays {verb} successfully",
    paged=True,
    audit=(),
    filters={
        "type": "type",
        "shift_id": "shift_hour",
        "year": lambda org, item, year: str(item["date"])[:4] == year,
    },
    keys={
        "name": keys.Text(80, required=True),
        "date": keys.Day(required=True),
        "type": keys.one_of("business_holiday", "shift_holiday", required=True),
        "shift_hour": keys.Reference("shift_hours"),
    },
    check=check_holiday,
    item_extras=lambda org, item: {"year": int(item["date"][:4])},
    demo_items=lambda org: [
        {"name": name, "date": f"{org.clock.now().year}-{day}", "type": "business_holiday"}
        for name, day in (
            ("New Year", "01-01"),
            ("Labour Day", "05-01"),
            ("German Unity Day", "10-03"),
            ("Christmas Day", "12-25"),
        )
    ],
)
