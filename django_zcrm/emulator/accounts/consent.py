"""The consent page, on which a user grants the requested scopes to a client, or refuses."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlencode, urlsplit, urlunsplit

from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.urls import iri_to_uri

from ..core import Request, Response, Routes, scopes
from ..core.zoho import Zoho
from ..state import Organisation, User
from ..state.grants import Consent, OAuthError, RegisteredClient, Throttled
from ..ui.pages import render

routes = Routes()

MEANINGS = {
    "invalid_client": "No client has this client_id.",
    "invalid_redirect_uri": "The redirect_uri is not registered for this client.",
    "invalid_account": "That user is not in that organisation.",
}


@routes.open("GET", "/oauth/v2/auth")
def ask(zoho: Zoho, request: Request) -> Response:
    """Show the consent page; invalid requests get an error page or, where safe, a redirect back."""
    parameters = request.args
    refusal = _refusal(zoho, request, parameters)
    if refusal is not None:
        return refusal
    return render(
        request,
        "consent.html",
        client=zoho.grants.client(parameters["client_id"]),
        scopes=scopes.parse(parameters["scope"]),
        is_offline=parameters.get("access_type") == "offline",
        hidden=parameters.items_without("account", "decision"),
        organisations=zoho.organisations.values(),
        several_data_centers=len(zoho.options.codes) > 1,
        redirect_uri=parameters["redirect_uri"],
    )


@routes.open("POST", "/oauth/v2/auth")
def decide(zoho: Zoho, request: Request) -> Response:
    """Take the user's decision and send the browser back with a code or ``access_denied``."""
    form = request.form
    refusal = _refusal(zoho, request, form)
    if refusal is not None:
        return refusal
    if form.get("decision") != "accept":
        return _redirect_back(form, error="access_denied")
    account = _account(zoho, form.get("account"))
    if account is None:
        return _error_page(request, "invalid_account")
    org, user = account
    consent = Consent(
        form["client_id"], user.email, org.id, scopes.parse(form["scope"]), org.data_center
    )
    try:
        code = zoho.grants.grant_code(
            consent,
            redirect_uri=form["redirect_uri"],
            offline=form.get("access_type") == "offline",
            force_consent=form.get("prompt") == "consent",
        )
    except Throttled:
        # After ten codes in ten minutes Zoho reports a refusal by the user (docs v8 auth-request).
        return _redirect_back(form, error="access_denied")
    return _redirect_back(
        form,
        code=code.code,
        location=org.data_center,
        **{"accounts-server": request.address.accounts_url(org.data_center)},
    )


def _account(zoho: Zoho, account_key: str | None) -> tuple[Organisation, User] | None:
    """The organisation and user chosen, by default the first ones; None for unknown ones."""
    if account_key is None:
        return zoho.organisation, next(iter(zoho.organisation.users.values()))
    org_id, _, email = account_key.partition(":")
    org = zoho.organisations.get(org_id)
    user = None if org is None else org.user_by_email(email)
    return None if org is None or user is None else (org, user)


def _refusal(
    zoho: Zoho, request: Request, parameters: ImmutableMultiDict[str, str]
) -> Response | None:
    """Return the response to an invalid request, None for a valid one."""
    try:
        client = zoho.grants.client(parameters.get("client_id", ""))
    except OAuthError as error:
        return _error_page(request, error.code)
    if not _is_allowed_redirect(client, parameters.get("redirect_uri", "")):
        return _error_page(request, "invalid_redirect_uri")
    if parameters.get("response_type") != "code":
        return _redirect_back(parameters, error="invalid_response_type")
    requested = scopes.parse(parameters.get("scope", ""))
    if not requested or not all(map(scopes.is_known, requested)):
        return _redirect_back(parameters, error="invalid_scope")
    return None


def _is_allowed_redirect(client: RegisteredClient, uri: str) -> bool:
    if client.redirect_uris:
        return uri in client.redirect_uris
    try:
        parts = urlsplit(iri_to_uri(uri))  # as the Location header will have it
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
        return False
    if parts.hostname == "localhost" or parts.hostname.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


def _redirect_back(parameters: ImmutableMultiDict[str, str], **result: str) -> Response:
    """Send the browser to the redirect URI with ``result`` and the unchanged state."""
    if "state" in parameters:
        result["state"] = parameters["state"]
    parts = urlsplit(parameters["redirect_uri"])
    query = "&".join(filter(None, (parts.query, urlencode(result))))
    return Response(status=302, headers={"Location": urlunsplit(parts._replace(query=query))})


def _error_page(request: Request, error: str) -> Response:
    return render(request, "oauth_error.html", 400, error=error, meaning=MEANINGS[error])
