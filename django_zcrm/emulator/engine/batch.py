"""Writes the items of a body one by one, and answers with the outcome of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import JsonResponse, Response
from django_zcrm.emulator.core.versions import Dialect, dialect
from django_zcrm.emulator.engine.rendering import in_zone, user_reference
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item
from django_zcrm.emulator.state.store import Record


def batch(
    request: Request,
    work: Callable[[Item, JSONPath], Item],
    *,
    done: int = 200,
    key: str = "data",
    limit: int = 100,
) -> Response:
    """Do `work` for every item and answer each one's result, in order."""
    traits = dialect(request.version)
    items = request.json_items(key, limit=limit)
    check_trigger(request)
    results = []
    for index, item in enumerate(items):
        try:
            results.append(work(item, JSONPath(traits, key, f"$.{key}[{index}]")))
        except Problem as problem:
            if problem.status == 412:
                raise
            results.append(problem.body)
    return JsonResponse({key: results}, batch_status(results, traits, done))


def body_id(body: Item, path: JSONPath) -> str:
    """Return the `id` by which an item of a body names what it changes. Raises Problem without."""
    if body.get("id") is None:
        raise path.child("id").missing()
    return str(body["id"])


def batch_status(results: list[Item], traits: Dialect, done: int = 200) -> int:
    """Return the HTTP status of a batch, depending on its items' results."""
    failed = sum(item["status"] == "error" for item in results)
    if not failed:
        return done
    if not traits.has_multi_status:
        return 202
    return 400 if failed == len(results) else 207


def check_trigger(request: Request) -> None:
    trigger = request.json_object().get("trigger")
    if trigger is not None and not isinstance(trigger, list):
        raise Problem(
            "INVALID_DATA",
            "invalid data",
            details={
                "api_name": "trigger",
                "expected_data_type": "jsonarray",
                "json_path": "$.trigger",
            },
        )


def written_details(org: Organisation, request: Request, record: Record) -> dict[str, Any]:
    """Return the details that answers show of a written record."""
    zone = request.user.time_zone
    details = {
        "Modified_Time": in_zone(record["Modified_Time"], zone),
        "Modified_By": user_reference(org, record["Modified_By"]),
        "Created_Time": in_zone(record["Created_Time"], zone),
        "id": record["id"],
        "Created_By": user_reference(org, record["Created_By"]),
    }
    for person in ("Modified_By", "Created_By"):
        if details[person] is not None:
            details[person] = {key: details[person][key] for key in ("name", "id")}
    is_approvable = org.records.homes.get(record["id"]) not in ("Notes", "Attachments")
    if is_approvable and not dialect(request.version).has_dollar_converted:
        details["$approval_state"] = "approved"
    return details
