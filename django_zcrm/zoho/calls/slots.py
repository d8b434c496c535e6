"""Sends a request with a slot, and again while Zoho's limiter refuses it. A plan without I/O."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import LIMITED_CODES, TransportError, UnreadableResponse
from ..http.messages import ZohoResponse
from ..limits.costs import Cost
from ..limits.limiter import HeldSlot, SlotClaim
from .steps import CallPlan, Pause, Send


def send_in_slot(send: Send, cost: Cost) -> CallPlan[ZohoResponse | TransportError]:
    """Send a request of this cost; return the response, or the error if there is none.

    A call that the limiter refused was not performed, so even a POST may be sent again. A slot is
    held for one attempt only: a waiting call holds none, so calls cannot wait for each other.
    """
    seconds = 0.0
    while True:
        slot: HeldSlot = yield SlotClaim(cost, send.request.operation, seconds)
        outcome: ZohoResponse | TransportError
        try:
            outcome = yield send
        except TransportError as failure:
            outcome = failure
        except BaseException:  # such as a cancellation
            slot.release(None)
            raise
        delay = slot.release(outcome)
        if delay is None or not send.request.replayable or not (yield Pause(delay)):
            return outcome
        seconds += slot.waited + delay
        send.request.rewind()


def send_unlimited(send: Send) -> CallPlan[ZohoResponse | TransportError]:
    """Send a request without a slot; return the response, or the error if there is none."""
    try:
        response: ZohoResponse = yield send
    except TransportError as failure:
        return failure
    return response


def is_refused(outcome: ZohoResponse | TransportError) -> bool:
    """Return whether Zoho's limiter, not a gateway with status 429, refused a request.

    Codes: docs v8 status-codes, OAS 3.1; some errors come wrapped in a list.
    """
    if not isinstance(outcome, ZohoResponse) or outcome.status != 429:
        return False
    try:
        body = outcome.json
    except UnreadableResponse:
        return False
    if isinstance(body, Mapping) and isinstance(body.get("data"), list) and body["data"]:
        body = body["data"][0]
    return isinstance(body, Mapping) and body.get("code") in LIMITED_CODES
