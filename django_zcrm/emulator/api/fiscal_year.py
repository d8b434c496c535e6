"""The fiscal year."""

from __future__ import annotations

from collections.abc import Iterable

from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.settings.errors import dependent_missing
from django_zcrm.emulator.engine.settings.register import SETTINGS, singleton
from django_zcrm.emulator.engine.settings.resource import messages_from
from django_zcrm.emulator.engine.settings.value_types import Day, JSONObject, ListOf, Number, one_of
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

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
    messages=messages_from("The fiscal year configuration has been {done} successfully"),
    shows_id=True,
    details=("id",),
    keys={
        "calendar_type": one_of("gregorian", "custom"),
        "display_based_on": one_of("start_month", "end_month"),
        "start_month": one_of(*MONTHS),
        "interval_display_option": one_of("year", "quarter"),
        "structure": one_of("4-4-5", "4-5-4", "5-4-4", "3-3-3-4", "3-3-4-3", "3-4-3-3", "4-3-3-3"),
        "start_date": Day(),
        "surplus_week": JSONObject({"period": Number(), "year": Number(), "quarter": Number()}),
        "past_surplus_weeks": ListOf(read_only=True),
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
