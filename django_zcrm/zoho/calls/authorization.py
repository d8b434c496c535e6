"""Sends a request with an access token, and again with another token if Zoho rejects the first."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from ..auth.tokens import AccessToken, authorization
from ..errors import UnreadableResponse, ZohoError
from ..http.messages import ZohoRequest, ZohoResponse
from .steps import Deliver, Token, deliver

# Zoho returns any of these three for a token that has expired, was revoked, was displaced by a
# sixteenth one (docs v8 token-validity) or belongs to another environment; rikas/zoho_hub#34 has
# the second.
DEAD_TOKEN_CODES = ("INVALID_TOKEN", "AUTHENTICATION_FAILURE", "INVALID_OAUTHTOKEN")


def send_authorized(
    request: ZohoRequest, deliver: Deliver = deliver
) -> Generator[Any, Any, ZohoResponse]:
    """Send a request with a token, and once more with a fresh one if Zoho rejected the token.

    `deliver` sends the request, possibly more than once; it does not fetch tokens. The plan never
    loops: if Zoho refuses a token that was fetched for this call, the caller gets that response. A
    token that was renewed elsewhere is tried only once. A body that cannot be sent twice (a stream
    without seek) is not replayed, but the token is renewed for the next call.
    """
    token: AccessToken = yield from _token()
    response = yield from deliver(token, _with_token(request, token))
    for _ in range(2):
        if response.status != 401 or not _is_dead_token(response):
            break
        refused, token = token, (yield from _token(token))
        if token.value == refused.value or not request.replayable:
            break
        response.close()
        request.rewind()
        response = yield from deliver(token, _with_token(request, token))
        if not token.is_renewed_elsewhere:
            break
    return response


def _token(refused: AccessToken | None = None) -> Generator[Token, AccessToken, AccessToken]:
    """Return a token; errors get `sent = False`, since the request has not been sent."""
    try:
        return (yield Token(refused))
    except ZohoError as error:
        error.sent = False
        raise


def _with_token(request: ZohoRequest, token: AccessToken) -> ZohoRequest:
    return request.with_header("Authorization", authorization(token.value))


def _is_dead_token(response: ZohoResponse) -> bool:
    try:
        body = response.json
    except UnreadableResponse:
        return False
    if isinstance(body, dict) and isinstance(body.get("data"), list) and body["data"]:
        body = body["data"][0]  # some GET errors are wrapped in a list (OAS 3.1)
    return isinstance(body, dict) and body.get("code") in DEAD_TOKEN_CODES
