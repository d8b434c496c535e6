"""Access tokens, and the protocol of a token source.

The implementation of the source decides where tokens are stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from ..errors import ConfigurationError
from ..http.datacenters import is_trusted
from ..secret import Secret, reveal


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
        """Return the base URL for a host role, or `at` if that is passed; no trailing slash.

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
    """The source of a client's access token. Implementations must be thread-safe."""

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
    """A token source for scripts that have an access token and cannot renew it."""

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


def authorization(token: str | Secret) -> Secret:
    """Return the value of the Authorization header.

    Token responses say "Bearer", but the CRM documentation uses only this scheme.
    """
    return Secret(f"Zoho-oauthtoken {reveal(token)}")
