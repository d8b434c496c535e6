"""Shows items: singly or in pages, filtered and sorted as the query asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.json_text import read_json
from django_zcrm.emulator.core.request import Call
from django_zcrm.emulator.engine.rendering import in_zone
from django_zcrm.emulator.engine.settings.resource import Resource
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

MAX_PER_PAGE = 200

_COMPARATORS: dict[str, Callable[[str, str], bool]] = {
    "equal": lambda value, wanted: value == wanted,
    "equals": lambda value, wanted: value == wanted,
    "not_equal": lambda value, wanted: value != wanted,
    "contains": lambda value, wanted: wanted in value,
    "not_contains": lambda value, wanted: wanted not in value,
    "starts_with": lambda value, wanted: value.startswith(wanted),
    "ends_with": lambda value, wanted: value.endswith(wanted),
}


def show(
    org: Organisation, call: Call, resource: Resource, item: Item, *, detail_only: bool = True
) -> Item:
    """Return an item as answers show it; some keys appear only with a single one."""
    zone = call.user.time_zone
    shown: Item = {"id": item["id"]} if resource.shows_id else {}
    for name, value_type in resource.keys.items():
        if detail_only or not value_type.detail_only:
            value = item.get(name)
            shown[name] = None if value is None else value_type.show(org, value, zone)
    if resource.audit:
        known = audit(org, item, zone)
        shown |= {name: known[name] for name in resource.audit}
    if resource.item_extras is not None:
        shown |= resource.item_extras(org, item)
    return shown


def audit(org: Organisation, item: Item, zone: str) -> Item:
    """Return who created and modified an item, and when."""
    shown: Item = {}
    for done in ("created", "modified"):
        person = org.users.get(item.get(f"{done}_by") or "")
        at = item.get(f"{done}_time")
        shown[f"{done}_by"] = person.reference if person else None
        shown[f"{done}_time"] = in_zone(at, zone) if at else None
    return shown


def page_of(call: Call, key: str, rows: list[Item], most: int = MAX_PER_PAGE) -> Item | None:
    """Answer the page of rows that the query asks for; None when it is empty."""
    per_page = call.params.integer("per_page", most, highest=most)
    page = call.params.integer("page", 1)
    shown = rows[(page - 1) * per_page : page * per_page]
    if not shown:
        return None
    return {
        key: shown,
        "info": {
            "per_page": per_page,
            "count": len(shown),
            "page": page,
            "more_records": page * per_page < len(rows),
        },
    }


def chosen(call: Call, rows: list[Item]) -> list[Item]:
    """Return the rows that the parameter `filters` describes, in the order of `sort_by`.

    Raises Problem for filters that cannot be read, or a key that the rows lack.
    """
    text = call.params.get("filters") or call.params.get("filter")
    if text:
        rows = [row for row in rows if _matches(row, _read(text))]
    name = call.params.get("sort_by")
    if name and rows:
        key = next((known for known in rows[0] if known.lower() == name.lower()), None)
        if key is None:
            raise Problem("INVALID_DATA", "invalid data", details={"param_name": "sort_by"})
        rows = sorted(rows, key=lambda row: str(row[key] or "").casefold())
        if call.params.get("sort_order") == "desc":
            rows.reverse()
    return rows


def _read(text: str) -> Item:
    try:
        criteria = read_json(text)
    except ValueError:
        criteria = None
    if not isinstance(criteria, dict):
        raise Problem(
            "JSON_PARSE_ERROR", "either the request body or parameters is in wrong format"
        )
    return criteria


def _matches(row: Item, criteria: Item) -> bool:
    """Tell whether a row matches criteria: one condition, or a group of them."""
    if "group" in criteria:
        results = [_matches(row, one) for one in criteria["group"]]
        return any(results) if str(criteria.get("group_operator")).lower() == "or" else all(results)
    field = criteria.get("field")
    name = field.get("api_name") if isinstance(field, dict) else field
    compare = _COMPARATORS.get(str(criteria.get("comparator")))
    if compare is None or not isinstance(name, str):
        raise Problem("INVALID_DATA", "invalid data", details={"param_name": "filters"})
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    wanted = criteria.get("value")
    return compare(_text(value), _text(wanted))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("id") or value.get("api_name") or value.get("name")
    return json.dumps(value) if isinstance(value, bool) else str(value or "").casefold()
