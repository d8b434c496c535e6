"""Calls with more items than one request takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .auth import Plan
from .errors import ApiError, ZCRMError, ZohoError
from .operation import Operation
from .results import BatchResult, Outcome


def with_items_listed(operation: Operation, given: dict[str, Any]) -> dict[str, Any]:
    """Turn items given as a set, a generator or a queryset into a list."""
    if not (operation.batch or operation.each):
        return given
    name = operation.each or operation.body
    items = given.get(name)
    is_one = isinstance(items, list | tuple | str | bytes | Mapping) or hasattr(items, "read")
    if is_one or not isinstance(items, Iterable):
        return given
    return {**given, name: list(items)}


def in_batches(
    call: Callable[[dict[str, Any]], Plan[BatchResult]],
    operation: Operation,
    given: dict[str, Any],
    items: Sequence[Any],
) -> Plan[BatchResult]:
    """Send more items than one request takes, in order, and join the outcomes.

    `call` performs the operation with at most `operation.batch` of them.

    A request that fails after others succeeded does not hide them: its items and those after it
    get its error as their outcome, and nothing more is sent. The code of those after it is
    NOT_SENT; that of its own items is Zoho's, NO_REPLY when they may have arrived, or NOT_SENT
    when they certainly did not, such as for want of an access token.
    """
    outcomes: list[Outcome] = []
    extra: dict[str, Any] = {}
    for start in range(0, len(items), operation.batch):
        part = items[start : start + operation.batch]
        changed = {**given, operation.each or operation.body: part}
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
    """Return the code of an item whose request failed: Zoho's, NO_REPLY or NOT_SENT."""
    # Without a ZohoError nothing was sent: an item could not be encoded, or the grant is gone.
    if not isinstance(reason, ZohoError) or not reason.sent:
        return "NOT_SENT"
    return reason.code if isinstance(reason, ApiError) else "NO_REPLY"
