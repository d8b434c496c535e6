"""Finds the records of a custom view, filtered by the common parameters of lists and counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..core import Request, dialect, invalid_data, over_limit
from ..core.errors import ambiguous
from ..state import CustomView, Module, Organisation, StoredRecord
from . import search_criteria
from .access import require_ids
from .criteria import Test
from .values import format_moment, parse_moment
from .visibility import filter_visible


def get_view_rows(org: Organisation, request: Request, module: Module) -> Iterable[StoredRecord]:
    """Return the records of the custom view that `cvid` names, newest first."""
    return rows_of_view(org, request, module, get_view_param(org, request, module))


def rows_of_view(
    org: Organisation, request: Request, module: Module, view: CustomView | None
) -> Iterable[StoredRecord]:
    """Return the records of a custom view (None: all records), newest first."""
    return filter_rows(
        org, request, module, view, org.records.table(module.api_name).newest_first()
    )


def is_administrator(org: Organisation, request: Request) -> bool:
    """Return whether the caller has the Administrator profile."""
    profile = org.profiles.get(request.user.profile_id, {})
    return str(profile.get("name", "Administrator")) == "Administrator"


def get_view_param(org: Organisation, request: Request, module: Module) -> CustomView | None:
    view_id = request.args.get("cvid")
    if view_id is None:
        return None
    view = next((view for view in module.views if view.id == view_id), None)
    if view is None:
        raise invalid_data("the id given seems to be invalid", param_name="cvid")
    if "sort_by" in request.args and not dialect(request.version).sorts_by_any_field:
        raise ambiguous({"param_name": "cvid"}, {"param_name": "sort_by"})
    return view


def sort_key(module: Module, name: str) -> Callable[[StoredRecord], Any]:
    """Return the sort key for a field: text ignoring case, other values as they are."""
    field = module.field_map[name]
    json_type = field.json_type
    if field.value_type in ("date", "datetime"):
        return lambda record: record.get(name)
    if field.value_type == "bigint":
        return lambda record: None if record.get(name) is None else int(record[name])
    if json_type == "string":

        def text(record: StoredRecord) -> str | None:
            value = record.get(name)
            return None if value is None else str(value).casefold()

        return text
    if json_type in ("integer", "double", "boolean"):
        return lambda record: record.get(name)
    return lambda record: None if record.get(name) is None else str(record[name])


def view_tests(org: Organisation, request: Request, module: Module, view: CustomView) -> list[Test]:
    """Return the conditions of a custom view, all of which its records meet."""
    tests: list[Test] = []
    if view.only_mine:
        user_id = request.user.id
        tests.append(lambda record: record.get("Owner") == user_id)
    if view.criteria:
        criteria = search_criteria.parse(view.criteria)
        tests.append(search_criteria.predicate(org, module, criteria, request.version, exact=True))
    return tests


def filter_rows(
    org: Organisation,
    request: Request,
    module: Module,
    view: CustomView | None,
    rows: Iterable[StoredRecord],
) -> Iterable[StoredRecord]:
    tests: list[Callable[[StoredRecord], bool]] = []
    wants_converted = view is not None and "Converted__s" in (view.criteria or "")
    converted = make_converted_test(request, module, default="both" if wants_converted else "false")
    if converted is not None:
        tests.append(converted)
    if _choice(request, "approved", "true") == "false":
        return ()
    ids = request.args.comma_separated("ids")
    if ids:
        if len(ids) > 100:
            raise over_limit("ids", 100, param_name="ids")
        require_ids(ids)
        territory_ids = frozenset(ids)
        tests.append(lambda record: record["id"] in territory_ids)
    if request.args.get("territory_id"):
        tests.append(_make_territory_test(org, request))
    if view is not None:
        tests.extend(view_tests(org, request, module, view))
    if module.api_name == "Events":
        tests.extend(_make_range_tests(org, request))
    rows = filter_visible(org, request, module, rows)
    if not tests:
        return rows
    return (record for record in rows if all(test(record) for test in tests))


def _make_territory_test(org: Organisation, request: Request) -> Callable[[StoredRecord], bool]:
    """Return the predicate for records of a territory (and those below with `include_child`)."""
    territories = org.settings.items("territories")
    territory_ids = {request.args["territory_id"]}
    if not territory_ids <= territories.keys():
        raise invalid_data("the id given seems to be invalid", param_name="territory_id")
    while request.args.boolean("include_child"):
        below = {
            territory["id"]
            for territory in territories.values()
            if territory["reporting_to"] in territory_ids
        }
        if below <= territory_ids:
            break
        territory_ids |= below
    assigned = org.settings.items("record_territories")
    return lambda record: bool(
        territory_ids & set(assigned.get(record["id"], {}).get("territories", ()))
    )


def make_converted_test(
    request: Request,
    module: Module,
    default: str = "false",
) -> Callable[[StoredRecord], bool] | None:
    """Return the predicate that hides (or selects) converted leads; None if there is none."""
    choice = _choice(request, "converted", default)
    if not module.convertable or choice == "both":
        return None
    territory_ids = choice == "true"
    return lambda record: bool(record.get("Converted__s")) is territory_ids


def _choice(request: Request, name: str, default: str) -> str:
    choice = request.args.get(name, default).lower()
    if choice not in ("true", "false", "both"):
        raise invalid_data(param_name=name, expected_data_type="boolean")
    return choice


def _make_range_tests(
    org: Organisation, request: Request
) -> Iterator[Callable[[StoredRecord], bool]]:
    bounds = {}
    for name in ("startDateTime", "endDateTime"):
        text = request.args.get(name)
        if text is not None:
            moment = parse_moment(text, org.time_zone)
            if moment is None:
                raise invalid_data(param_name=name, expected_data_type="datetime")
            bounds[name] = format_moment(moment)
    start, end = bounds.get("startDateTime"), bounds.get("endDateTime")
    if start is not None:
        yield lambda record: record["End_DateTime"] >= start
    if end is not None:
        yield lambda record: record["Start_DateTime"] <= end
