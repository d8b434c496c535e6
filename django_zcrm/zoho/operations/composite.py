"""The response to a composite request: one outcome for each request in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from ..errors import error_from
from ..http.messages import ZohoResponse
from .readers import Call, batch, is_refusal, reason_of
from .results import BatchResult, Outcome


def outcomes(response: ZohoResponse, call: Call) -> BatchResult:
    """Read the outcome of every sub-request.

    Zoho reports success for a sub-request that was passed on (ZD "Composite API"). Here, a
    sub-request also counts as failed if its own response, at `details["response"]`, has a status of
    400 or more, or refuses its record, or all its records, with another status.
    """
    result = batch(response, call)
    return replace(result, outcomes=[_judge(outcome, call) for outcome in result])


def _judge(outcome: Outcome, call: Call) -> Outcome:
    response = outcome.details.get("response")
    status = response.get("status_code") if isinstance(response, Mapping) else None
    if not outcome.ok or not isinstance(response, Mapping) or not isinstance(status, int):
        return outcome
    body = response.get("body")
    reason = reason_of(body)
    if status < 400 and (not is_refusal(reason) or _has_success(body)):
        return outcome
    return replace(outcome, error=error_from(reason, status, call.name))


def _has_success(body: Any) -> bool:
    """Return whether a response with outcomes of records accepts any of them."""
    rows = chain.from_iterable(rows for rows in body.values() if isinstance(rows, list))
    return any(isinstance(row, Mapping) and row.get("status") == "success" for row in rows)
