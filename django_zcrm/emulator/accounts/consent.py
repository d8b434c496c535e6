"""The page on which a user grants a client what it asks for, or refuses."""

from __future__ import annotations

import ipaddress
from html import escape
from urllib.parse import urlencode, urlsplit, urlunsplit

from django_zcrm.emulator.core import scopes
from django_zcrm.emulator.core.request import Call, Params
from django_zcrm.emulator.core.response import Answer
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.world import World
from django_zcrm.emulator.state.grants import Consent, OAuthClient, OAuthError, Throttled
from django_zcrm.emulator.state.organisation import Organisation, User
from django_zcrm.emulator.ui.layout import whole_page

routes = Routes()

MEANINGS = {
    "invalid_client": "No client has this client_id.",
    "invalid_redirect_uri": "The redirect_uri is not registered for this client.",
    "invalid_account": "That user is not in that organisation.",
}


@routes.open("GET", "/oauth/v2/auth")
def ask(world: World, call: Call) -> Answer:
    """Show the consent page; invalid requests get an error page or, where safe, a redirect back."""
    refusal = _refusal(world, call.params)
    return refusal or Answer(200, _consent_page(world, call))


@routes.open("POST", "/oauth/v2/auth")
def decide(world: World, call: Call) -> Answer:
    """Take the user's decision and send the browser back with a code or ``access_denied``."""
    asked = call.form
    refusal = _refusal(world, asked)
    if refusal is not None:
        return refusal
    if asked.get("decision") != "accept":
        return _back(asked, error="access_denied")
    account = _account(world, asked.get("account"))
    if account is None:
        return _error_page("invalid_account")
    org, user = account
    consent = Consent(
        asked["client_id"], user.email, org.id, scopes.parse(asked["scope"]), org.data_center
    )
    try:
        code = world.grants.grant_code(
            consent,
            redirect_uri=asked["redirect_uri"],
            offline=asked.get("access_type") == "offline",
            force_consent=asked.get("prompt") == "consent",
        )
    except Throttled:
        # After ten codes in ten minutes Zoho answers as if the user refused (docs v8 auth-request).
        return _back(asked, error="access_denied")
    return _back(
        asked,
        code=code.code,
        location=org.data_center,
        **{"accounts-server": call.arrival.accounts(org.data_center)},
    )


def _account(world: World, chosen: str | None) -> tuple[Organisation, User] | None:
    """The organisation and user chosen, by default the first ones; None for unknown ones."""
    if chosen is None:
        return world.organisation, next(iter(world.organisation.users.values()))
    org_id, _, email = chosen.partition(":")
    org = world.organisations.get(org_id)
    user = None if org is None else org.user_by_email(email)
    return None if org is None or user is None else (org, user)


def _refusal(world: World, asked: Params) -> Answer | None:
    """The answer to an invalid request, None for a valid one."""
    try:
        client = world.grants.client(asked.get("client_id", ""))
    except OAuthError as error:
        return _error_page(error.code)
    if not _is_allowed_redirect(client, asked.get("redirect_uri", "")):
        return _error_page("invalid_redirect_uri")
    if asked.get("response_type") != "code":
        return _back(asked, error="invalid_response_type")
    wanted = scopes.parse(asked.get("scope", ""))
    if not wanted or not all(map(scopes.is_known, wanted)):
        return _back(asked, error="invalid_scope")
    return None


def _is_allowed_redirect(client: OAuthClient, uri: str) -> bool:
    if client.redirect_uris:
        return uri in client.redirect_uris
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
        return False
    if parts.hostname == "localhost" or parts.hostname.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


def _back(asked: Params, **answer: str) -> Answer:
    """Send the browser to the redirect URI with ``answer`` and the unchanged state."""
    if "state" in asked:
        answer["state"] = asked["state"]
    parts = urlsplit(asked["redirect_uri"])
    query = "&".join(filter(None, (parts.query, urlencode(answer))))
    return Answer.redirect(urlunsplit(parts._replace(query=query)))


def _error_page(error: str) -> Answer:
    body = (
        f"<h1>Something is wrong with this request</h1><p><code>{escape(error)}</code></p>"
        f"<p>{escape(MEANINGS[error])}</p>"
    )
    return Answer(400, whole_page("Error", body))


def _consent_page(world: World, call: Call) -> str:
    asked = call.params
    client = world.grants.client(asked["client_id"])
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in asked.pairs
        if name not in ("account", "decision")
    )
    wanted = "".join(
        f"<li><code>{escape(scope)}</code></li>" for scope in scopes.parse(asked["scope"])
    )
    offline = (
        "<p>It may do so while you are away, until you take that back.</p>"
        if asked.get("access_type") == "offline"
        else ""
    )
    return whole_page(
        "Allow access",
        f"""
<h1>{escape(client.name)} asks for access</h1>
<p>It would like to use your Zoho CRM data:</p>
<ul class="scopes">{wanted}</ul>
{offline}
<form method="post" action="{escape(urlsplit(call.base_url).path)}/oauth/v2/auth">{hidden}
<p><label for="account">Your account and organisation</label>{_accounts(world)}</p>
<p class="buttons">
<button name="decision" value="accept" class="main">Accept</button>
<button name="decision" value="reject">Reject</button>
</p></form>
<p class="small">Afterwards you go back to <code>{escape(asked["redirect_uri"])}</code></p>
""",
        narrow=True,
    )


def _accounts(world: World) -> str:
    """The choice of users, grouped by organisation and environment, the first preselected."""
    groups = []
    for org in world.organisations.values():
        options = "".join(
            f'<option value="{escape(f"{org.id}:{user.email}")}">'
            f"{escape(user.full_name)} ({escape(user.email)})</option>"
            for user in org.users.values()
            if user.status == "active"
        )
        where = f", {org.data_center}" if len(world.options.codes) > 1 else ""
        label = f"{org.name}, {org.environment}{where}"
        groups.append(f'<optgroup label="{escape(label)}">{options}</optgroup>')
    return f'<select name="account" id="account">{"".join(groups)}</select>'
