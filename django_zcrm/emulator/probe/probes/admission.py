"""The accounts server, and authentication at the API."""

from __future__ import annotations

from collections.abc import Mapping

from ....zoho.secret import Secret
from ..answers import Unexpected
from ..lab import Lab
from ..registry import probe

_NOBODY = "Zoho-oauthtoken 1000.0.0"
"""A header with a token that nobody has."""


@probe("accounts.no-grant-type")
def omit_grant_type(lab: Lab) -> str:
    """Ask for a token without a grant type."""
    answer = lab.ask_as("", "POST", "/oauth/v2/token", host="accounts", form={"code": "none"})
    return answer.by_code({"400": "400", "200": "200"})


@probe("accounts.unknown-token")
def revoke_unknown_token(lab: Lab) -> str:
    """Revoke a token that does not exist."""
    form = {"token": "1000.0.0"}
    answer = lab.ask_as("", "POST", "/oauth/v2/token/revoke", host="accounts", form=form)
    return answer.by_code({"400": "400", "200": "200"})


@probe("accounts.user-info-errors")
def read_user_without_token(lab: Lab) -> str:
    """Ask for the user with a token that does not exist."""
    answer = lab.ask_as(_NOBODY, "GET", "/oauth/user/info", host="accounts")
    if answer.code:
        return "as-crm"
    if isinstance(answer.body, Mapping) and "error" in answer.body:
        return "oauth"
    raise Unexpected(answer.observed)


@probe("accounts.serverinfo")
def read_server_info(lab: Lab) -> str:
    """Read the list of data centres."""
    answer = lab.ask_as("", "GET", "/oauth/serverinfo", host="accounts").check()
    locations = answer.body.get("locations") if isinstance(answer.body, Mapping) else None
    if isinstance(locations, Mapping):
        return "table"
    if isinstance(locations, list):
        return "list"
    raise Unexpected(answer.observed)


@probe("admission.bearer")
def send_bearer(lab: Lab) -> str:
    """Send the token as `Authorization: Bearer`."""
    answer = lab.ask_as(Secret(f"Bearer {lab.token.reveal()}"), "GET", "org")
    refusals = dict.fromkeys(("AUTHENTICATION_FAILURE", "INVALID_TOKEN"), "refused")
    return answer.by_code({"ok": "taken", **refusals})


@probe("admission.unknown-version")
def ask_unknown_version(lab: Lab) -> str:
    """Name a version that does not exist."""
    answer = lab.ask("GET", "/crm/v99/org")
    return answer.by_code({code: code for code in ("INVALID_URL_PATTERN", "INVALID_REQUEST")})


@probe("admission.unknown-path")
def ask_unknown_path(lab: Lab) -> str:
    """Name a path that does not exist, with a token that does not exist."""
    answer = lab.ask_as(_NOBODY, "GET", "Leads/1/2/3/4/5")
    refusals = dict.fromkeys(("AUTHENTICATION_FAILURE", "INVALID_TOKEN"), "token-first")
    return answer.by_code({"INVALID_URL_PATTERN": "path-first", **refusals})


@probe("admission.resource-path-index")
def read_path_index(lab: Lab) -> str:
    """Change a record that does not exist, and read which part of the path is wrong."""
    answer = lab.ask("PUT", f"Leads/{lab.unknown_id}", {"data": [{"City": "x"}], "trigger": []})
    index = answer.details.get("resource_path_index")
    if index not in (1, 2):
        raise answer.make_unexpected()
    return f"from-{index - 1}"


@probe("people.v2-keys")
def read_org_in_v2(lab: Lab) -> str:
    """Look for a key of v3 in the organisation of v2."""
    row = lab.ask("GET", "org", version="v2").check().rows[0]
    return "new" if "hierarchy_preferences" in row else "old"


@probe("people.unknown-type")
def list_users_of_unknown_type(lab: Lab) -> str:
    """List users of a type that does not exist."""
    return lab.ask("GET", "users", params={"type": "ZcrmProbe"}).either("ignored", "refused")


@probe("people.unknown-id")
def read_unknown_user(lab: Lab) -> str:
    """Fetch a user who does not exist."""
    answer = lab.ask("GET", f"users/{lab.unknown_id}")
    return answer.by_code({"204": "no-content", "INVALID_DATA": "refused"})


@probe("people.unknown-function")
def run_unknown_function(lab: Lab) -> str:
    """Run a function that does not exist."""
    path = "functions/zcrm_probe_nothing/actions/execute"
    answer = lab.ask("GET", path, params={"auth_type": "oauth"})
    return answer.by_code({code: code for code in ("INVALID_URL_PATTERN", "INVALID_DATA")})
