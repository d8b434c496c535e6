"""Sends a request with a permit, and again while Zoho's limiter refuses it. A plan without I/O."""

from __future__ import annotations

from collections.abc import Mapping

from .auth import Pause, Permit, Plan, Send
from .costs import Cost
from .errors import LIMITED_CODES, TransportError, UnreadableReply
from .governor import HeldPermit
from .http import Response


def send_permitted(send: Send, cost: Cost) -> Plan[Response | TransportError]:
    """Send a request of this cost; return the reply, or the error if there is none.

    A call that the limiter refused was not carried out, so that a POST may be sent again, too. A
    permit is held for one attempt: whoever waits holds none, and nobody can wait for himself.
    """
    waited = 0.0
    while True:
        held: HeldPermit = yield Permit(cost, send.request.operation, waited)
        outcome: Response | TransportError
        try:
            outcome = yield send
        except TransportError as failure:
            outcome = failure
        except BaseException:  # such as a cancellation
            held.release(None)
            raise
        delay = held.release(outcome)
        if delay is None or not send.request.replayable or not (yield Pause(delay)):
            return outcome
        waited += held.waited + delay
        send.request.rewind()


def send_ungoverned(send: Send) -> Plan[Response | TransportError]:
    """Send a request without a permit; return the reply, or the error if there is none."""
    try:
        reply: Response = yield send
    except TransportError as failure:
        return failure
    return reply


def is_refused(outcome: Response | TransportError) -> bool:
    """Whether Zoho's limiter refused a request; a gateway's page with status 429 does not count.

    Codes: docs v8 status-codes, OAS 3.1; some errors come wrapped in a list.
    """
    if not isinstance(outcome, Response) or outcome.status != 429:
        return False
    try:
        body = outcome.json
    except UnreadableReply:
        return False
    if isinstance(body, Mapping) and isinstance(body.get("data"), list) and body["data"]:
        body = body["data"][0]
    return isinstance(body, Mapping) and body.get("code") in LIMITED_CODES
