"""Fetches the organisation and user of a new grant from Zoho, as far as its scopes allow."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..conf import get_settings
from ..exceptions import Forbidden, Invalid, NotFound, Unauthenticated, ZCRMError
from ..transport import transport
from ..zoho.auth.tokens import AccessToken, StaticToken
from ..zoho.calls.session import Session
from ..zoho.client import Client
from ..zoho.limits.adaptive_limit import edition_named
from ..zoho.text import one_line

log = logging.getLogger("django_zcrm")

REFUSALS = (Unauthenticated, Forbidden, NotFound, Invalid)


@dataclass(frozen=True)
class GrantProfile:
    """The organisation and user of a grant; empty where a scope is missing."""

    organisation_id: str = ""
    organisation_name: str = ""
    edition: str = ""
    user_id: str = ""
    user_name: str = ""
    user_email: str = ""


def read_profile(token: AccessToken) -> GrantProfile:
    """Fetch the organisation, the user, and (if that has no e-mail) the account's user info.

    The grant is valid, whatever its scopes cover. So refusals only leave values empty, and so do
    all failures to fetch the user. Raises any other error of the request for the organisation.
    """
    config = get_settings()
    client = Client(
        Session(
            StaticToken(token),
            transport(),
            version=config.api_version,
            timeout=config.timeout,
            retries=min(1, config.retries),  # one failure must not hide the other values
            max_response_bytes=config.max_response_bytes,
        )
    )
    # A failure of Zoho is no missing scope: the grant must not count as an unknown organisation's.
    org = _first(_ask(client, "/crm/{version}/org", ignored=REFUSALS), "org")
    user = _first(_ask(client, "/crm/{version}/users", type="CurrentUser"), "users")
    if user.get("email"):
        return _profile(org, user.get("id"), user.get("full_name"), user["email"])
    # Keys in PascalCase (Zoho's PHP SDK); needs AaaServer.profile.READ.
    account = _ask(client, "/oauth/user/info", accounts=True)
    return _profile(
        org,
        user.get("id") or account.get("ZUID"),
        user.get("full_name") or account.get("Display_Name"),
        account.get("Email"),
    )


def _profile(org: Mapping[str, Any], user_id: Any, name: Any, email: Any) -> GrantProfile:
    # `zgid` identifies the organisation in all products; `id` only identifies its record.
    return GrantProfile(
        organisation_id=_text(org.get("zgid") or org.get("id"), 40),
        organisation_name=_text(org.get("company_name"), 255),
        edition=edition_of(org),
        user_id=_text(user_id, 40),
        user_name=_text(name, 255),
        user_email=_text(email, 254),
    )


def edition_of(org: Mapping[str, Any]) -> str:
    """Return the edition in the response of `GET /org`; empty if it is missing or unknown."""
    details = org.get("license_details")
    return edition_named(str(details.get("paid_type"))) if isinstance(details, Mapping) else ""


def _text(value: Any, limit: int) -> str:
    return "" if value is None else one_line(str(value))[:limit]


def _ask(
    client: Client,
    path: str,
    *,
    ignored: tuple[type[ZCRMError], ...] = (ZCRMError,),
    accounts: bool = False,
    **params: str,
) -> Mapping[str, Any]:
    try:
        response = client.request(
            "GET", path, params=params, host="accounts" if accounts else "api"
        )
        return {**response}  # the response is parsed only here
    except ignored as error:
        log.info("The scopes of a new grant do not include %s: %s", path, error)
        return {}


def _first(response: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    rows = response.get(key)
    row = rows[0] if isinstance(rows, list) and rows else {}
    return row if isinstance(row, Mapping) else {}
