"""The operations on channels: `/crm/{version}/actions/watch`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ...core import JsonResponse, Refusal, Request, Response, Routes, dialect, invalid_data, success
from ...core.errors import ambiguous
from ...guesses import behaves
from ...state import Item, Organisation
from ...state.channels import OPERATIONS, Channel, expiry, is_condition

routes = Routes(scope="ZohoCRM.notifications")

WATCH = "/crm/{version}/actions/watch"
MAX_CHANNELS, MAX_EVENTS = 50, 50
MAX_URL_LENGTH, MAX_TOKEN_LENGTH = 255, 50

ENABLED = "Successfully subscribed for actions-watch of the given module"
UPDATED = "Successfully updated the subscribe details"
DISABLED = "Successfully un-subscribed from actions-watch"
EVENTS_GONE = "Successfully removed the subscribe details"


@routes.route("POST", WATCH)
def enable(org: Organisation, request: Request) -> Response:
    """Open channels."""

    def open_one(item: Item, path: str) -> Item:
        channel = _read(org, request, item, path)
        if _find_live(org, channel.id) is not None:
            raise invalid_data(
                "invalid data", api_name="channel_id", json_path=f"{path}.channel_id"
            )
        org.channels[channel.id] = channel
        return success(ENABLED, {"events": _events(org, request, channel)})

    return _write_each(request, open_one, status=201)


@routes.route("GET", WATCH)
def list_channels(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Return the open channels."""
    per_page = request.args.integer("per_page", 200, minimum=1, maximum=200)
    page = request.args.integer("page", 1, minimum=1)
    module, channel_id = request.args.get("module"), request.args.get("channel_id")
    rows = [
        row
        for channel in list(org.channels.values())
        if _find_live(org, channel.id) and channel_id in (None, channel.id)
        for row in _rows(org, request, channel)
        if module in (None, row["resource_name"])
    ]
    page_rows = rows[(page - 1) * per_page : page * per_page]
    if not page_rows:
        return None
    return {
        "watch": page_rows,
        "info": {
            "per_page": per_page,
            "count": len(page_rows),
            "page": page,
            "more_records": page * per_page < len(rows),
        },
    }


@routes.route("PUT", WATCH)
def update(org: Organisation, request: Request) -> Response:
    """Replace all details of channels."""

    def replace_one(item: Item, path: str) -> Item:
        _require_subscribed(org, item)
        channel = _read(org, request, item, path)
        org.channels[channel.id] = channel
        return success(UPDATED, {"events": _events(org, request, channel)})

    return _write_each(request, replace_one)


@routes.route("PATCH", WATCH)
def change(org: Organisation, request: Request) -> Response:
    """Change some details of channels, or drop some of their events."""

    def change_one(item: Item, path: str) -> Item:
        channel = _require_subscribed(org, item)
        if item.get("_delete_events"):
            events = item.get("events") or []
            _check(isinstance(events, list), "events", path)
            remaining = channel.without_events(tuple(events))
            if remaining.events:
                org.channels[channel.id] = remaining
            else:
                del org.channels[channel.id]
            return success(EVENTS_GONE, _resource(org, request, channel))
        new_item = {
            "channel_id": channel.id,
            "events": list(channel.events),
            "notify_url": channel.notify_url,
            **channel.details,
            **item,
        }
        if "channel_expiry" not in item:
            changed = replace(_read(org, request, new_item, path), expiry=channel.expiry)
        else:
            changed = _read(org, request, new_item, path)
        org.channels[channel.id] = changed
        return success(UPDATED, {"events": _events(org, request, changed)})

    return _write_each(request, change_one)


@routes.route("DELETE", WATCH)
def disable(org: Organisation, request: Request) -> Response:
    """Close the channels that the parameter `channel_ids` names."""
    ids = request.args.comma_separated("channel_ids")
    if not ids:
        raise Refusal(
            "REQUIRED_PARAM_MISSING",
            "One of the expected parameter is missing",
            details={"param_name": "channel_ids"},
        )
    results: list[Item] = []
    for channel_id in ids:
        channel = _find_live(org, channel_id)
        if channel is None:
            results.append(_missing_subscription_error(channel_id).body)
            continue
        del org.channels[channel_id]
        results.append(success(DISABLED, _resource(org, request, channel)))
    return JsonResponse({"watch": results}, _status(request, results, 200))


def _write_each(request: Request, work: Callable[[Item, str], Item], status: int = 200) -> Response:
    results = []
    for index, item in enumerate(request.json_items("watch", limit=MAX_CHANNELS)):
        try:
            results.append(work(item, f"$.watch[{index}]"))
        except Refusal as refusal:
            results.append(refusal.body)
    return JsonResponse({"watch": results}, _status(request, results, status))


def _status(request: Request, results: list[Item], status: int) -> int:
    failed = sum(item["status"] == "error" for item in results)
    if not failed:
        return status
    if not dialect(request.version).has_multi_status:
        return 202
    return 400 if failed == len(results) else 207


def _find_live(org: Organisation, channel_id: str) -> Channel | None:
    """Return an open channel; an expired one is dropped."""
    channel = org.channels.get(channel_id)
    if channel is not None and channel.expiry <= org.clock.now():
        del org.channels[channel_id]
        return None
    return channel


def _missing_subscription_error(channel_id: str) -> Refusal:
    return Refusal(
        "NOT_SUBSCRIBED", "Not subscribed for actions-watch", details={"channel_id": channel_id}
    )


def _require_subscribed(org: Organisation, item: Item) -> Channel:
    channel = _find_live(org, str(item.get("channel_id", "")))
    if channel is None:
        raise _missing_subscription_error(str(item.get("channel_id", "")))
    return channel


def _read(org: Organisation, request: Request, item: Item, path: str) -> Channel:
    """Read a channel from an item of a body. Raises Refusal that names the offending key."""
    for name in ("channel_id", "events", "notify_url"):
        if item.get(name) in (None, "", []):
            raise Refusal(
                "MANDATORY_NOT_FOUND",
                "required field not found",
                details={"api_name": name, "json_path": f"{path}.{name}"},
            )
    _check_keys(org, item, path)
    expiry_text = item.get("channel_expiry")
    moment = _moment(expiry_text, org.time_zone)
    _check(
        expiry_text is None or moment is not None,
        "channel_expiry",
        path,
        expected_data_type="datetime",
    )
    condition = item.get("notification_condition")
    if behaves("notifications.condition", "ignored") and not is_condition(condition):
        condition = None
    _check(condition is None or is_condition(condition), "notification_condition", path)
    for index, one in enumerate(condition or ()):
        _check_condition(org, one, f"{path}.notification_condition[{index}]")
    return Channel(
        str(item["channel_id"]),
        tuple(event for event in item["events"] if _is_event(org, event)),
        item["notify_url"],
        expiry(moment, org.clock.now(), request.version),
        {
            "token": item.get("token"),
            "return_affected_field_values": bool(item.get("return_affected_field_values")),
            "notify_on_related_action": item.get("notify_on_related_action", True),
            "notification_condition": condition,
        },
    )


def _check_condition(org: Organisation, condition: Item, path: str) -> None:
    """Raise Refusal for a condition without a type, or with the name and the id of two modules."""
    if condition.get("type") is None:
        raise Refusal(
            "DEPENDENT_FIELD_MISSING",
            "dependent field missing",
            details={
                "api_name": "type",
                "json_path": f"{path}.type",
                "dependee": {"api_name": "notification_condition", "json_path": path},
            },
        )
    module = condition["module"]
    stored_module = org.metadata.modules.get(module["api_name"])
    if stored_module is not None and module.get("id") not in (None, stored_module.id):
        raise ambiguous(
            *(
                {"api_name": name, "json_path": f"{path}.module.{name}"}
                for name in ("api_name", "id")
            )
        )


def _check_keys(org: Organisation, item: Item, path: str) -> None:
    """Raise Refusal for a channel, an address, a token or events of the wrong form."""
    _check(
        len(str(item["channel_id"])) <= 64
        and isinstance(item["channel_id"], str | int)
        and (
            str(item["channel_id"]).isdecimal()
            or not behaves("notifications.channel-id", "numbers")
        ),
        "channel_id",
        path,
        maximum_length=64,
    )
    url = item["notify_url"]
    _check(
        isinstance(url, str)
        and len(url) <= MAX_URL_LENGTH
        and _is_web_address(url)
        and not (url.startswith("http:") and behaves("notifications.plain-http", "refused")),
        "notify_url",
        path,
    )
    token = item.get("token")
    longest = 256 if behaves("notifications.token", "256") else MAX_TOKEN_LENGTH
    _check(
        token is None or (isinstance(token, str) and len(token) <= longest),
        "token",
        path,
        maximum_length=longest,
    )
    events = item["events"]
    matched = any if behaves("notifications.invalid-event", "taken") else all
    _check(
        isinstance(events, list)
        and len(events) <= MAX_EVENTS
        and matched(_is_event(org, event) for event in events),
        "events",
        path,
    )


def _is_web_address(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https")
    except ValueError:
        return False


def _check(fits: bool, name: str, path: str, **details: Any) -> None:
    if not fits:
        raise invalid_data(api_name=name, json_path=f"{path}.{name}", **details)


def _moment(text: Any, zone: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def _is_event(org: Organisation, event: Any) -> bool:
    module, _, operation = str(event).rpartition(".")
    exists = module in org.metadata.modules or module.lower() == "users"
    return exists and operation in OPERATIONS


def _resources(org: Organisation, channel: Channel) -> list[tuple[str, str]]:
    names = dict.fromkeys(event.rpartition(".")[0] for event in channel.events)
    modules = org.metadata.modules
    return [(name, modules[name].id if name in modules else "") for name in names]


def _events(org: Organisation, request: Request, channel: Channel) -> list[Item]:
    ends = org.clock.iso(request.user.time_zone, at=channel.expiry)
    return [
        # Zoho's documentation has v2 here in every version.
        {
            "channel_expiry": ends,
            "resource_uri": f"{request.address.base_url}/crm/v2/{name}",
            "resource_id": module_id,
            "resource_name": name,
            "channel_id": channel.id,
        }
        for name, module_id in _resources(org, channel)
    ]


def _resource(org: Organisation, request: Request, channel: Channel) -> Item:
    name, module_id = _resources(org, channel)[0]
    return {
        "resource_uri": f"{request.address.base_url}/crm/v2/{name}",
        "resource_id": module_id,
        "channel_id": channel.id,
    }


def _rows(org: Organisation, request: Request, channel: Channel) -> list[Item]:
    return [
        {
            **event,
            **channel.details,
            "notify_url": channel.notify_url,
            "fields": None,
            "events": [
                item for item in channel.events if item.rpartition(".")[0] == event["resource_name"]
            ],
        }
        for event in _events(org, request, channel)
    ]
