"""The code flow through the app's pages, with the emulator's consent page at the other end."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from django_zcrm import zcrm
from django_zcrm.models import Connection, Revocation
from django_zcrm.oauth import pending_flows
from tests.app.consent import CALLBACK, come_back
from tests.app.zoho import Zoho, connect

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return User.objects.create_user("alice", "alice@example.com", "pw")


@pytest.fixture
def browser(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def begin(browser: Client, **data: str) -> str:
    """Press the button on the connect page; return where it redirects to."""
    response = browser.post("/zcrm/connect/", data)
    assert response.status_code == 302
    return response["Location"]


def test_a_user_connects_and_the_client_works(zoho: Zoho, browser: Client, user: User) -> None:
    page = browser.get("/zcrm/connect/?next=/admin/")
    assert "Connect Zoho CRM" in page.text
    address = begin(browser, next="/admin/")
    query = parse_qs(urlsplit(address).query)
    assert query["access_type"] == ["offline"]
    assert query["prompt"] == ["consent"]
    response = browser.get(zoho.consent(address))
    assert (response.status_code, response["Location"]) == (302, "/admin/")
    connection = Connection.objects.get()
    assert connection.owner == user
    assert connection.data_center == "us"
    assert zcrm.for_user(user).request("GET", "/crm/{version}/org")["org"]
    assert connection.organisation_name in browser.get("/zcrm/connect/").text


def test_the_connect_page_changes_nothing_and_asks_for_a_login(
    zoho: Zoho, client: Client, user: User
) -> None:
    assert client.get("/zcrm/connect/").status_code == 302
    client.force_login(user)
    client.get("/zcrm/connect/")
    assert pending_flows.KEY not in client.session
    assert client.put("/zcrm/connect/").status_code == 405


def test_every_post_needs_a_csrf_token(user: User, zoho: Zoho) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    for page in ("connect", "disconnect", "grant-token"):
        assert browser.post(f"/zcrm/{page}/").status_code == 403


def test_state_is_accepted_once(zoho: Zoho, browser: Client) -> None:
    answer = zoho.consent(begin(browser))
    assert browser.get(answer).status_code == 302
    again = browser.get(answer)
    assert again.status_code == 400
    assert "start again" in again.text
    assert Connection.objects.count() == 1


@pytest.mark.parametrize("forged", ["", "x", "é" * 40])
def test_a_forged_state_is_refused(zoho: Zoho, browser: Client, forged: str) -> None:
    begin(browser)
    assert browser.get(CALLBACK, {"state": forged, "code": "1000.x"}).status_code == 400
    zoho.assert_not_called("POST", "/oauth/v2/token")


def test_a_state_belongs_to_its_session(zoho: Zoho, browser: Client) -> None:
    answer = zoho.consent(begin(browser))
    other = Client()
    other.force_login(User.objects.create_user("mallory"))
    assert other.get(answer).status_code == 400
    assert not Connection.objects.exists()


def test_a_state_belongs_to_its_user(zoho: Zoho, browser: Client) -> None:
    answer = zoho.consent(begin(browser))
    session = browser.session
    flows = session[pending_flows.KEY]
    browser.force_login(User.objects.create_user("mallory"))
    session = browser.session
    session[pending_flows.KEY] = flows
    session.save()
    assert browser.get(answer).status_code == 403
    assert not Connection.objects.exists()


def test_old_state_is_refused(zoho: Zoho, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = zoho.consent(begin(browser))
    later = time.time() + pending_flows.LIFE + 1
    monkeypatch.setattr("django_zcrm.oauth.pending_flows.time.time", lambda: later)
    assert browser.get(answer).status_code == 400


def test_a_session_has_ten_states_at_most(zoho: Zoho, browser: Client) -> None:
    oldest = zoho.consent(begin(browser))
    for _ in range(pending_flows.MAX_FLOWS):
        newest = begin(browser)
    assert len(browser.session[pending_flows.KEY]) == pending_flows.MAX_FLOWS
    assert browser.get(oldest).status_code == 400
    assert browser.get(zoho.consent(newest)).status_code == 302


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "javascript:alert(1)", "http:\\\\evil.example", ""],
)
def test_a_foreign_next_is_not_followed(zoho: Zoho, browser: Client, target: str) -> None:
    assert "evil" not in browser.get("/zcrm/connect/", {"next": target}).text
    response = browser.get(zoho.consent(begin(browser, next=target)))
    assert response["Location"] == "/zcrm/connect/"


def test_callback_with_refusal_gives_advice(zoho: Zoho, browser: Client) -> None:
    response = browser.get(zoho.consent(begin(browser), accept=False))
    assert response.status_code == 403
    assert "you refused it" in response.text
    zoho.assert_not_called("POST", "/oauth/v2/token")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("invalid_scope", "Contact an administrator of this site"),
        ("invalid_client", "Contact an administrator of this site"),
        ("unauthorized_client", "Contact an administrator of this site"),
        ("invalid_redirect_uri", "Contact an administrator of this site"),
        ("invalid_response_type", "Start again"),
        ("general_error", "Something went wrong at Zoho"),
        ("unheard_of", "Start again"),
        ("<script>", "Start again"),
    ],
)
def test_every_documented_error_is_a_page(
    zoho: Zoho, browser: Client, error: str, message: str
) -> None:
    response = come_back(browser, error=error)
    assert response.status_code == 400
    assert message in response.text
    assert "<script>" not in response.text


@pytest.mark.parametrize(
    ("fault", "status", "message"),
    [
        ({"body": {"error": "invalid_code"}}, 400, "did not accept the code"),
        ({"body": {"error": "invalid_client"}}, 500, "not set up"),
        ({"throttle": 400}, 503, "try again in 10 minutes"),
        ({"html": 502}, 502, "could not be reached"),
        ({"drop": "before"}, 502, "could not be reached"),
    ],
)
def test_a_failed_exchange_is_a_page(
    zoho: Zoho, browser: Client, fault: dict[str, Any], status: int, message: str
) -> None:
    zoho.fail_next("oauth.token", **fault)
    response = browser.get(zoho.consent(begin(browser)))
    assert response.status_code == status
    assert message in response.text
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("fault", "status", "message"),
    [
        ({"status": 500}, 502, "could not be reached"),
        ({"html": 502}, 502, "could not be reached"),
        ({"drop": "before"}, 502, "could not be reached"),
        ({"code": "TOO_MANY_REQUESTS", "status": 429}, 503, "try again in"),
    ],
)
def test_callback_with_failed_organisation_request_stores_nothing(
    zoho: Zoho, browser: Client, fault: dict[str, Any], status: int, message: str
) -> None:
    """Or it would be the grant of an unknown organisation, and replace another's."""
    browser.get(zoho.consent(begin(browser)))
    before = Connection.objects.values().get()
    zoho.fail_next("org.get", times=None, **fault)
    response = browser.get(zoho.consent(begin(browser)))
    assert response.status_code == status
    assert message in response.text
    assert Connection.objects.values().get() == before
    assert Revocation.objects.count() == 1  # of the token that nobody has


def test_callback_without_permission_for_the_organisation_connects(
    zoho: Zoho, browser: Client
) -> None:
    zoho.fail_next("org.get", times=None, code="NO_PERMISSION")
    assert browser.get(zoho.consent(begin(browser))).status_code == 302
    assert Connection.objects.get().organisation_id == ""


def test_callback_connects_if_the_user_cannot_be_read(zoho: Zoho, browser: Client) -> None:
    zoho.fail_next("users.list", times=None, html=200)
    assert browser.get(zoho.consent(begin(browser))).status_code == 302
    assert Connection.objects.get().organisation_id


def test_callback_error_for_staff_shows_details(zoho: Zoho, admin_client: Client) -> None:
    zoho.fail_next("oauth.token", body={"error": "invalid_client"})
    response = admin_client.get(zoho.consent(begin(admin_client)))
    assert "multi-DC" in response.text


def test_connecting_again_keeps_the_row(zoho: Zoho, browser: Client, user: User) -> None:
    browser.get(zoho.consent(begin(browser)))
    first = Connection.objects.get()
    zcrm.disconnect(first)
    browser.get(zoho.consent(begin(browser)))
    again = Connection.objects.get()
    assert again.pk == first.pk
    assert again.is_usable
    assert zcrm.for_user(user).request("GET", "/crm/{version}/org")["org"]


def test_two_users_of_one_zoho_account_have_connections_of_their_own(
    zoho: Zoho, browser: Client, user: User
) -> None:
    browser.get(zoho.consent(begin(browser)))
    other = User.objects.create_user("bob")
    browser.force_login(other)
    browser.get(zoho.consent(begin(browser)))
    assert {row.owner_id for row in Connection.objects.all()} == {user.pk, other.pk}


def test_no_name_of_a_user_takes_over_the_sites_connection(zoho: Zoho, client: Client) -> None:
    site = connect(zoho, "sales@example.com")
    mallory = User.objects.create_user("sales@example.com", "sales@example.com")
    client.force_login(mallory)
    client.get(zoho.consent(begin(client)))
    site.refresh_from_db()
    assert site.owner is None
    assert Connection.objects.for_identifier("sales@example.com").get() == site


def test_staff_connect_for_the_whole_site(zoho: Zoho, admin_client: Client) -> None:
    assert "whole site" in admin_client.get("/zcrm/connect/?site=1").text
    response = admin_client.get(zoho.consent(begin(admin_client, site="1")))
    assert response["Location"] == "/zcrm/connect/?site=1"
    connection = Connection.objects.get()
    assert connection.owner is None
    assert connection.is_default
    assert connection.user_identifier == connection.zoho_user_email
    assert zcrm.request("GET", "/crm/{version}/org")["org"]


def test_users_without_permission_do_not_connect_the_site(
    zoho: Zoho, browser: Client, user: User
) -> None:
    assert browser.get("/zcrm/connect/?site=1").status_code == 403
    assert browser.post("/zcrm/connect/", {"site": "1"}).status_code == 403
    user.is_staff = True
    user.save()
    assert browser.post("/zcrm/connect/", {"site": "1"}).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="add_connection"))
    answer = zoho.consent(begin(browser, site="1"))
    user.is_staff = False
    user.save()
    assert browser.get(answer).status_code == 403
    assert not Connection.objects.exists()


def test_a_user_disconnects(zoho: Zoho, browser: Client, user: User) -> None:
    browser.get(zoho.consent(begin(browser)))
    row = Connection.objects.get()
    response = browser.post("/zcrm/disconnect/", {"connection": row.pk, "next": "/admin/"})
    assert response["Location"] == "/admin/"
    row.refresh_from_db()
    assert row.state == Connection.State.DISCONNECTED
    assert not row.encrypted_refresh_token
    assert not zoho.emulator.zoho.grants.refresh_tokens
    assert browser.put("/zcrm/disconnect/").status_code == 405


def test_disconnect_asks_for_confirmation(zoho: Zoho, browser: Client) -> None:
    browser.get(zoho.consent(begin(browser)))
    row = Connection.objects.get()
    link = f"/zcrm/disconnect/?connection={row.pk}"
    assert f'href="{link}"' in browser.get("/zcrm/connections/").text
    page = browser.get(f"{link}&next=/admin/")
    assert f"Disconnect {row.organisation_name}?" in page.text
    assert 'href="/admin/"' in page.text
    assert 'name="next" value="/admin/"' in page.text
    row.refresh_from_db()
    assert row.is_usable
    assert 'href="/zcrm/connect/"' in browser.get(f"{link}&next=//evil.example").text


def test_disconnect_of_another_users_connection_is_refused(zoho: Zoho, browser: Client) -> None:
    site = connect(zoho)
    theirs = connect(zoho, "bob")
    Connection.objects.filter(pk=theirs.pk).update(owner=User.objects.create_user("bob"))
    for number in (site.pk, theirs.pk, 0, "", "x", "9" * 30):
        for ask in (browser.get, browser.post):
            assert ask("/zcrm/disconnect/", {"connection": number}).status_code == 404
    assert Connection.objects.usable().count() == 2


def test_disconnect_of_row_deleted_in_the_meantime_returns_404(
    zoho: Zoho, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.get(zoho.consent(begin(browser)))
    connection = Connection.objects.get()

    def delete_meanwhile(response: Any) -> bool:
        Connection.objects.all().delete()
        return True

    monkeypatch.setattr("django_zcrm.oauth.disconnecting.read_revocation", delete_meanwhile)
    response = browser.post("/zcrm/disconnect/", {"connection": str(connection.pk)})
    assert response.status_code == 404


def test_disconnect_with_unreachable_zoho_changes_nothing(zoho: Zoho, browser: Client) -> None:
    browser.get(zoho.consent(begin(browser)))
    zoho.fail_next("POST /oauth/v2/token/revoke", html=502)
    row = Connection.objects.get()
    assert browser.post("/zcrm/disconnect/", {"connection": row.pk}).status_code == 502
    row.refresh_from_db()
    assert row.is_usable


def test_connect_page_without_redirect_uri_reports_it(
    zoho: Zoho, admin_client: Client, configure: Any
) -> None:
    configure(REDIRECT_URI="")
    response = admin_client.post("/zcrm/connect/")
    assert response.status_code == 500
    assert "REDIRECT_URI" in response.text


def test_the_grant_token_form_is_for_staff(zoho: Zoho, browser: Client) -> None:
    assert Client().get("/zcrm/grant-token/").status_code == 302
    assert browser.get("/zcrm/grant-token/").status_code == 403
    assert browser.post("/zcrm/grant-token/").status_code == 403


def test_staff_paste_a_grant_token(zoho: Zoho, admin_client: Client) -> None:
    code = zoho.grant_code()
    data = {"user_identifier": "sales@example.com", "grant_token": code}
    response = admin_client.post("/zcrm/grant-token/", data, follow=True)
    assert "Connected: sales@example.com" in response.text
    assert zcrm.for_identifier("sales@example.com").request("GET", "/crm/{version}/org")["org"]
    again = admin_client.post("/zcrm/grant-token/", data)
    assert "used already" in again.text
    assert code not in again.text
    assert "required" in admin_client.post("/zcrm/grant-token/").text


def test_a_very_long_answer_is_refused(zoho: Zoho, browser: Client) -> None:
    query = urlencode({"state": "x" * 10_000_000})
    assert browser.get(f"{CALLBACK}?{query}").status_code == 414
