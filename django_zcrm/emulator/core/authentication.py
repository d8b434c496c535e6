"""Authenticates requests: finds the access token, its user and its organisation."""

from __future__ import annotations

from hmac import compare_digest

from ..guesses import behaves
from ..state import Organisation, User
from ..state.grants import AccessToken, Consent
from . import scopes
from .errors import Refusal
from .request import Request
from .zoho import Zoho

LAST_VERSION_ON_ANY_HOST = 2.0
"""The last version that is also served on hosts other than the API's (docs v2.1 change log)."""


def authenticate(zoho: Zoho, request: Request) -> None:
    """Set the token, the user and the organisation of a request.

    Raises Refusal for a missing or invalid access token, or one without the scope of the route.
    """
    if request.version > LAST_VERSION_ON_ANY_HOST and request.address.serves_only_v2:
        raise Refusal("INVALID_HOST", "the host of the request is not the API's")
    if _takes_api_key(request):
        request.access_token, request.user, request.organisation = _find_by_api_key(zoho, request)
        return
    refuses = zoho.options.refuse_bearer or behaves("admission.bearer", "refused")
    is_accepted = request.has_zohos_scheme or not refuses
    if request.bearer_token is None or not is_accepted:
        raise Refusal("AUTHENTICATION_FAILURE", "Authentication failed", 401)
    token = zoho.grants.access_tokens.get(request.bearer_token)
    if token is None:
        raise _invalid_token_error()
    if token.evicted:
        raise Refusal("INVALID_OAUTHTOKEN", "invalid oauth token", 401)
    if not zoho.grants.is_live(token, request.address.data_center):
        raise _invalid_token_error()
    organisation = zoho.organisations.get(token.consent.org_id)
    if organisation is None or request.address.environment not in (None, organisation.environment):
        raise _invalid_token_error()
    user = organisation.user_by_email(token.consent.email)
    if user is None:
        raise _invalid_token_error()
    required = request.match.scopes
    if required and not any(scopes.covers(token.scopes, scope) for scope in required):
        raise Refusal("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL", 401)
    request.access_token, request.user, request.organisation = token, user, organisation


def make_api_key(organisation: Organisation) -> str:
    """Return the `zapikey` with which anyone may call the functions of an organisation."""
    return f"1003.{organisation.id}.emulator"


def _takes_api_key(request: Request) -> bool:
    is_function = any(
        scope.startswith("ZohoCRM.functions.execute.") for scope in request.match.scopes
    )
    return is_function and request.args.get("auth_type") == "apikey"


def _find_by_api_key(zoho: Zoho, request: Request) -> tuple[AccessToken, User, Organisation]:
    """Return the organisation of an API key, and its first user; functions run as that user."""
    key = request.args.get("zapikey") or request.form.get("zapikey") or ""
    for organisation in zoho.organisations.values():
        if compare_digest(key.encode(), make_api_key(organisation).encode()):
            user = next(iter(organisation.users.values()))
            consent = Consent("", user.email, organisation.id, ())
            return AccessToken("", consent, zoho.clock.time()), user, organisation
    raise Refusal("AUTHENTICATION_FAILURE", "Authentication failed", 401)


def _invalid_token_error() -> Refusal:
    return Refusal("INVALID_TOKEN", "invalid oauth token", 401)
