"""The operations on channels: `/crm/{version}/actions/watch`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django_zcrm.emulator.core.errors import Problem, invalid_data, success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import JsonResponse, Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.state.channels import OPERATIONS, Channel, expiry, is_condition
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes()

WATCH = "/crm/{version}/actions/watch"
MAX_CHANNELS, MAX_EVENTS = 50, 50
MAX_URL_LENGTH, MAX_TOKEN_LENGTH = 255, 256

ENABLED = "Successfully subscribed for actions-watch of the given module"
UPDATED = "Successfully updated the subscribe details"
DISABLED = "Successfully un-subscribed from actions-watch"
EVENTS_GONE = "Successfully removed the subscribe details"


@routes.route("POST", WATCH, scope=("ZohoCRM.notifications.CREATE",))
def enable(org: Organisation, request: Request) -> Response:
    """Open channels."""

    def open_one(item: Item, path: str) -> Item:
        channel = _read(org, request, item, path)
        if _live(org, channel.id) is not None:
            raise invalid_data(
                "invalid data", api_name="channel_id", json_path=f"{path}.channel_id"
            )
        org.channels[channel.id] = channel
        return success(ENABLED, {"events": _events(org, request, channel)})

    return _each(request, open_one, done=201)


@routes.route("GET", WATCH, scope=("ZohoCRM.notifications.READ",))
def list_channels(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Answer the open channels."""
    per_page = request.args.integer("per_page", 200, minimum=1, maximum=200)
    page = request.args.integer("page", 1, minimum=1)
    module, asked_channel = request.args.get("module"), request.args.get("channel_id")
    rows = [
        row
        for channel in list(org.channels.values())
        if _live(org, channel.id) and asked_channel in (None, channel.id)
        for row in _rows(org, request, channel)
        if module in (None, row["resource_name"])
    ]
    shown = rows[(page - 1) * per_page : page * per_page]
    if not shown:
        return None
    return {
        "watch": shown,
        "info": {
            "per_page": per_page,
            "count": len(shown),
            "page": page,
            "more_records": page * per_page < len(rows),
        },
    }


@routes.route("PUT", WATCH, scope=("ZohoCRM.notifications.UPDATE",))
def update(org: Organisation, request: Request) -> Response:
    """Replace all details of channels."""

    def replace_one(item: Item, path: str) -> Item:
        _subscribed(org, item)
        channel = _read(org, request, item, path)
        org.channels[channel.id] = channel
        return success(UPDATED, {"events": _events(org, request, channel)})

    return _each(request, replace_one)


@routes.route("PATCH", WATCH, scope=("ZohoCRM.notifications.UPDATE",))
def change(org: Organisation, request: Request) -> Response:
    """Change some details of channels, or drop some of their events."""

    def change_one(item: Item, path: str) -> Item:
        channel = _subscribed(org, item)
        if item.get("_delete_events"):
            remaining = channel.without(tuple(item.get("events") or ()))
            if remaining.events:
                org.channels[channel.id] = remaining
            else:
                del org.channels[channel.id]
            return success(EVENTS_GONE, _resource(org, request, channel))
        merged = {
            "channel_id": channel.id,
            "events": list(channel.events),
            "notify_url": channel.notify_url,
            **channel.details,
            **item,
        }
        if "channel_expiry" not in item:
            changed = replace(_read(org, request, merged, path), expiry=channel.expiry)
        else:
            changed = _read(org, request, merged, path)
        org.channels[channel.id] = changed
        return success(UPDATED, {"events": _events(org, request, changed)})

    return _each(request, change_one)


@routes.route("DELETE", WATCH, scope=("ZohoCRM.notifications.DELETE",))
def disable(org: Organisation, request: Request) -> Response:
    """Close the channels that the parameter `channel_ids` names."""
    ids = request.args.comma_separated("channel_ids")
    if not ids:
        raise Problem(
            "REQUIRED_PARAM_MISSING",
            "One of the expected parameter is missing",
            details={"param_name": "channel_ids"},
        )
    results: list[Item] = []
    for channel_id in ids:
        channel = _live(org, channel_id)
        if channel is None:
            results.append(_not_subscribed(channel_id).body)
            continue
        del org.channels[channel_id]
        results.append(success(DISABLED, _resource(org, request, channel)))
    return JsonResponse({"watch": results}, _status(request, results, 200))


def _each(request: Request, work: Callable[[Item, str], Item], done: int = 200) -> Response:
    results = []
    for index, item in enumerate(request.json_items("watch", limit=MAX_CHANNELS)):
        try:
            results.append(work(item, f"$.watch[{index}]"))
        except Problem as problem:
            results.append(problem.body)
    return JsonResponse({"watch": results}, _status(request, results, done))


def _status(request: Request, results: list[Item], done: int) -> int:
    failed = sum(item["status"] == "error" for item in results)
    if not failed:
        return done
    if not dialect(request.version).has_multi_status:
        return 202
    return 400 if failed == len(results) else 207


def _live(org: Organisation, channel_id: str) -> Channel | None:
    """Return an open channel; an expired one is dropped."""
    channel = org.channels.get(channel_id)
    if channel is not None and channel.expiry <= org.clock.now():
        del org.channels[channel_id]
        return None
    return channel


def _not_subscribed(channel_id: str) -> Problem:
    return Problem(
        "NOT_SUBSCRIBED", "Not subscribed for actions-watch", details={"channel_id": channel_id}
    )


def _subscribed(org: Organisation, item: Item) -> Channel:
    channel = _live(org, str(item.get("channel_id", "")))
    if channel is None:
        raise _not_subscribed(str(item.get("channel_id", "")))
    return channel


def _read(org: Organisation, request: Request, item: Item, path: str) -> Channel:
    """Read a channel from an item of a body. Raises Problem that names the offending key."""
    for name in ("channel_id", "events", "notify_url"):
        if item.get(name) in (None, "", []):
            raise Problem(
                "MANDATORY_NOT_FOUND",
                "required field not found",
                details={"api_name": name, "json_path": f"{path}.{name}"},
            )
    _check_keys(org, item, path)
    asked = item.get("channel_expiry")
    moment = _moment(asked, org.time_zone)
    _check(
        asked is None or moment is not None, "channel_expiry", path, expected_data_type="datetime"
    )
    condition = item.get("notification_condition")
    _check(condition is None or is_condition(condition), "notification_condition", path)
    return Channel(
        str(item["channel_id"]),
        tuple(item["events"]),
        item["notify_url"],
        expiry(moment, org.clock.now(), request.version),
        {
            "token": item.get("token"),
            "return_affected_field_values": bool(item.get("return_affected_field_values")),
            "notify_on_related_action": item.get("notify_on_related_action", True),
            "notification_condition": condition,
        },
    )


def _check_keys(org: Organisation, item: Item, path: str) -> None:
    """Raise Problem for a channel, an address, a token or events of the wrong form."""
    _check(
        len(str(item["channel_id"])) <= 64 and isinstance(item["channel_id"], str | int),
        "channel_id",
        path,
        maximum_length=64,
    )
    url = item["notify_url"]
    _check(
        isinstance(url, str)
        and len(url) <= MAX_URL_LENGTH
        and urlsplit(url).scheme in ("http", "https"),
        "notify_url",
        path,
    )
    token = item.get("token")
    _check(
        token is None or (isinstance(token, str) and len(token) <= MAX_TOKEN_LENGTH),
        "token",
        path,
        maximum_length=MAX_TOKEN_LENGTH,
    )
    events = item["events"]
    _check(
        isinstance(events, list)
        and len(events) <= MAX_EVENTS
        and all(_is_event(org, event) for event in events),
        "events",
        path,
    )


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
    known = module in org.metadata.modules or module.lower() == "users"
    return known and operation in OPERATIONS


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
