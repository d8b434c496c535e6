"""How a call gets its access token, and what happens when Zoho rejects it.

Defines the protocol of a token source; where tokens are stored is not decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeVar

from .costs import Cost
from .datacenters import is_trusted
from .errors import ConfigurationError, UnreadableReply, ZohoError
from .http import Request, Response
from .secret import Secret, reveal

T = TypeVar("T")

# Zoho returns any of these three for a token that has expired, was revoked, was displaced by a
# sixteenth one (docs v8 token-validity) or belongs to another environment; rikas/zoho_hub#34 has
# the second.
DEAD_TOKEN_CODES = frozenset({"INVALID_TOKEN", "AUTHENTICATION_FAILURE", "INVALID_OAUTHTOKEN"})


@dataclass(frozen=True)
class AccessToken:
    """An access token and the base URLs it is valid for (`accounts` serves user info).

    Of a str as its value it makes a Secret.

    `is_renewed_elsewhere` marks a token that `TokenSource.renew` got from another caller's renewal:
    Zoho may have invalidated it since.
    """

    value: Secret
    api_url: str
    upload_url: str = ""
    accounts_url: str = ""
    is_renewed_elsewhere: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", Secret(self.value))

    def url(self, host: str, at: str = "") -> str:
        """Return the base URL for a host role, or `at` if that is given; no trailing slash.

        Raises ConfigurationError when this token has no URL for the role, or when `at` may not see
        the token: it is neither one of this token's own servers nor a known one of Zoho's.
        """
        if at:
            if not is_trusted(at, (self.api_url, self.upload_url)):
                raise ConfigurationError(f"{at} is not a Zoho server; the token was not sent.")
            return at
        base = {"api": self.api_url, "upload": self.upload_url, "accounts": self.accounts_url}[host]
        if not base:
            raise ConfigurationError(
                f"The call goes to Zoho's {host} host, but no URL is set for it."
            )
        return base.rstrip("/")


class TokenSource(Protocol):
    """Where a client gets its access token. Implementations must be thread-safe."""

    def current(self) -> AccessToken:
        """Return a token that is valid as far as is known."""
        ...

    def renew(self, refused: AccessToken) -> AccessToken:
        """Return a different token, since Zoho refused this one.

        Raises ConsentWithdrawn when no new token can be had.
        """
        ...


@dataclass(frozen=True)
class StaticToken:
    """A token source for scripts that were given an access token and cannot renew it."""

    token: AccessToken

    def current(self) -> AccessToken:
        """Return the token."""
        return self.token

    def renew(self, refused: AccessToken) -> AccessToken:
        """Return the same token: there is no other."""
        return self.token

    async def acurrent(self) -> AccessToken:
        """Return the token; awaited calls need no thread for it."""
        return self.token


class Token(NamedTuple):
    """A plan needs an access token: any valid one, or one other than `refused`."""

    refused: AccessToken | None = None


class Send(NamedTuple):
    """A plan needs a request sent to the hosts of a token, and its reply.

    `attempt` counts the retries of one request, from 0.
    """

    token: AccessToken
    request: Request
    attempt: int = 0


class Pause(NamedTuple):
    """A plan needs to wait for some seconds; False says that there is no time left for it."""

    seconds: float


class Permit(NamedTuple):
    """A plan needs a permit (`HeldPermit`) for a request of this cost.

    `waited` is for how many seconds the request was held up before.
    """

    cost: Cost
    operation: str = ""
    waited: float = 0.0


Step = Token | Permit | Send | Pause
Plan = Generator[Step, Any, T]
"""A call without any I/O: it yields its steps, is sent their outcomes, and returns a result.

A session drives it and does the I/O in its own way.
"""

Deliver = Callable[[AccessToken, Request], Generator[Any, Any, Response]]


def deliver(token: AccessToken, request: Request) -> Generator[Send, Response, Response]:
    """Send a request once."""
    return (yield Send(token, request))


def flow(request: Request, deliver: Deliver = deliver) -> Generator[Any, Any, Response]:
    """Send a request with a token, and once more with a fresh one if Zoho rejected the token.

    `deliver` sends the request, possibly more than once; it has nothing to do with getting tokens.
    This never loops: when a token fetched for this very call is refused, the caller gets that
    reply, and one that was renewed elsewhere is tried only once. A body that cannot be sent twice
    (a stream without seek) is not replayed, but the token is renewed for the next call.
    """
    token: AccessToken = yield from _token()
    response = yield from deliver(token, _authorised(request, token))
    for _ in range(2):
        if response.status != 401 or not _is_dead_token(response):
            break
        refused, token = token, (yield from _token(token))
        if token.value == refused.value or not request.replayable:
            break
        response.close()
        request.rewind()
        response = yield from deliver(token, _authorised(request, token))
        if not token.is_renewed_elsewhere:
            break
    return response


def _token(refused: AccessToken | None = None) -> Generator[Token, AccessToken, AccessToken]:
    """Get a token; an error is marked with `sent = False`, since the request has not been sent."""
    try:
        return (yield Token(refused))
    except ZohoError as error:
        error.sent = False
        raise


def _authorised(request: Request, token: AccessToken) -> Request:
    return request.with_header("Authorization", authorization(token.value))


def authorization(token: str | Secret) -> Secret:
    """Return the value of the Authorization header.

    Token replies say "Bearer", but the CRM documentation uses only this scheme.
    """
    return Secret(f"Zoho-oauthtoken {reveal(token)}")


def _is_dead_token(response: Response) -> bool:
    try:
        body = response.json
    except UnreadableReply:
        return False
    if isinstance(body, dict) and isinstance(body.get("data"), list) and body["data"]:
        body = body["data"][0]  # some GET errors come wrapped (OAS 3.1)
    return isinstance(body, dict) and body.get("code") in DEAD_TOKEN_CODES
