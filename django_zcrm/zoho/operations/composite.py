"""The response to a composite request: one outcome for each request in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..errors import error_from
from ..http.messages import ZohoResponse
from .readers import Call, batch, is_refusal, reason_of
from .results import BatchResult, Outcome


def outcomes(response: ZohoResponse, call: Call) -> BatchResult:
    """Read the outcome of every sub-request.

    Zoho reports success for a sub-request that was passed on (ZD "Composite API"). Here, a
    sub-request also counts as failed if its own response, at `details["response"]`, has a status of
    400 or more, or refuses its record with another status.
    """
    result = batch(response, call)
    return replace(result, outcomes=[_judge(outcome, call) for outcome in result])


def _judge(outcome: Outcome, call: Call) -> Outcome:
    response = outcome.details.get("response")
    status = response.get("status_code") if isinstance(response, Mapping) else None
    if not outcome.ok or not isinstance(response, Mapping) or not isinstance(status, int):
        return outcome
    reason = reason_of(response.get("body"))
    if status < 400 and not is_refusal(reason):
        return outcome
    return replace(outcome, error=error_from(reason, status, call.name))
