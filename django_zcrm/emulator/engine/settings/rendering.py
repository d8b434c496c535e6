"""Shows items: singly or in pages, filtered and sorted as the query asks."""

from __future__ import annotations

import json
from typing import Any

from ...core import Refusal, Request
from ...core.json_text import read_json
from ...state import Item, Organisation
from ..criteria import Test, comparison, json_predicate
from ..rendering import localize
from .resource import SettingsResource

MAX_PER_PAGE = 200

_COMPARATORS = frozenset(
    {"equal", "not_equal", "contains", "not_contains", "starts_with", "ends_with"}
)


def show(
    org: Organisation,
    request: Request,
    resource: SettingsResource,
    item: Item,
    *,
    detail_only: bool = True,
) -> Item:
    """Return an item as responses show it; some keys appear only with a single one."""
    zone = request.user.time_zone
    result: Item = {"id": item["id"]} if resource.shows_id else {}
    for name, value_type in resource.keys.items():
        if detail_only or not value_type.detail_only:
            value = item.get(name)
            result[name] = None if value is None else value_type.show(org, value, zone)
    if resource.audit:
        audit_values = audit(org, item, zone)
        result |= {name: audit_values[name] for name in resource.audit}
    if resource.item_extras is not None:
        result |= resource.item_extras(org, item)
    return result


def audit(org: Organisation, item: Item, zone: str) -> Item:
    """Return the creator, the last modifier and the times of an item."""
    result: Item = {}
    for verb in ("created", "modified"):
        person = org.users.get(item.get(f"{verb}_by") or "")
        at = item.get(f"{verb}_time")
        result[f"{verb}_by"] = person.reference if person else None
        result[f"{verb}_time"] = localize(at, zone) if at else None
    return result


def page_of(request: Request, key: str, rows: list[Item]) -> Item | None:
    """Return the page of rows that the query asks for; None when it is empty."""
    per_page = request.args.integer("per_page", MAX_PER_PAGE, maximum=MAX_PER_PAGE)
    page = request.args.integer("page", 1)
    page_rows = rows[(page - 1) * per_page : page * per_page]
    if not page_rows:
        return None
    return {
        key: page_rows,
        "info": {
            "per_page": per_page,
            "count": len(page_rows),
            "page": page,
            "more_records": page * per_page < len(rows),
        },
    }


def filter_and_sort(request: Request, rows: list[Item]) -> list[Item]:
    """Return the rows that the parameter `filters` describes, in the order of `sort_by`.

    Raises Refusal for filters that cannot be read, or a key that the rows lack.
    """
    text = request.args.get("filters") or request.args.get("filter")
    if text and rows:
        try:
            test = json_predicate(_read(text), _condition_test)
        except (AttributeError, TypeError):  # of another shape
            raise _invalid_filters() from None
        rows = list(filter(test, rows))
    name = request.args.get("sort_by")
    if name and rows:
        key = next((column for column in rows[0] if column.lower() == name.lower()), None)
        if key is None:
            raise Refusal("INVALID_DATA", "invalid data", details={"param_name": "sort_by"})
        rows = sorted(rows, key=lambda row: str(row[key] or "").casefold())
        if request.args.get("sort_order") == "desc":
            rows.reverse()
    return rows


def _read(text: str) -> Item:
    try:
        criteria = read_json(text)
    except ValueError:
        criteria = None
    if not isinstance(criteria, dict):
        raise Refusal(
            "JSON_PARSE_ERROR", "either the request body or parameters is in wrong format"
        )
    return criteria


def _condition_test(condition: Item) -> Test:
    """Return the predicate that compares a row's shown value, ignoring case."""
    field, comparator = condition.get("field"), str(condition.get("comparator"))
    name = field.get("api_name") if isinstance(field, dict) else field
    operator = "equal" if comparator == "equals" else comparator
    if operator not in _COMPARATORS or not isinstance(name, str):
        raise _invalid_filters()
    keys = name.split(".")

    def read_text(row: Item) -> str:
        value: Any = row
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return _text(value)

    return comparison(read_text, "text", operator, (_text(condition.get("value")),))


def _invalid_filters() -> Refusal:
    return Refusal("INVALID_DATA", "invalid data", details={"param_name": "filters"})


def _text(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("id") or value.get("api_name") or value.get("name")
    return json.dumps(value) if isinstance(value, bool) else str(value or "").casefold()
