"""What each page shows and offers, by the state of the connection and by user."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from django_zcrm.conf import get_settings
from django_zcrm.models import Connection
from django_zcrm.oauth.flow import connect_query
from tests.app.consent import CALLBACK, press
from tests.app.zoho import Zoho

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

ERROR = "invalid_code: the last error"
GRANTED = "ZohoCRM.modules.ALL ZohoCRM.org.READ"
EXTRA = "ZohoCRM.coql.READ"
NOW = timezone.now

# The columns of a connection in each state.
STATES: dict[str, Callable[[], dict[str, Any]]] = {
    "good": lambda: {"expires_at": NOW() + timedelta(hours=1)},
    "an old error": lambda: {"expires_at": NOW() + timedelta(hours=1), "last_error": ERROR},
    "not renewed": lambda: {"expires_at": NOW() - timedelta(hours=1), "last_error": ERROR},
    "throttled": lambda: {
        "expires_at": NOW() - timedelta(hours=1),
        "throttled_until": NOW() + timedelta(minutes=5),
        "last_error": ERROR,
    },
    "withdrawn": lambda: {"state": Connection.State.CONSENT_WITHDRAWN, "last_error": ERROR},
    "disconnected": lambda: {"state": Connection.State.DISCONNECTED, "last_error": ERROR},
    "other client": lambda: {"expires_at": NOW() + timedelta(hours=1), "client_id": "1000.OTHER"},
}
WORKING = ("good", "an old error", "not renewed", "throttled")


def make(state: str, **more: Any) -> Connection:
    """Create a connection in one of the states."""
    columns = {
        "user_identifier": "sales@example.com",
        "organisation_id": "60001",
        "organisation_name": "Brightwater",
        "data_center": "us",
        "client_id": django_settings.ZCRM["CLIENT_ID"],
        "scopes": GRANTED,
        **STATES[state](),
        **more,
    }
    return Connection.objects.create(**columns)


def browser(*, staff: bool) -> tuple[Client, User]:
    """Log a user in."""
    user = User.objects.create_user("alice", is_staff=staff, is_superuser=staff)
    client = Client()
    client.force_login(user)
    return client, user


def buttons(page: str) -> list[str]:
    """Return the labels of a page's buttons, in order; the emphasised begin with an asterisk."""
    buttons = re.findall(r"<(?:button|a)\b([^>]*)>([^<]*)</(?:button|a)>", page)
    return [
        ("*" if re.search(r'class="[^"]*\bmain\b', attributes) else "") + html.unescape(label)
        for attributes, label in buttons
        if "button" in attributes or "<button" + attributes in page
    ]


@pytest.mark.parametrize("staff", [False, True])
@pytest.mark.parametrize("site", [False, True])
@pytest.mark.parametrize(
    ("state", "offered", "message"),
    [
        (None, ["*Connect Zoho CRM"], ""),
        *(
            (state, ["Disconnect", "Connect again"], "Connected to Brightwater")
            for state in WORKING
        ),
        ("withdrawn", ["*Connect again", "Disconnect"], "no longer accepts this site"),
        ("disconnected", ["*Connect Zoho CRM"], ""),
        ("other client", ["*Connect Zoho CRM"], ""),
    ],
)
def test_connect_page_fits_the_state(
    state: str | None, offered: list[str], message: str, site: bool, staff: bool
) -> None:
    client, user = browser(staff=staff)
    if site and not staff:
        assert client.get("/zcrm/connect/?site=1").status_code == 403
        return
    if state:
        make(state, owner=None if site else user)
    text = client.get("/zcrm/connect/" + ("?site=1" if site else "")).text
    assert buttons(text) == offered
    assert message in html.unescape(text)
    assert ("Connected to" in text) is (state in WORKING)
    assert ("no longer accepts" in text) is (state == "withdrawn")
    assert (ERROR in text) is (state == "withdrawn" and staff)


@pytest.mark.parametrize("site", [False, True])
def test_another_connection_that_does_not_work_can_be_connected_again(site: bool) -> None:
    client, user = browser(staff=True)
    owner = None if site else user
    make("good", owner=owner)
    make("withdrawn", owner=owner, organisation_id="2")
    url = "/zcrm/connect/" + ("?site=1" if site else "")
    text = client.get(url).text
    assert buttons(text) == ["Disconnect", "Connect again", "Disconnect", "Connect again"]
    card = text.partition("must be connected again")[2].partition("</form>")[0]
    assert ('name="site" value="1"' in card) is site
    assert f'name="next" value="{url}"' in card


@pytest.mark.parametrize("state", [None, *STATES])
def test_the_way_on_is_offered_first_to_the_connected(state: str | None) -> None:
    client, user = browser(staff=False)
    if state:
        make(state, owner=user)
    first = buttons(client.get("/zcrm/connect/?next=/company/").text)[0]
    assert first == {
        None: "*Connect Zoho CRM",
        "withdrawn": "*Connect again",
        "disconnected": "*Connect Zoho CRM",
        "other client": "*Connect Zoho CRM",
    }.get(state, "*Continue")


@pytest.mark.parametrize(
    ("state", "first"),
    [
        (None, "*Connect Zoho CRM"),
        ("good", "*Allow more access"),
        ("withdrawn", "*Connect again"),
        ("disconnected", "*Connect Zoho CRM"),
    ],
)
@pytest.mark.parametrize("missing", [True, False])
def test_connect_page_shows_the_reason(state: str | None, first: str, missing: bool) -> None:
    client, user = browser(staff=False)
    if state:
        make(state, owner=user)
    scopes = [EXTRA] if missing else ["ZohoCRM.modules.leads.READ"]
    text = client.get(f"/zcrm/connect/?{connect_query('/company/', scopes)}").text
    lacks = missing and state == "good"
    assert ("needs more access" in text) is lacks
    assert (EXTRA in text) is lacks
    assert ("no longer accepts" in text) is (state == "withdrawn")
    assert buttons(text)[0] == ("*Continue" if state == "good" and not missing else first)


@pytest.mark.parametrize("state", STATES)
def test_the_page_of_several_accounts(state: str) -> None:
    client, user = browser(staff=False)
    make(state, owner=user)
    text = client.get("/zcrm/connections/").text
    is_offered = state not in {"disconnected", "other client"}
    again = ["*Connect again"] if state == "withdrawn" else []
    connect = "Connect Zoho CRM" if is_offered else "*Connect Zoho CRM"
    assert buttons(text) == [*again, *["Disconnect"] * is_offered, connect]
    assert ERROR not in text


def test_large_key_with_thousand_separators_is_used(settings: Settings) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    client, user = browser(staff=False)
    make("good", owner=user, pk=1234567, organisation_id="2")
    make("good", owner=user, pk=1234568)
    card = client.get("/zcrm/connections/").text.partition("/zcrm/connections/use/")[2]
    key = re.findall(r'name="connection" value="([^"]*)"', card)[0]
    assert client.post("/zcrm/connections/use/", {"connection": key}).status_code == 302
    assert Connection.objects.get(pk=1234567).is_default


@pytest.mark.parametrize(
    ("state", "offered", "message", "with_error"),
    [
        ("good", "test refresh make-default hand-over again disconnect delete", "connected", False),
        (
            "an old error",
            "test refresh make-default hand-over again disconnect delete",
            "connected",
            False,
        ),
        (
            "not renewed",
            "test refresh make-default hand-over again disconnect delete",
            "attempt to renew the token failed",
            True,
        ),
        (
            "throttled",
            "test refresh make-default hand-over again disconnect delete",
            "no new tokens until",
            True,
        ),
        (
            "withdrawn",
            "again! test refresh hand-over disconnect delete",
            "must be connected again",
            True,
        ),
        ("disconnected", "again! hand-over delete", "disconnected", False),
        (
            "other client",
            "again! test refresh make-default hand-over disconnect delete",
            "another client",
            False,
        ),
    ],
)
def test_admin_fits_the_state(
    state: str, offered: str, message: str, with_error: bool, capsys: Any
) -> None:
    client, _user = browser(staff=True)
    row = make(state)
    page = client.get(f"/admin/zcrm/connection/{row.pk}/change/").text
    tools = page.partition('class="object-tools"')[2].partition("</ul>")[0]
    links = re.findall(r'href="[^"]*/(operation/[\w-]+|add)/[^"]*"([^>]*)>', tools)
    assert (
        " ".join(
            name.replace("operation/", "").replace("add", "again") + "!" * ("zcrm-main" in more)
            for name, more in links
        )
        == offered
    )
    listed = client.get("/admin/zcrm/connection/").text
    health = client.get("/admin/zcrm/connection/health/").text
    call_command("zcrm_status")
    for text in (page, listed, health, capsys.readouterr().out):
        assert message in text
        assert (ERROR in text) is with_error


def test_the_default_is_not_offered_to_become_it() -> None:
    client, _user = browser(staff=True)
    row = make("good")
    row.make_default()
    assert "make-default" not in client.get(f"/admin/zcrm/connection/{row.pk}/change/").text


def begin_flow(client: Client, **data: str) -> str:
    """Press the connect button; return the state that Zoho is given."""
    address = client.post("/zcrm/connect/", data)["Location"]
    return parse_qs(urlsplit(address).query)["state"][0]


REFUSALS = {
    "invalid_scope": "SCOPES",
    "invalid_client": "DATA_CENTER",
    "unauthorized_client": "API console",
    "invalid_redirect_uri": "REDIRECT_URI",
    "unknown_state": "REDIRECT_URI",
}
NOT_FOR_END_USERS = ("ZCRM[", "SCOPES", "DATA_CENTER", "REDIRECT_URI", "API console", "CLIENT_ID")


@pytest.mark.parametrize(
    ("error", "viewer"),
    [
        *((error, viewer) for error in REFUSALS for viewer in ("end user", "staff")),
        # Who is not logged in has no flow under way, for Zoho to refuse.
        ("unknown_state", "nobody"),
        ("unknown_state", "nobody, with DEBUG"),
    ],
)
def test_errors_of_the_site_are_shown_to_staff_only(
    error: str, viewer: str, zoho: Zoho, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    client, _user = browser(staff=viewer == "staff")
    answer = {"state": begin_flow(client), "error": error}
    if error == "unknown_state":
        answer = {"state": "forged"}
    if viewer.startswith("nobody"):
        client = Client()
    settings.DEBUG = viewer == "nobody, with DEBUG"
    text = html.unescape(client.get(CALLBACK, answer).text)
    if viewer in {"end user", "nobody"}:
        assert not [word for word in NOT_FOR_END_USERS if word in text]
        assert "an administrator of this site" in text
    else:
        assert REFUSALS[error] in text
    assert REFUSALS[error] in caplog.text


def test_refusal_links_back_to_start(zoho: Zoho) -> None:
    client, _user = browser(staff=False)
    answer = {"state": begin_flow(client, next="/company/?a=1"), "error": "access_denied"}
    text = client.get(CALLBACK, answer).text
    assert 'href="/zcrm/connect/?next=/company/%3Fa%3D1"' in text


@pytest.mark.parametrize(
    "error", ["access_denied", "general_error", "invalid_response_type", "unheard_of"]
)
def test_other_refusals_name_no_setting_either(error: str, zoho: Zoho) -> None:
    client, _user = browser(staff=False)
    text = html.unescape(client.get(CALLBACK, {"state": begin_flow(client), "error": error}).text)
    assert not [word for word in NOT_FOR_END_USERS if word in text]


@pytest.mark.parametrize("whose", ["own", "site", "admin"])
@pytest.mark.parametrize("state", ["good", "withdrawn"])
def test_connect_again_keeps_granted_scopes_missing_in_the_settings(
    whose: str, state: str, zoho: Zoho, configure: Callable[..., None]
) -> None:
    configure(SCOPES="ZohoCRM.modules.ALL,ZohoCRM.org.READ,ZohoCRM.users.READ")
    client, user = browser(staff=True)
    page = client.get("/zcrm/connect/?" + ("site=1" if whose == "site" else ""))
    press(zoho, client, page)
    row = Connection.objects.get()
    assert row.owner == (None if whose == "site" else user)
    before = {"scopes": f"{row.scopes} {EXTRA}", **STATES[state]()}
    Connection.objects.filter(pk=row.pk).update(**before)
    if whose == "admin":
        url = f"/admin/zcrm/connection/add/?connection={row.pk}"
    else:
        url = "/zcrm/connect/?" + ("site=1" if whose == "site" else "")
    press(zoho, client, client.get(url))
    row.refresh_from_db()
    assert Connection.objects.count() == 1
    assert row.is_usable
    assert set(row.granted_scopes) >= {*get_settings().scopes, EXTRA}


def test_scopes_of_other_grants_are_not_requested(zoho: Zoho) -> None:
    client, user = browser(staff=False)
    scope = "ZohoCRM.mass_delete.leads.DELETE"
    make("disconnected", owner=user, scopes=scope)
    make("good", owner=user, scopes=scope, organisation_id="2", environment="sandbox")
    make("good", scopes=scope, organisation_id="3")
    query = parse_qs(urlsplit(client.post("/zcrm/connect/")["Location"]).query)
    assert scope not in query["scope"][0]
    make("withdrawn", owner=user, scopes=scope, organisation_id="4")
    query = parse_qs(urlsplit(client.post("/zcrm/connect/")["Location"]).query)
    assert scope in query["scope"][0]
