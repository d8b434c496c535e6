"""Writes the items of a body one by one, and returns the outcome of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core import Dialect, JsonResponse, Refusal, Request, Response, dialect
from ..guesses import behaves
from ..state import Item, Organisation, StoredRecord
from .rendering import localize, user_reference
from .values import JSONPath


def batch(
    request: Request,
    work: Callable[[Item, JSONPath], Item],
    *,
    status: int = 200,
    key: str = "data",
    limit: int = 100,
) -> Response:
    """Do `work` for every item and return the results, in order."""
    traits = dialect(request.version)
    items = request.json_items(key, limit=limit)
    check_trigger(request)
    results = []
    for index, item in enumerate(items):
        try:
            results.append(work(item, JSONPath(traits, key, f"$.{key}[{index}]")))
        except Refusal as refusal:
            if refusal.status == 412:
                raise
            results.append(refusal.body)
    return JsonResponse({key: results}, batch_status(results, traits, status))


def body_id(body: Item, path: JSONPath) -> str:
    """Return the `id` in an item of a body. Raises Refusal for an item without an id."""
    if body.get("id") is None:
        raise path.child("id").missing()
    return str(body["id"])


def batch_status(results: list[Item], traits: Dialect, status: int = 200) -> int:
    """Return the HTTP status of a batch, depending on its items' results."""
    failed = sum(item["status"] == "error" for item in results)
    if not failed:
        return status
    if not traits.has_multi_status:
        return 202
    guess, usual = ("refused", 400) if failed == len(results) else ("mixed", 207)
    others = (code for code in (200, 202, 207) if behaves(f"records.{guess}-status", str(code)))
    return next(others, usual)


def check_trigger(request: Request) -> None:
    trigger = request.json_object().get("trigger")
    if trigger is not None and not isinstance(trigger, list):
        raise Refusal(
            "INVALID_DATA",
            "invalid data",
            details={
                "api_name": "trigger",
                "expected_data_type": "jsonarray",
                "json_path": "$.trigger",
            },
        )


def describe_write(org: Organisation, request: Request, record: StoredRecord) -> dict[str, Any]:
    """Return the details that responses show of a written record."""
    zone = request.user.time_zone
    details = {
        "Modified_Time": localize(record["Modified_Time"], zone),
        "Modified_By": user_reference(org, record["Modified_By"]),
        "Created_Time": localize(record["Created_Time"], zone),
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
