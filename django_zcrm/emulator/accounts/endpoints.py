"""The accounts server's endpoints for programs: tokens, revocation, user info, discovery."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django_zcrm.emulator.core import scopes
from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.faults import throttled_body
from django_zcrm.emulator.core.request import Call
from django_zcrm.emulator.core.response import Answer
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.world import World
from django_zcrm.emulator.state.grants import ACCESS_TOKEN_LIFE, Refused, Throttled, Tokens

routes = Routes()

PROFILE_SCOPE = "AaaServer.profile.READ"


@routes.open("POST", "/oauth/v2/token")
def token(world: World, call: Call) -> Answer:
    """Exchange a code or refresh a token; parameters may be in the query or the form.

    Errors have HTTP status 200 (Kaizen #43); only a missing grant type is a 400 (Zoho Accounts
    docs), and the throttle, which users have seen with both statuses.
    """
    given = _parameters(call)
    if "grant_type" not in given:
        return Answer(400, {"error": "invalid_request"})
    try:
        tokens = _granted(world, given, call.arrival.data_center)
    except Refused as refused:
        return Answer(200, {"error": refused.error})
    except Throttled:
        return Answer(400, throttled_body())
    return Answer(200, _token_body(world, call, tokens))


@routes.open("GET", "/oauth/v2/token")
def token_by_get(world: World, call: Call) -> Answer:
    """Refuse GET with a 400, whose body Zoho does not describe."""
    return Answer(400, {"error": "invalid_request"})


def _parameters(call: Call) -> dict[str, str]:
    """Merge query and form (which wins); a Basic header may carry the client's credentials."""
    given = {**call.params, **call.form}
    kind, _, encoded = call.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            pair = base64.b64decode(encoded).decode()
        except (binascii.Error, UnicodeDecodeError):
            return given
        client_id, _, secret = pair.partition(":")
        given.setdefault("client_id", client_id)
        given.setdefault("client_secret", secret)
    return given


def _granted(world: World, given: dict[str, str], here: str) -> Tokens:
    books = world.books
    client = books.client(
        given.get("client_id", ""), given.get("client_secret", ""), data_center=here
    )
    if given["grant_type"] == "authorization_code":
        return books.exchange(
            client, given.get("code", ""), given.get("redirect_uri", ""), data_center=here
        )
    if given["grant_type"] == "refresh_token":
        return books.refresh(client, given.get("refresh_token", ""), data_center=here)
    raise Refused("invalid_client")


def _token_body(world: World, call: Call, tokens: Tokens) -> dict[str, Any]:
    org = world.organisations[tokens.access.consent.org_id]
    body: dict[str, Any] = {"access_token": tokens.access.token}
    if tokens.refresh is not None:
        body["refresh_token"] = tokens.refresh.token
    body |= {
        "scope": " ".join(tokens.access.scopes),
        "api_domain": call.arrival.api(org.data_center, org.environment),
        "token_type": "Bearer",
        "expires_in": int(ACCESS_TOKEN_LIFE),
    }
    if world.options.milliseconds:
        body |= {
            "expires_in": int(ACCESS_TOKEN_LIFE) * 1000,
            "expires_in_sec": int(ACCESS_TOKEN_LIFE),
        }
    return body


@routes.open("POST", "/oauth/v2/token/revoke")
@routes.open("POST", "/oauth/v2/revoke/token")
def revoke(world: World, call: Call) -> Answer:
    """Revoke a refresh or an access token, at the path of the CRM docs or of the Accounts docs.

    The Accounts docs also send the client's credentials; if sent, they must be right.
    """
    given = _parameters(call)
    try:
        if "client_id" in given and "client_secret" in given:
            world.books.client(
                given["client_id"],
                given["client_secret"],
                data_center=call.arrival.data_center,
            )
        world.books.revoke(given.get("token", ""))
    except Refused as refused:
        return Answer(400, {"error": refused.error})
    return Answer(200, {"status": "success"})


@routes.open("GET", "/oauth/user/info")
def user_info(world: World, call: Call) -> dict[str, Any]:
    """The token's user, with keys in PascalCase. Raises Problem as the CRM API does."""
    token = world.books.access_tokens.get(call.bearer or "")
    if (
        token is None
        or not world.books.is_live(token)
        or not token.consent.is_good_at(call.arrival.data_center)
    ):
        raise Problem("INVALID_TOKEN", "invalid oauth token", 401)
    if not scopes.covers(token.scopes, PROFILE_SCOPE):
        raise Problem("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL", 401)
    user = world.organisations[token.consent.org_id].user_by_email(token.consent.email)
    if user is None:
        raise Problem("INVALID_TOKEN", "invalid oauth token", 401)
    return {
        "First_Name": user.first_name,
        "Last_Name": user.last_name,
        "Display_Name": user.full_name,
        "Email": user.email,
        "ZUID": int(user.zuid),
    }


@routes.open("GET", "/oauth/serverinfo")
def server_info(world: World, call: Call) -> dict[str, Any]:
    """The accounts servers of all data centres."""
    locations = {code: call.arrival.accounts(code) for code in world.options.codes}
    return {"result": "success", "locations": locations}


@routes.open("GET", "/.well-known/openid-configuration")
def openid_configuration(world: World, call: Call) -> dict[str, Any]:
    """The part of Zoho's discovery document that this accounts server supports."""
    base = call.base_url
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/oauth/v2/auth",
        "token_endpoint": f"{base}/oauth/v2/token",
        "revocation_endpoint": f"{base}/oauth/v2/token/revoke",
        "userinfo_endpoint": f"{base}/oauth/user/info",
        "dc_info": f"{base}/oauth/serverinfo",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }
