"""Zoho's accounts server: the requests to send there, and what its answers mean. Pure functions.

Sources: Zoho's CRM pages (docs v8 auth-request, access-refresh, revoke-tokens), its Accounts
pages, and for the unit of `expires_in` its own SDKs. Knows nothing of storage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

from .datacenters import owner_of
from .encoding import params
from .errors import (
    ConfigurationError,
    ConsentWithdrawn,
    Invalid,
    Limited,
    ServerFault,
    UnreadableReply,
    ZCRMError,
)
from .http import Request, Response

THROTTLE_SECONDS = 600
"""How long Zoho's token throttle lasts at most: the rest of a ten-minute window (Kaizen #43)."""

LONGEST_LIFE = 366 * 86400
"""Seconds. No access token lives so long; what a broken answer says beyond it is no date."""

USER_INFO_SCOPE = "AaaServer.profile.READ"


@dataclass(frozen=True)
class OAuthClient:
    """A client registered in Zoho's API console, as seen from one data centre.

    The id is the same everywhere; the secret may differ by data centre.
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    accounts_url: str

    def authorize_url(
        self,
        scopes: Iterable[str],
        state: str,
        *,
        access_type: Literal["online", "offline"] = "offline",
        prompt: str = "consent",
    ) -> str:
        """Return the address that asks a person for consent.

        Without `prompt=consent` a second authorisation brings no refresh token (docs, Accounts).
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

    def exchange(self, code: str) -> Request:
        """Ask for tokens with a grant token (an authorisation code)."""
        return self._token_request(
            "exchange",
            grant_type="authorization_code",
            client_id=self.client_id,
            client_secret=self.client_secret,
            redirect_uri=self.redirect_uri or None,
            code=code,
        )

    def refresh(self, refresh_token: str) -> Request:
        """Ask for a new access token."""
        return self._token_request(
            "refresh",
            grant_type="refresh_token",
            client_id=self.client_id,
            client_secret=self.client_secret,
            refresh_token=refresh_token,
        )

    def revoke(self, token: str) -> Request:
        """Ask to end a refresh token and its access tokens (path of the CRM docs, and its SDK)."""
        return Request(
            method="POST",
            path="/oauth/v2/token/revoke",
            host="accounts",
            form=params({"token": token}),
            operation="oauth revoke",
        )

    @staticmethod
    def _token_request(name: str, **form: Any) -> Request:
        # Zoho also takes the query, but a form body keeps secrets out of logs on the way.
        return Request(
            method="POST",
            path="/oauth/v2/token",
            host="accounts",
            form=params(form),
            operation=f"oauth {name}",
        )


def user_info_request(access_token: str) -> Request:
    """Ask who gave the grant (scope AaaServer.profile.READ). Keys of the answer are PascalCase."""
    return Request(
        method="GET",
        path="/oauth/user/info",
        host="accounts",
        headers={"Authorization": f"Zoho-oauthtoken {access_token}"},
        operation="oauth user info",
    )


@dataclass(frozen=True)
class TokenReply:
    """Tokens as the accounts server gave them. `expires_in` is in seconds, whatever Zoho sent."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_in: int = 3600
    api_domain: str = ""
    scopes: tuple[str, ...] = ()


def read_tokens(response: Response, *, accounts_url: str) -> TokenReply:
    """Read the answer to an exchange or a refresh.

    Raises ConsentWithdrawn when a refresh token is no longer good, Invalid when a grant token is
    not, Limited for the token throttle, ConfigurationError when Zoho refuses the client itself,
    ServerFault and UnreadableReply for faults on Zoho's side. Errors mostly come with HTTP 200.
    """
    body = _body(response)
    token = body.get("access_token")
    if not isinstance(token, str) or not token:
        raise _named(_error(body, response, accounts_url), response)
    scope = body.get("scope") or ""
    return TokenReply(
        access_token=token,
        refresh_token=str(body.get("refresh_token") or ""),
        expires_in=_seconds(body),
        api_domain=str(body.get("api_domain") or "").rstrip("/"),
        scopes=tuple(str(scope).replace(",", " ").split()),
    )


def read_revocation(response: Response) -> None:
    """Read the answer to a revocation; a token that is already gone counts as revoked.

    Raises Invalid, Limited, ServerFault or UnreadableReply.
    """
    body = _body(response)
    if body.get("status") == "success" or body.get("error") in {"invalid_code", "invalid_token"}:
        return
    error = _error(body, response, "")
    if not isinstance(error, ConsentWithdrawn):
        raise _named(error, response)


def read_user_info(response: Response) -> Mapping[str, Any]:
    """Read who gave the grant: `Email`, `ZUID`, names. Empty when the scope was not granted."""
    body = _body(response)
    return body if response.status == 200 and "error" not in body else {}


def split_scopes(scopes: str | Iterable[str]) -> tuple[str, ...]:
    """Read scopes from text (commas or spaces) or a list, each once, in order."""
    words = scopes.replace(",", " ").split() if isinstance(scopes, str) else scopes
    return tuple(dict.fromkeys(word for word in words if word))


def missing_scopes(wanted: Iterable[str], granted: Iterable[str]) -> tuple[str, ...]:
    """Return the wanted scopes that the granted ones do not allow, in order.

    A scope for all covers one for a part: `ZohoCRM.modules.ALL` covers both
    `ZohoCRM.modules.READ` and `ZohoCRM.modules.leads.READ`.
    """
    known = {scope.lower() for scope in granted}
    return tuple(scope for scope in split_scopes(wanted) if not known & _covering(scope.lower()))


def _covering(scope: str) -> set[str]:
    """The scopes that allow what one does: itself, and those with ALL or with fewer words."""
    words = scope.split(".")
    groups = [words[:size] for size in range(2, len(words))]
    return {scope} | {".".join([*group, last]) for group in groups for last in (words[-1], "all")}


def _body(response: Response) -> Mapping[str, Any]:
    if response.status == 429:  # whatever it says, in whatever form
        raise _named(throttled(response.status), response)
    if response.status >= 500:
        fault = ServerFault(
            "INTERNAL_ERROR", "Zoho's accounts server failed", status=response.status
        )
        raise _named(fault, response)
    body = response.json
    if not isinstance(body, Mapping):
        raise _named(
            UnreadableReply("Zoho's accounts server gave no JSON object", response.status), response
        )
    return body


def _seconds(body: Mapping[str, Any]) -> int:
    """Life of the token in seconds.

    Beside `expires_in_sec`, `expires_in` counts milliseconds; alone it counts seconds (Zoho's
    Python and Node SDKs agree). Some refreshes came without either
    (tristanjahier/zoho-crm-php#9): then it is the documented hour.
    """
    given = body.get("expires_in") if body.get("expires_in_sec") is None else body["expires_in_sec"]
    try:
        return min(max(int(float(given)), 0), LONGEST_LIFE) if given is not None else 3600
    except (TypeError, ValueError, OverflowError):
        return 3600


_WHERE = {
    "invalid_client": (
        "CLIENT_ID",
        "Zoho does not know this client at {place}: check ZCRM['CLIENT_ID'] and "
        "ZCRM['DATA_CENTER'], and that the client is enabled for this data centre in the API "
        "console (multi-DC).",
    ),
    "invalid_client_secret": (
        "CLIENT_SECRET",
        "The client secret is not the one of {place}: each data centre may have its own; give "
        "ZCRM['CLIENT_SECRET'] as a dict by data centre.",
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


def _error(body: Mapping[str, Any], response: Response, accounts_url: str) -> ZCRMError:
    error = str(body.get("error") or "")
    if body.get("status") == "failure" and "error_description" in body:
        # The throttle's words come in the user's language; only its shape can be trusted. It has
        # been seen with HTTP 200 (Kaizen #43) and 400 (users' logs).
        return throttled(response.status)
    if error in _WHERE:
        setting, words = _WHERE[error]
        dc = owner_of(accounts_url)
        place = f"the data centre {dc.code!r} ({dc.accounts})" if dc else accounts_url or "Zoho"
        return ConfigurationError(words.format(place=place), setting)
    refreshing = response.operation == "oauth refresh"
    if error in {"invalid_code", "invalid_grant"}:
        if refreshing:
            return ConsentWithdrawn("Zoho no longer accepts the refresh token; connect again.")
        return Invalid(
            error,
            "The grant token has expired, was used already, or belongs to another data centre; "
            "get a new one.",
            status=response.status,
        )
    return Invalid(
        error or "invalid_response", "Zoho's accounts server refused.", status=response.status
    )


def throttled(status: int) -> Limited:
    """The accounts server's own throttle: ten tokens or codes in ten minutes."""
    limited = Limited(
        "TOO_MANY_TOKENS",
        "Zoho gives no more tokens for now; it allows 10 in 10 minutes. Nothing is lost: try again "
        "later.",
        status=status,
    )
    limited.retry_after = THROTTLE_SECONDS
    return limited


def _named(error: ZCRMError, response: Response) -> ZCRMError:
    error.operation = response.operation
    return error
