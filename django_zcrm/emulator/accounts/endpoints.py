"""The accounts server's endpoints for programs: tokens, revocation, user info, discovery."""

from __future__ import annotations

import base64
from typing import Any

from ..core import JsonResponse, Refusal, Request, Response, Routes, scopes
from ..core.faults import make_throttled_body
from ..core.zoho import Zoho
from ..guesses import behaves
from ..state.grants import ACCESS_TOKEN_LIFE, OAuthError, Throttled, Tokens

routes = Routes()

PROFILE_SCOPE = "AaaServer.profile.READ"


@routes.open("POST", "/oauth/v2/token")
def token(zoho: Zoho, request: Request) -> Response:
    """Exchange a code or refresh a token; parameters may be in the query or the form.

    Errors have HTTP status 200 (Kaizen #43); exceptions are a missing grant type, which is a 400
    (Zoho Accounts docs), and the throttle, which users have seen with both statuses.
    """
    parameters = _parameters(request)
    if "grant_type" not in parameters:
        status = 200 if behaves("accounts.no-grant-type", "200") else 400
        return JsonResponse({"error": "invalid_request"}, status)
    try:
        tokens = _issue_tokens(zoho, parameters, request.address.data_center)
    except OAuthError as error:
        return JsonResponse({"error": error.code})
    except Throttled:
        return JsonResponse(make_throttled_body(), 400)
    return JsonResponse(_token_body(zoho, request, tokens))


@routes.open("GET", "/oauth/v2/token")
def token_by_get(zoho: Zoho, request: Request) -> Response:
    """Refuse GET with a 400, whose body Zoho does not describe."""
    return JsonResponse({"error": "invalid_request"}, 400)


def _parameters(request: Request) -> dict[str, str]:
    """Merge query and form (which wins); a Basic header may carry the client's credentials."""
    parameters = {**request.args, **request.form}
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(credentials).decode().partition(":")
        except ValueError:
            return parameters
        parameters.setdefault("client_id", client_id)
        parameters.setdefault("client_secret", secret)
    return parameters


def _issue_tokens(zoho: Zoho, parameters: dict[str, str], data_center: str) -> Tokens:
    grants = zoho.grants
    client = grants.client(
        parameters.get("client_id", ""),
        parameters.get("client_secret", ""),
        data_center=data_center,
    )
    if parameters["grant_type"] == "authorization_code":
        return grants.exchange(
            client,
            parameters.get("code", ""),
            parameters.get("redirect_uri", ""),
            data_center=data_center,
        )
    if parameters["grant_type"] == "refresh_token":
        return grants.refresh(client, parameters.get("refresh_token", ""), data_center=data_center)
    raise OAuthError("invalid_client")


def _token_body(zoho: Zoho, request: Request, tokens: Tokens) -> dict[str, Any]:
    org = zoho.organisations[tokens.access.consent.org_id]
    body: dict[str, Any] = {"access_token": tokens.access.token}
    if tokens.refresh is not None:
        body["refresh_token"] = tokens.refresh.token
    body |= {
        "scope": " ".join(tokens.access.scopes),
        "api_domain": request.address.api_url(org.data_center, org.environment),
        "token_type": "Bearer",
        "expires_in": int(ACCESS_TOKEN_LIFE),
    }
    if zoho.options.milliseconds:
        body |= {
            "expires_in": int(ACCESS_TOKEN_LIFE) * 1000,
            "expires_in_sec": int(ACCESS_TOKEN_LIFE),
        }
    return body


@routes.open("POST", "/oauth/v2/token/revoke")
@routes.open("POST", "/oauth/v2/revoke/token")
def revoke(zoho: Zoho, request: Request) -> Response:
    """Revoke a refresh or an access token, at the path of the CRM docs or of the Accounts docs.

    The Accounts docs also send the client's credentials; if sent, they must be right.
    """
    parameters = _parameters(request)
    try:
        if "client_id" in parameters and "client_secret" in parameters:
            zoho.grants.client(
                parameters["client_id"],
                parameters["client_secret"],
                data_center=request.address.data_center,
            )
        zoho.grants.revoke(parameters.get("token", ""))
    except OAuthError as error:
        status = 200 if behaves("accounts.unknown-token", "200") else 400
        return JsonResponse({"error": error.code}, status)
    return JsonResponse({"status": "success"})


@routes.open("GET", "/oauth/user/info")
def user_info(zoho: Zoho, request: Request) -> Response | dict[str, Any]:
    """The token's user, with keys in PascalCase. Raises Refusal as the CRM API does."""
    token = zoho.grants.access_tokens.get(request.bearer_token or "")
    if token is None or not zoho.grants.is_live(token, request.address.data_center):
        if behaves("accounts.user-info-errors", "oauth"):
            return JsonResponse({"error": "invalid_token"}, 401)
        raise Refusal("INVALID_TOKEN", "invalid oauth token", 401)
    if not scopes.covers(token.scopes, PROFILE_SCOPE):
        raise Refusal("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL", 401)
    user = zoho.organisations[token.consent.org_id].user_by_email(token.consent.email)
    if user is None:
        raise Refusal("INVALID_TOKEN", "invalid oauth token", 401)
    return {
        "First_Name": user.first_name,
        "Last_Name": user.last_name,
        "Display_Name": user.full_name,
        "Email": user.email,
        "ZUID": int(user.zuid),
    }


@routes.open("GET", "/oauth/serverinfo")
def server_info(zoho: Zoho, request: Request) -> dict[str, Any]:
    """The accounts servers of all data centres."""
    locations = {code: request.address.accounts_url(code) for code in zoho.options.codes}
    if behaves("accounts.serverinfo", "list"):
        rows = [{"location": code, "url": url} for code, url in locations.items()]
        return {"result": "success", "locations": rows}
    return {"result": "success", "locations": locations}


@routes.open("GET", "/.well-known/openid-configuration")
def openid_configuration(zoho: Zoho, request: Request) -> dict[str, Any]:
    """The part of Zoho's discovery document that this accounts server supports."""
    base_url = request.address.base_url
    return {
        "issuer": base_url,
        "authorization_endpoint": f"{base_url}/oauth/v2/auth",
        "token_endpoint": f"{base_url}/oauth/v2/token",
        "revocation_endpoint": f"{base_url}/oauth/v2/token/revoke",
        "userinfo_endpoint": f"{base_url}/oauth/user/info",
        "dc_info": f"{base_url}/oauth/serverinfo",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }
