"""The fiscal year."""

from __future__ import annotations

from collections.abc import Iterable

from ..core import Routes
from ..engine.settings import SETTINGS, dependent_missing, keys, messages_from, singleton
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes()

MONTHS = (
    "JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER".split()
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
    routes,
    "/settings/fiscal_year",
    scope=f"{SETTINGS}.fiscal_year",
    since=3,
    messages=messages_from("The fiscal year configuration has been {verb} successfully"),
    shows_id=True,
    details=("id",),
    keys={
        "calendar_type": keys.one_of("gregorian", "custom"),
        "display_based_on": keys.one_of("start_month", "end_month"),
        "start_month": keys.one_of(*MONTHS),
        "interval_display_option": keys.one_of("year", "quarter"),
        "structure": keys.one_of(
            "4-4-5", "4-5-4", "5-4-4", "3-3-3-4", "3-3-4-3", "3-4-3-3", "4-3-3-3"
        ),
        "start_date": keys.Day(),
        "surplus_week": keys.JSONObject(
            {"period": keys.Number(), "year": keys.Number(), "quarter": keys.Number()}
        ),
        "past_surplus_weeks": keys.ListOf(read_only=True),
    },
    check=lambda org, request, values, before, path: _check_fiscal_year(values, before, path),
    default_items=_fiscal_year,
)


def _check_fiscal_year(values: Item, before: Item | None, path: JSONPath) -> None:
    whole = {**(before or {}), **values}
    if whole.get("calendar_type") == "custom":
        for name in ("structure", "start_date"):
            if not whole.get(name):
                raise dependent_missing(path, name, "calendar_type")
