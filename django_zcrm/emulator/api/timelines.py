"""The timeline of a record: its changes with user and time."""

from __future__ import annotations

import json
from typing import Any

from ..core import Request, Response, Routes, invalid_data
from ..core.json_text import read_json
from ..engine.access import find_module, require_parent
from ..engine.paging import drop_keys, paginate
from ..engine.paths import READ, RECORD
from ..engine.rendering import display_name, localize
from ..engine.values import format_moment, parse_moment
from ..state import LOOKUP_TYPES, USER_TYPES, Field, Module, Organisation, StoredRecord

routes = Routes(versions=(3, 8))

Entry = dict[str, Any]


@routes.route("GET", RECORD + "/__timeline", scope=READ)
def get_timeline(
    org: Organisation, request: Request, module: str, id: str
) -> Response | dict[str, Any] | None:
    """Return a page of a record's timeline, newest first."""
    crm_module = find_module(org, request, module)
    record = require_parent(org, request, crm_module, id)
    entries = [entry for entry in _entries(org, record) if _matches(org, request, entry)]
    ascending = request.args.get("sort_order") == "asc"
    if not ascending:
        entries.reverse()
    page = paginate(
        org,
        request,
        entries,
        sort_by="audited_time",
        sort_order="asc" if ascending else "desc",
    )
    if not page.rows:
        return None
    return {
        "__timeline": [
            _render_entry(org, request, crm_module, record, entry) for entry in page.rows
        ],
        "info": drop_keys(page.info, "sort_by", "sort_order", "page_token_expiry"),
    }


def _entries(org: Organisation, record: StoredRecord) -> list[Entry]:
    """Return the entries of a record, oldest first; there is always one for its creation."""
    entries = list(org.records.timeline.get(record["id"], ()))
    if not entries or entries[0]["action"] != "added":
        entries.insert(
            0,
            {
                "id": record["id"],
                "action": "added",
                "time": record["Created_Time"],
                "user": record["Created_By"],
                "source": "crm_ui",
                "changes": [],
            },
        )
    return entries


def _matches(org: Organisation, request: Request, entry: Entry) -> bool:
    text = request.args.get("filters")
    if not text:
        return True
    try:
        return _holds(read_json(text), entry, org.time_zone)
    except (ValueError, KeyError, TypeError):
        raise invalid_data(param_name="filters") from None


def _holds(condition: dict[str, Any], entry: Entry, zone: str) -> bool:
    if "group" in condition:
        results = [_holds(member, entry, zone) for member in condition["group"]]
        return all(results) if str(condition["group_operator"]).lower() == "and" else any(results)
    name, value = condition["field"]["api_name"], condition["value"]
    if name == "audited_time":
        low, high = (parse_moment(text, zone) for text in value)
        if low is None or high is None:
            raise ValueError(value)
        time: str = entry["time"]
        return format_moment(low) <= time <= format_moment(high)
    actual = {"action": entry["action"], "source": entry["source"], "done_by": entry["user"]}[name]
    if isinstance(value, dict):
        value = value["id"]
    values: list[Any] = value if isinstance(value, list) else [value]
    return actual in values


def _render_entry(
    org: Organisation, request: Request, module: Module, record: StoredRecord, entry: Entry
) -> dict[str, Any]:
    user = org.users.get(entry["user"])
    return {
        "id": entry["id"],
        "action": entry["action"],
        "audited_time": localize(entry["time"], request.user.time_zone),
        "source": entry["source"],
        "type": "timeline",
        "extension": None,
        "done_by": user.reference if user else None,
        "related_record": None,
        "automation_details": None,
        "record": {
            "name": display_name(org, record),
            "id": record["id"],
            "module": {"api_name": module.api_name, "id": module.id},
        },
        "field_history": [
            _change(org, module.field_map[change["api_name"]], change)
            for change in entry["changes"]
            if change["api_name"] in module.field_map
        ]
        or None,
    }


def _change(org: Organisation, field: Field, change: dict[str, Any]) -> dict[str, Any]:
    return {
        "api_name": field.api_name,
        "field_label": field.label,
        "data_type": field.data_type,
        "id": field.id,
        "enable_colour_code": False,
        "pick_list_values": [],
        "_value": {name: _as_text(org, field, change[name]) for name in ("old", "new")},
    }


def _as_text(org: Organisation, field: Field, value: Any) -> str | None:
    """Return a stored value as the timeline shows it: names instead of ids."""
    if value is None:
        return None
    if field.data_type in USER_TYPES:
        user = org.users.get(value)
        return user.full_name if user else value
    if field.data_type in LOOKUP_TYPES:
        record = org.records.get(value)
        return display_name(org, record) if record else value
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
