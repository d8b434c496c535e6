"""The steps of a plan: the actions that a plan, which does no I/O, requests from its session."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeVar

from ..auth.tokens import AccessToken
from ..http.messages import ZohoRequest, ZohoResponse
from ..limits.limiter import SlotClaim

T = TypeVar("T")


class Token(NamedTuple):
    """A plan needs an access token: any valid token, or one other than `refused`."""

    refused: AccessToken | None = None


class Send(NamedTuple):
    """A plan needs a request sent to the hosts of a token, and its response.

    `attempt` counts the retries of one request, from 0.
    """

    token: AccessToken
    request: ZohoRequest
    attempt: int = 0


class Pause(NamedTuple):
    """A plan needs to wait for some seconds; the result False means that no time is left."""

    seconds: float


CallStep = Token | SlotClaim | Send | Pause
CallPlan = Generator[CallStep, Any, T]
"""A call without any I/O: it yields its steps, is sent their outcomes, and returns a result.

A session drives it and does the I/O in its own way.
"""

Deliver = Callable[[AccessToken, ZohoRequest], Generator[Any, Any, ZohoResponse]]


def deliver(
    token: AccessToken, request: ZohoRequest
) -> Generator[Send, ZohoResponse, ZohoResponse]:
    """Send a request once."""
    return (yield Send(token, request))
