"""Who sends a request: its access token, the user and the organisation that the token is for."""

from __future__ import annotations

from django_zcrm.emulator.core import scopes
from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.zoho import Zoho

LAST_VERSION_ON_ANY_HOST = 2.0
"""The last version that also answers on hosts other than the API's (docs v2.1 change log)."""


def authenticate(zoho: Zoho, request: Request) -> None:
    """Set the token, the user and the organisation of a request.

    Raises Problem for no access token, a dead one, or one without the scope of the route.
    """
    if request.version > LAST_VERSION_ON_ANY_HOST and request.address.serves_only_v2:
        raise Problem("INVALID_HOST", "the host of the request is not the API's")
    allowed = request.has_zohos_scheme or zoho.options.bearer
    if request.bearer_token is None or not allowed:
        raise Problem("AUTHENTICATION_FAILURE", "Authentication failed", 401)
    token = zoho.grants.access_tokens.get(request.bearer_token)
    if token is None:
        raise _invalid_token()
    if token.evicted:
        raise Problem("INVALID_OAUTHTOKEN", "invalid oauth token", 401)
    if not zoho.grants.is_live(token, request.address.data_center):
        raise _invalid_token()
    organisation = zoho.organisations.get(token.consent.org_id)
    if organisation is None or request.address.environment not in (None, organisation.environment):
        raise _invalid_token()
    user = organisation.user_by_email(token.consent.email)
    if user is None:
        raise _invalid_token()
    required = request.match.scopes
    if required and not any(scopes.covers(token.scopes, scope) for scope in required):
        raise Problem("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL", 401)
    request.access_token, request.user, request.organisation = token, user, organisation


def _invalid_token() -> Problem:
    return Problem("INVALID_TOKEN", "invalid oauth token", 401)
