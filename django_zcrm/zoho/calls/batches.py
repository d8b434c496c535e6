"""Calls with more items than one request takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..errors import ApiError, ZCRMError, ZohoError
from ..operations.operation import Operation
from ..operations.results import BatchResult, Outcome
from .steps import CallPlan


def with_items_listed(operation: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
    """Convert items from a set, a generator or a queryset to a list."""
    if not (operation.batch or operation.each):
        return arguments
    name = operation.each or operation.body
    items = arguments.get(name)
    is_one = isinstance(items, list | tuple | str | bytes | Mapping) or hasattr(items, "read")
    if is_one or not isinstance(items, Iterable):
        return arguments
    return {**arguments, name: list(items)}


def in_batches(
    call: Callable[[dict[str, Any]], CallPlan[BatchResult]],
    operation: Operation,
    arguments: dict[str, Any],
    items: Sequence[Any],
) -> CallPlan[BatchResult]:
    """Send more items than one request takes, in order, and join the outcomes.

    `call` performs the operation with at most `operation.batch` items.

    If a request fails after others succeeded, the result still contains their outcomes. Its own
    items and all later items get the error as their outcome, and nothing more is sent. The code of
    later items is NOT_SENT. The code of the request's own items is Zoho's code, NO_RESPONSE if they
    may have arrived, or NOT_SENT if they certainly did not, such as without an access token.
    """
    outcomes: list[Outcome] = []
    extra: dict[str, Any] = {}
    for start in range(0, len(items), operation.batch):
        part = items[start : start + operation.batch]
        changed = {**arguments, operation.each or operation.body: part}
        try:
            result: BatchResult = yield from call(changed)
        except ZCRMError as reason:
            if not outcomes:
                raise
            code = code_of(reason)
            outcomes += [
                Outcome(
                    index,
                    code if index < start + operation.batch else "NOT_SENT",
                    str(reason),
                    error=reason,
                    input=item,
                )
                for index, item in enumerate(items[start:], start)
            ]
            break
        outcomes += [replace(outcome, index=outcome.index + start) for outcome in result]
        extra.update(result.extra)
    return BatchResult(outcomes, extra, operation.name)


def code_of(reason: ZCRMError) -> str:
    """Return the code of an item whose request failed: Zoho's, NO_RESPONSE or NOT_SENT."""
    # Without a ZohoError nothing was sent: an item could not be encoded, or the grant has ended.
    if not isinstance(reason, ZohoError) or not reason.sent:
        return "NOT_SENT"
    return reason.code if isinstance(reason, ApiError) else "NO_RESPONSE"
