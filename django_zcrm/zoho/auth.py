"""How a call gets its access token, and what happens when Zoho says that it is dead.

Knows the protocol of a token source, not where tokens are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Protocol

from .datacenters import is_trusted
from .errors import ConfigurationError, UnreadableReply
from .http import Request, Response

# Zoho answers any of the three for a token that is expired, revoked, evicted by the sixteenth
# (docs v8 token-validity) or from another environment; rikas/zoho_hub#34 for the second.
DEAD_TOKEN_CODES = frozenset({"INVALID_TOKEN", "AUTHENTICATION_FAILURE", "INVALID_OAUTHTOKEN"})


@dataclass(frozen=True)
class AccessToken:
    """An access token and the base URLs it is good for (`accounts` serves user info).

    Second hand is what `TokenSource.renew` returns of what another caller asked for: since then
    Zoho may have ended that one, too.
    """

    value: str = field(repr=False)
    api_url: str
    upload_url: str = ""
    accounts_url: str = ""
    is_second_hand: bool = field(default=False, compare=False)

    def url(self, host: str, at: str = "") -> str:
        """Return the base URL of a host role, or `at` where that is given; no trailing slash.

        Raises ConfigurationError when the role's URL was not given, or when `at` is no server that
        may see the token: one of this token's own, or a known one of Zoho's.
        """
        if at:
            if not is_trusted(at, (self.api_url, self.upload_url)):
                raise ConfigurationError(f"{at} is no server of Zoho's; the token stays here.")
            return at
        base = {"api": self.api_url, "upload": self.upload_url, "accounts": self.accounts_url}[host]
        if not base:
            raise ConfigurationError(
                f"The call goes to Zoho's {host} host, and no URL of it is set."
            )
        return base.rstrip("/")


class TokenSource(Protocol):
    """Where a client gets its access token. Implementations must be safe to share by threads."""

    def current(self) -> AccessToken:
        """Return a token that is good as far as anybody knows."""
        ...

    def renew(self, refused: AccessToken) -> AccessToken:
        """Return another token, since Zoho refused this one.

        Raises ConsentWithdrawn when there can be none.
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


@dataclass(frozen=True)
class Token:
    """A plan needs an access token: any good one, or another than the one that was refused."""

    refused: AccessToken | None = None


@dataclass(frozen=True)
class Send:
    """A plan needs a request sent to the hosts that a token is good for; the reply is wanted."""

    token: AccessToken
    request: Request


@dataclass(frozen=True)
class Pause:
    """A plan needs to wait, in seconds."""

    seconds: float


Deliver = Callable[[AccessToken, Request], Generator[Any, Any, Response]]


def deliver(token: AccessToken, request: Request) -> Generator[Send, Response, Response]:
    """Send a request once."""
    return (yield Send(token, request))


def flow(request: Request, deliver: Deliver = deliver) -> Generator[Any, Any, Response]:
    """Send a request with a token, and once more with a fresh one when the token was dead.

    `deliver` sends it, maybe more than once; trouble on the way to a token is not its concern.
    Never a loop: the refusal of a token that Zoho gave for this call is the caller's to read, and
    one that was second hand is tried once. A body that cannot be sent twice (a stream without
    seek) is not replayed, though the token is renewed for whoever calls next.
    """
    token: AccessToken = yield Token()
    response = yield from deliver(token, _authorised(request, token))
    for _ in range(2):
        if response.status != 401 or not _is_dead_token(response):
            break
        refused, token = token, (yield Token(refused=token))
        if token.value == refused.value or not request.replayable:
            break
        response.close()
        request.rewind()
        response = yield from deliver(token, _authorised(request, token))
        if not token.is_second_hand:
            break
    return response


def _authorised(request: Request, token: AccessToken) -> Request:
    # Although token answers say "Bearer", CRM's documents use only this scheme.
    return request.with_header("Authorization", f"Zoho-oauthtoken {token.value}")


def _is_dead_token(response: Response) -> bool:
    try:
        body = response.json
    except UnreadableReply:
        return False
    if isinstance(body, dict) and isinstance(body.get("data"), list) and body["data"]:
        body = body["data"][0]  # some GET errors come wrapped (OAS 3.1)
    return isinstance(body, dict) and body.get("code") in DEAD_TOKEN_CODES
