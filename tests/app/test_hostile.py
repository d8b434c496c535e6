"""Hostile requests to the app's pages: each is refused with the right status."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Permission, User
from django.core import signing
from django.test import Client
from django.urls import get_resolver, reverse

from django_zcrm.models import Connection
from django_zcrm.oauth import connect_with_grant_token, pending_flows
from django_zcrm.oauth.grants import ConnectionTarget
from tests.app.consent import CALLBACK
from tests.app.zoho import Zoho
from tests.cases import check_each

pytestmark = pytest.mark.django_db

MEGABYTES = 10 * 1024 * 1024
POSTS = ("connect", "disconnect", "use_connection", "grant_token")


@pytest.fixture
def user() -> User:
    return User.objects.create_user("alice")


@pytest.fixture
def browser(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def begin(browser: Client, **data: str) -> str:
    response = browser.post("/zcrm/connect/", data)
    assert response.status_code == 302, response.text
    return str(response["Location"])


def begin_flow(browser: Client) -> str:
    """Begin the flow, and return the state."""
    return parse_qs(urlsplit(begin(browser)).query)["state"][0]


def nothing_was_asked(zoho: Zoho) -> bool:
    return not zoho.requests_to("*", "/oauth/v2/token") and not Connection.objects.exists()


@pytest.mark.parametrize(
    "forge",
    [
        lambda state: "",
        lambda state: state[:-1],
        lambda state: state + "x",
        lambda state: state.swapcase(),
        lambda state: f" {state}",
        lambda state: state[:20] + "\0" + state[21:],
        lambda state: "\U0001d538" * 43,
        lambda state: "x" * 7_000,
        lambda state: state.replace("-", "_") + "%00",
    ],
)
def test_forged_state_is_refused(zoho: Zoho, browser: Client, forge: Any) -> None:
    response = browser.get(CALLBACK, {"state": forge(begin_flow(browser)), "code": "1000.x"})
    assert response.status_code in {400, 414}
    assert nothing_was_asked(zoho)


def test_a_state_given_twice_is_one_state(zoho: Zoho, browser: Client) -> None:
    good = begin_flow(browser)
    response = browser.get(f"{CALLBACK}?state={good}&state=other&code=1000.x")
    assert response.status_code == 400
    assert nothing_was_asked(zoho)


@pytest.mark.parametrize("refused", [{"error": "access_denied"}, {}])
def test_a_refused_answer_uses_the_state_up(
    zoho: Zoho, browser: Client, refused: dict[str, str]
) -> None:
    good = begin_flow(browser)
    assert browser.get(CALLBACK, {"state": good, **refused}).status_code in {400, 403}
    assert browser.get(CALLBACK, {"state": good, "code": "1000.x"}).status_code == 400
    assert nothing_was_asked(zoho)


def test_replayed_callback_is_refused(zoho: Zoho, browser: Client) -> None:
    answer = zoho.consent(begin(browser))
    assert browser.get(answer).status_code == 302
    assert browser.get(answer).status_code == 400
    zoho.assert_called("POST", "/oauth/v2/token", times=1)


@pytest.mark.parametrize(
    "server",
    [
        "https://accounts.zoho.evil.example",
        "https://accounts.zoho.com.evil.example",
        "https://accounts.zoho.com@evil.example",
        "https://evil.example/accounts.zoho.com",
        "https://evil.example#accounts.zoho.com",
        "https://accounts.zoho.com:444",
        "https://accounts.zoho.com\\@evil.example",
        "http://accounts.zoho.com",
        "//accounts.zoho.com",
        "accounts.zoho.com",
        "https://accounts.zoho.c\u043em",
        "https://127.0.0.1",
        "http://169.254.169.254/latest/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https://[::1",
        "x" * 3_000,
    ],
)
def test_foreign_accounts_server_is_refused(zoho: Zoho, browser: Client, server: str) -> None:
    answer = {"state": begin_flow(browser), "code": "1000.x", "accounts-server": server}
    response = browser.get(CALLBACK, answer)
    assert response.status_code == 400
    assert "<script" not in response.text
    assert nothing_was_asked(zoho)


@check_each(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "////evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "http://testserver@evil.example/",
        "http://testserver.evil.example/",
        "http://testserver:80@evil.example/",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "\x00//evil.example",
        "%2F%2Fevil.example\n//evil.example",
        "ftp://testserver/",
        "/" + "x" * 9_000,
    ],
)
def test_next_of_another_site_is_not_followed(
    zoho: Zoho, browser: Client, user: User, target: str
) -> None:
    response = browser.get(zoho.consent(begin(browser, next=target)))
    assert response["Location"] == "/zcrm/connect/"
    pk = str(Connection.objects.get().pk)
    used = browser.post("/zcrm/connections/use/", {"connection": pk, "next": target})
    assert used["Location"] == "/zcrm/connections/"
    for page in ("connect", "connections"):
        assert "evil" not in browser.get(f"/zcrm/{page}/", {"next": target}).text
    ended = browser.post("/zcrm/disconnect/", {"connection": pk, "next": target})
    assert ended["Location"] == "/zcrm/connect/"


def test_callback_in_another_users_session_is_refused(zoho: Zoho, browser: Client) -> None:
    answer = zoho.consent(begin(browser))
    mallory = Client()
    mallory.force_login(User.objects.create_user("mallory"))
    assert mallory.get(answer).status_code == 400
    session = mallory.session
    session[pending_flows.KEY] = browser.session[pending_flows.KEY]
    session.save()
    assert mallory.get(answer).status_code == 403
    assert Client().get(answer).status_code == 400
    assert nothing_was_asked(zoho)


def test_changing_views_need_a_csrf_token(zoho: Zoho, user: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    for name in POSTS:
        assert browser.post(reverse(f"zcrm:{name}")).status_code == 403
        assert browser.put(reverse(f"zcrm:{name}")).status_code in {403, 405}


def test_every_changing_view_is_listed_here() -> None:
    """A new page has to be listed either as one that takes POST or as one that only reads."""
    names = set(get_resolver("django_zcrm.urls").reverse_dict) & {
        str(name) for name in get_resolver("django_zcrm.urls").reverse_dict
    }
    # Zoho posts to the last one, with its own token: tests/mirror/test_notices.py.
    assert names == {*POSTS, "callback", "connections", "health", "notify"}


def test_pages_that_change_something_do_nothing_on_get(
    zoho: Zoho, browser: Client, user: User
) -> None:
    connection = connect_with_grant_token(
        zoho.grant_code("ZohoCRM.org.READ"), ConnectionTarget(owner=user)
    )
    before = Connection.objects.values().get()
    for name in POSTS:
        browser.get(reverse(f"zcrm:{name}"), {"connection": connection.pk})
    assert Connection.objects.values().get() == before
    assert browser.post(reverse("zcrm:callback")).status_code == 405
    assert browser.post(reverse("zcrm:connections")).status_code == 405


@pytest.mark.slow
def test_callback_of_ten_megabytes_is_refused(zoho: Zoho, browser: Client) -> None:
    good = begin_flow(browser)
    for query in (
        f"state={good}&code={'x' * MEGABYTES}",
        f"state={'x' * MEGABYTES}",
        f"state={good}&code=1000.x&{'&'.join('a=1' for _ in range(100_000))}",
    ):
        response = browser.get(f"{CALLBACK}?{query}")
        assert response.status_code in {400, 414}
        assert len(response.content) < 20_000
    assert nothing_was_asked(zoho)


@pytest.mark.parametrize("name", [*POSTS, "callback"])
def test_post_of_ten_megabytes_is_refused(zoho: Zoho, user: User, name: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    response = browser.post(reverse(f"zcrm:{name}"), {"next": "x" * MEGABYTES})
    assert response.status_code in {400, 403, 413}
    form = "next=" + "x" * MEGABYTES
    kind = "application/x-www-form-urlencoded"
    response = browser.post(reverse(f"zcrm:{name}"), form, content_type=kind)
    assert response.status_code in {400, 403, 413}
    assert pending_flows.KEY not in browser.session


@pytest.mark.parametrize(
    "scopes",
    [
        "ZohoCRM.modules.ALL",
        "WyJaIl0:x:y",
        signing.dumps(["ZohoCRM.modules.ALL"]),
        signing.dumps(["ZohoCRM.modules.ALL"], salt="other"),
        "x" * 100_000,
        "\0",
    ],
    # A signature contains a time, and xdist needs the same names in all its processes.
    ids=["plain", "unsigned", "signed", "salted", "long", "nul"],
)
def test_scopes_with_invalid_signature_are_refused(
    zoho: Zoho, browser: Client, scopes: str
) -> None:
    assert browser.get("/zcrm/connect/", {"scopes": scopes}).status_code == 400
    assert browser.post("/zcrm/connect/", {"scopes": scopes}).status_code == 400


@pytest.mark.parametrize("code", ["x" * 7_000, "\0\r\nSet-Cookie: a=b", "1000.é", "' OR 1=1 --"])
def test_invented_code_is_refused(zoho: Zoho, browser: Client, code: str) -> None:
    response = browser.get(CALLBACK, {"state": begin_flow(browser), "code": code})
    assert response.status_code in {400, 414}
    assert code not in response.text
    assert not Connection.objects.exists()


def test_site_wide_is_for_staff(zoho: Zoho, browser: Client, user: User) -> None:
    for page in (browser.get, browser.post):
        assert page("/zcrm/connect/", {"site": "1"}).status_code == 403
        assert page("/zcrm/grant-token/").status_code == 403
    user.is_staff = True
    user.user_permissions.add(Permission.objects.get(codename="add_connection"))
    user.save()
    answer = zoho.consent(begin(browser, site="1"))
    user.is_staff = False
    user.save()
    assert browser.get(answer).status_code == 403
    assert nothing_was_asked(zoho)
