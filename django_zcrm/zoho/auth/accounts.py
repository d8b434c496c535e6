"""Requests to Zoho's accounts server, and the meaning of its responses. Pure functions.

Sources: Zoho's CRM pages (docs v8 auth-request, access-refresh, revoke-tokens), its Accounts pages,
and for the unit of `expires_in` its own SDKs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

from ..errors import (
    ConfigurationError,
    ConsentWithdrawn,
    Invalid,
    Limited,
    ServerFault,
    UnreadableResponse,
    ZCRMError,
)
from ..http.datacenters import data_center_for_url
from ..http.messages import ZohoRequest, ZohoResponse
from ..http.response_sizes import MAX_ACCOUNTS_BYTES
from ..secret import MASK, Secret
from .scope_names import split_scopes

THROTTLE_SECONDS = 600
"""How long Zoho's token throttle lasts at most: the rest of a ten-minute window (Kaizen #43)."""

MAX_LIFETIME = 366 * 86400
"""Seconds. No access token lives this long; a larger number in a broken response is cut to it."""

MAX_TOKEN_LENGTH = 4000
"""Characters. Zoho's have some seventy; servers refuse headers of more than 8,000."""


@dataclass(frozen=True)
class OAuthClient:
    """A client registered in Zoho's API console, as seen from one data centre.

    The id is the same everywhere; the secret may differ by data centre. Of a str as the secret it
    makes a Secret.
    """

    client_id: str
    client_secret: Secret
    redirect_uri: str
    accounts_url: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "client_secret", Secret(self.client_secret))

    def authorize_url(
        self,
        scopes: Iterable[str],
        state: str,
        *,
        access_type: Literal["online", "offline"] = "offline",
        prompt: str = "consent",
    ) -> str:
        """Return the URL of the consent page.

        Without `prompt=consent` a second authorisation returns no refresh token (docs, Accounts).
        """
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "scope": ",".join(scopes),
            "redirect_uri": self.redirect_uri,
            "access_type": access_type,
            "prompt": prompt,
            "state": state,
        }
        return f"{self.accounts_url}/oauth/v2/auth?{urlencode(query)}"

    def exchange(self, code: str | Secret) -> ZohoRequest:
        """Return the request that exchanges a grant token (an authorisation code) for tokens."""
        return self._token_request(
            "exchange",
            grant_type="authorization_code",
            client_id=self.client_id,
            client_secret=self.client_secret,
            redirect_uri=self.redirect_uri or None,
            code=Secret(code),
        )

    def refresh(self, refresh_token: str | Secret) -> ZohoRequest:
        """Return the request for a new access token."""
        return self._token_request(
            "refresh",
            grant_type="refresh_token",
            client_id=self.client_id,
            client_secret=self.client_secret,
            refresh_token=Secret(refresh_token),
        )

    def revoke(self, token: str | Secret) -> ZohoRequest:
        """Return the request that revokes a refresh token and its access tokens.

        The path is that of the CRM docs and SDK.
        """
        return ZohoRequest(
            method="POST",
            path="/oauth/v2/token/revoke",
            host="accounts",
            form=(("token", Secret(token)),),
            max_bytes=MAX_ACCOUNTS_BYTES,
            operation="oauth revoke",
        )

    @staticmethod
    def _token_request(name: str, **form: str | Secret | None) -> ZohoRequest:
        # Zoho also accepts these in the query, but a form body keeps secrets out of logs on the
        # way.
        return ZohoRequest(
            method="POST",
            path="/oauth/v2/token",
            host="accounts",
            form=tuple((key, value) for key, value in form.items() if value is not None),
            max_bytes=MAX_ACCOUNTS_BYTES,
            operation=f"oauth {name}",
        )


@dataclass(frozen=True)
class TokenResponse:
    """Tokens as the accounts server gave them. `expires_in` is in seconds, whatever Zoho sent."""

    access_token: Secret
    refresh_token: Secret = field(default_factory=Secret)
    expires_in: int = 3600
    api_domain: str = ""
    scopes: tuple[str, ...] = ()


def read_tokens(response: ZohoResponse, *, accounts_url: str, home: str = "") -> TokenResponse:
    """Read the response to an exchange or a refresh; `home` is the data centre of the client.

    Raises ConsentWithdrawn when a refresh token is no longer valid, Invalid when a grant token is
    not, Limited for the token throttle, ConfigurationError when Zoho refuses the client itself,
    ServerFault and UnreadableResponse for faults on Zoho's side. Errors mostly come with HTTP 200.
    """
    body = _body(response)
    if body.get("access_token") in _NOTHING:
        raise _error(body, response, accounts_url, home)
    for name in ("access_token", "refresh_token", "api_domain"):
        if not _is_visible(body.get(name)):
            what = f"Zoho's accounts server sent a value of {name} that no header or URL can hold"
            raise UnreadableResponse(what, response.status, operation=response.operation)
    scope = body.get("scope")
    return TokenResponse(
        access_token=Secret(body["access_token"]),
        refresh_token=Secret(body.get("refresh_token") or ""),
        expires_in=_seconds(body),
        api_domain=(body.get("api_domain") or "").rstrip("/"),
        scopes=tuple(
            word
            for word in split_scopes(scope if isinstance(scope, str) else "")
            if re.fullmatch(r"[\w.-]+", word, re.ASCII)
        ),
    )


_NOTHING = (None, "")


def _is_visible(value: Any) -> bool:
    """Return whether this part of a response is valid in a header or a URL.

    It is stored, and sent to Zoho later. An empty value is valid.
    """
    if value in _NOTHING:
        return True
    is_visible = isinstance(value, str) and re.fullmatch(r"[\x21-\x7e]+", value)
    return bool(is_visible) and len(value) <= MAX_TOKEN_LENGTH


def read_revocation(response: ZohoResponse) -> bool:
    """Read the response to a revocation; False if the server does not know the token.

    At the server that issued it, such a token is gone already. Raises Invalid, Limited, ServerFault
    or UnreadableResponse.
    """
    body = _body(response)
    if body.get("status") == "success":
        return True
    if _code(body) in {"invalid_code", "invalid_token"}:
        return False
    raise _error(body, response, "", "")


def _body(response: ZohoResponse) -> Mapping[str, Any]:
    if response.status == 429:  # whatever the body is
        raise throttle_error(response.status, operation=response.operation)
    if response.status >= 500:
        raise ServerFault(
            "INTERNAL_ERROR",
            "Zoho's accounts server failed",
            status=response.status,
            operation=response.operation,
        )
    if not isinstance(response.json, Mapping):
        raise UnreadableResponse(
            "Zoho's accounts server sent no JSON object",
            response.status,
            operation=response.operation,
        )
    body = _Body(response.json)
    if body.get("refresh_token") == MASK:  # Zoho repeats the one that was sent, which stays valid
        del body["refresh_token"]
    return body


class _Body(dict[str, Any]):
    """A JSON object that may contain tokens: its repr shows nothing."""

    def __repr__(self) -> str:
        return f"<a response of {len(self)} items>"


def _seconds(body: Mapping[str, Any]) -> int:
    """Return the lifetime of the token in seconds.

    Next to `expires_in_sec`, `expires_in` is in milliseconds; alone, it is in seconds (Zoho's
    Python and Node SDKs agree). Some refreshes came without either (tristanjahier/zoho-crm-php#9):
    then the documented hour applies, as for an invalid lifetime.
    """
    lifetime = body.get("expires_in_sec")
    if lifetime is None:
        lifetime = body.get("expires_in")
    try:
        seconds = 0 if isinstance(lifetime, bool) or lifetime is None else int(float(lifetime))
    except (TypeError, ValueError, OverflowError):
        seconds = 0
    return min(seconds, MAX_LIFETIME) if seconds > 0 else 3600


_WHERE = {
    "invalid_client": (
        "CLIENT_ID",
        "Zoho does not know this client at {place}: check ZCRM['CLIENT_ID'] and "
        "ZCRM['DATA_CENTER'], and that the client is enabled for this data centre in the API "
        "console (multi-DC).",
    ),
    "invalid_client_secret": (
        "CLIENT_SECRET",
        "The client secret is not the one of {place}: copy the secret from Zoho's API console into "
        "ZCRM['CLIENT_SECRET'] again.",
    ),
    "invalid_redirect_uri": (
        "REDIRECT_URI",
        "ZCRM['REDIRECT_URI'] is not one of the redirect URIs registered for this client at "
        "{place}.",
    ),
    "unauthorized_client": (
        "CLIENT_ID",
        "This kind of client may not do that at {place}: check the client's type in the API "
        "console.",
    ),
}


def _code(body: Mapping[str, Any]) -> str:
    """Return the code in `error`: other texts might repeat secrets, and codes are stored."""
    code = body.get("error")
    is_word = isinstance(code, str) and re.fullmatch(r"[A-Za-z_ ]{1,40}", code)
    return str(code) if is_word else ""


def _error(
    body: Mapping[str, Any], response: ZohoResponse, accounts_url: str, home: str
) -> ZCRMError:
    code, operation = _code(body), response.operation
    if body.get("status") == "failure" and "error_description" in body:
        # The throttle's message is in the user's language; only its shape can be relied on. It has
        # been seen with HTTP 200 (Kaizen #43) and 400 (users' logs).
        return throttle_error(response.status, operation=operation)
    if code in _WHERE:
        setting, words = _WHERE[code]
        dc = data_center_for_url(accounts_url)
        place = f"the data centre {dc.code!r} ({dc.accounts})" if dc else accounts_url or "Zoho"
        words = words.format(place=place)
        if setting == "CLIENT_SECRET" and dc and home and dc.code != home:
            words += (
                " A client may have another secret in each data centre: then ZCRM['CLIENT_SECRET'] "
                "is a dict, by data centre."
            )
        return ConfigurationError(words, setting, operation=operation)
    message = "Zoho's accounts server refused."
    if code in {"invalid_code", "invalid_grant"}:
        if operation == "oauth refresh":
            message = "Zoho no longer accepts the refresh token; connect again."
            return ConsentWithdrawn(message, operation=operation)
        message = (
            "The grant token has expired, was used already, or belongs to another data centre; "
            "get a new one."
        )
    return Invalid(code or "invalid_response", message, status=response.status, operation=operation)


def throttle_error(status: int, *, operation: str = "") -> Limited:
    """Return the error for the accounts server's throttle: ten tokens or codes in ten minutes."""
    error = Limited(
        "TOO_MANY_TOKENS",
        "Zoho issues no more tokens for now; it allows 10 in 10 minutes. Nothing is lost: try "
        "again later.",
        status=status,
        operation=operation,
    )
    error.retry_after = THROTTLE_SECONDS
    return error
