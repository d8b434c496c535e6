"""One Zoho account per user: views that require one, and the way through consent and back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connection as database
from django.db import connections
from django.template import RequestContext, Template
from django.test import AsyncClient, Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from django_zcrm import NotConnected, zcrm
from django_zcrm.conf import get_settings
from django_zcrm.models import Connection
from django_zcrm.oauth import connect_with_grant_token
from django_zcrm.oauth.grants import ConnectionTarget
from django_zcrm.owners import connection_in_use
from tests.app.consent import press
from tests.app.saas_site import EXTRA
from tests.app.zoho import Zoho, expire

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

GUARDED = ["/company/", "/company-async/", "/class/", "/class-async/"]
PLAIN = "ZohoCRM.modules.ALL,ZohoCRM.org.READ,ZohoCRM.users.READ"


@pytest.fixture(autouse=True)
def site(settings: Settings, zoho: Zoho) -> None:
    settings.ROOT_URLCONF = "tests.app.saas_site"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django_zcrm.web.middleware.ZCRMMiddleware"]
    settings.ZCRM = {**settings.ZCRM, "SCOPES": PLAIN}


@pytest.fixture
def user() -> User:
    return User.objects.create_user("alice")


@pytest.fixture
def browser(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def connect(zoho: Zoho, user: User, scopes: str = f"{PLAIN},{EXTRA}") -> Connection:
    return connect_with_grant_token(zoho.grant_code(scopes), ConnectionTarget(owner=user))


def withdraw(zoho: Zoho, connection: Connection) -> None:
    """Let the user withdraw the grant at Zoho, without the site knowing yet."""
    zoho.revoke()
    expire(connection)


@pytest.mark.parametrize("path", GUARDED)
def test_user_with_account_sees_the_page(
    zoho: Zoho, browser: Client, user: User, path: str
) -> None:
    connection = connect(zoho, user)
    assert browser.get(path).text == connection.organisation_name


@pytest.mark.parametrize("path", GUARDED)
def test_user_without_account_connects_and_returns(zoho: Zoho, browser: Client, path: str) -> None:
    response = browser.get(f"{path}?page=2&x=%C3%BC")
    assert response.status_code == 302
    assert response["Location"].startswith("/zcrm/connect/?next=%2F")
    assert "no-cache" in response["Cache-Control"]
    back = press(zoho, browser, browser.get(response["Location"]))
    assert back["Location"] == f"{path}?page=2&x=%C3%BC"
    assert browser.get(back["Location"]).status_code == 200


def test_visitors_log_in_on_the_way(client: Client) -> None:
    response = client.get("/company/", follow=True)
    assert [hop[0].partition("?")[0] for hop in response.redirect_chain] == [
        "/zcrm/connect/",
        "/admin/login/",
    ]


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "application/json"},
        {"X-Requested-With": "XMLHttpRequest"},
        {"Content-Type": "application/json"},
    ],
)
def test_json_request_without_account_gets_a_reason(
    browser: Client, path: str, headers: dict[str, str]
) -> None:
    referer = {"Referer": "http://testserver/app/?tab=1"}
    response = browser.get(path, headers={**headers, **referer})
    assert response.status_code == 403
    body = response.json()
    assert body["error"] == "not_connected"
    assert body["connect_url"].startswith("/zcrm/connect/?next=http%3A%2F%2Ftestserver%2Fapp%2F")
    assert body["scopes"] == ([EXTRA] if "class-async" in path else [])
    assert body["detail"]


@pytest.mark.parametrize("referer", ["https://evil.example/", ""])
def test_form_after_connecting_returns_to_its_page(browser: Client, referer: str) -> None:
    response = browser.post("/class/", headers={"Referer": "http://testserver/form/"})
    assert response["Location"] == "/zcrm/connect/?next=http%3A%2F%2Ftestserver%2Fform%2F"
    response = browser.post("/class/", headers={"Referer": referer})
    assert response["Location"] == "/zcrm/connect/"


@pytest.mark.parametrize("path", GUARDED)
def test_the_view_finds_out_that_consent_is_gone(
    zoho: Zoho, browser: Client, user: User, path: str
) -> None:
    withdraw(zoho, connect(zoho, user))
    response = browser.get(path, headers={"Accept": "application/json"})
    assert (response.status_code, response.json()["error"]) == (403, "consent_withdrawn")
    assert browser.get(path)["Location"].startswith("/zcrm/connect/?next=")


def test_dead_connection_of_another_user_does_not_redirect(
    zoho: Zoho, browser: Client, user: User
) -> None:
    connect(zoho, user)
    with pytest.raises(NotConnected, match="no default"):
        browser.get("/site/")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_view_with_dead_connection_is_rolled_back(
    zoho: Zoho, browser: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(zoho, user)
    expire(connection)
    Connection.objects.update(state=Connection.State.CONNECTED, encrypted_refresh_token="")
    monkeypatch.setitem(database.settings_dict, "ATOMIC_REQUESTS", True)
    assert browser.get("/writes/").status_code == 302
    connection.refresh_from_db()
    assert connection.last_error != "written"


@pytest.mark.parametrize("path", ["/more/", "/class-more/"])
def test_further_scopes_are_requested_with_granted_ones(
    zoho: Zoho, browser: Client, user: User, path: str
) -> None:
    connection = connect(zoho, user, f"{PLAIN},ZohoCRM.settings.READ")
    answer = browser.get(path, headers={"Accept": "application/json"}).json()
    assert (answer["error"], answer["scopes"]) == ("scope_missing", [EXTRA])
    page = browser.get(browser.get(path)["Location"])
    assert EXTRA in page.text
    assert press(zoho, browser, page)["Location"] == path
    assert browser.get(path).status_code == 200
    connection.refresh_from_db()
    assert set(connection.granted_scopes) == {*PLAIN.split(","), "ZohoCRM.settings.READ", EXTRA}


def test_scopes_with_foreign_signature_are_refused(browser: Client) -> None:
    for page in (browser.get, browser.post):
        assert page("/zcrm/connect/", {"scopes": "WyJaIl0:forged"}).status_code == 400


def test_the_client_of_a_request_is_lazy(zoho: Zoho, browser: Client, user: User) -> None:
    connection = connect(zoho, user)
    with CaptureQueriesContext(database) as queries:
        assert browser.get("/lazy/").text == "unused"
    assert not queries.captured_queries
    assert browser.get("/lazy/?use").text == connection.organisation_name
    assert browser.get("/lazy-async/").text == connection.organisation_name
    assert Client().get("/lazy/?use").text == "none"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_async_view_has_the_client(zoho: Zoho, user: User) -> None:
    connection = connect(zoho, user)
    browser = AsyncClient()
    browser.force_login(user)

    async def texts() -> list[str]:
        paths = ["/lazy-async/", "/lazy/?use", *GUARDED]
        try:
            return [(await browser.get(path)).content.decode() for path in paths]
        finally:
            await sync_to_async(connections.close_all)()

    assert set(asyncio.run(texts())) == {connection.organisation_name}


def test_template_tags_show_the_connection(zoho: Zoho, browser: Client, user: User) -> None:
    page = browser.get("/tags/?a=1").text
    assert "[][not connected]" in page
    assert 'action="/zcrm/connect/"' in page
    assert 'name="next" value="/tags/?a=1"' in page
    assert "csrfmiddlewaretoken" in page
    connection = connect(zoho, user)
    with CaptureQueriesContext(database) as queries:
        page = browser.get("/tags/").text
    assert f"[{connection.organisation_name}][connected]" in page
    assert sum("zcrm_connection" in query["sql"] for query in queries.captured_queries) == 1


def test_the_button_does_not_lead_back_to_a_used_code(rf: RequestFactory, user: User) -> None:
    request = rf.get("/zcrm/oauth/callback/", {"code": "c4nary"})
    request.user = user
    request.resolver_match = resolve("/zcrm/oauth/callback/")
    page = Template("{% load zcrm %}{% zcrm_connect_button %}").render(RequestContext(request))
    assert 'action="/zcrm/connect/"' in page
    assert "c4nary" not in page


def test_a_user_chooses_among_organisations(zoho: Zoho, browser: Client, user: User) -> None:
    first = connect(zoho, user)
    second = connect(zoho.add_organisation("Quokka"), user)
    assert first.organisation_id != second.organisation_id
    page = browser.get("/zcrm/connections/?next=/tags/").text
    assert page.count(">Use this<") == 1
    assert page.index("in use") < page.index(first.organisation_name)
    data = {"connection": str(first.pk), "next": "/tags/"}
    assert browser.post("/zcrm/connections/use/", data)["Location"] == "/tags/"
    assert browser.get("/company/").text == first.organisation_name
    assert zcrm.for_user(user).org.get()["company_name"] == first.organisation_name
    other = zcrm.for_user(user, organisation=second.organisation_id)
    assert other.org.get()["company_name"] == second.organisation_name
    with pytest.raises(NotConnected):
        zcrm.for_user(user, organisation="unknown")


def test_a_chosen_organisation_does_not_become_another(
    zoho: Zoho, browser: Client, user: User
) -> None:
    first, _ = connect(zoho, user), connect(zoho.add_organisation("Quokka"), user)
    first.make_default()
    Connection.objects.filter(pk=first.pk).update(state=Connection.State.CONSENT_WITHDRAWN)
    assert browser.get("/company/").status_code == 302


def test_a_chosen_connection_to_an_unknown_organisation_is_not_replaced(user: User) -> None:
    first, _ = (
        Connection.objects.create(
            user_identifier=name, owner=user, client_id=get_settings().client_id
        )
        for name in ("first", "second")
    )
    first.make_default()
    Connection.objects.filter(pk=first.pk).update(state=Connection.State.CONSENT_WITHDRAWN)
    assert connection_in_use(user) == first


def test_sandbox_and_live_connection_are_separate(zoho: Zoho, browser: Client, user: User) -> None:
    live = connect(zoho, user)
    zoho.add_organisation("Quokka", environment="sandbox")
    response = browser.post("/zcrm/connect/", {"environment": "sandbox"})
    assert browser.get(zoho.consent(response["Location"])).status_code == 302
    sandbox = Connection.objects.get(environment="sandbox")
    assert sandbox.owner == user
    assert "sandbox" in browser.get("/zcrm/connections/").text

    def used() -> str:
        return repr(zcrm.for_user(user).session.tokens)

    assert used() == f"<Tokens of {live!r}>"
    assert repr(sandbox) in repr(zcrm.for_user(user, environment="sandbox").session.tokens)
    sandbox.make_default()
    assert used() == f"<Tokens of {sandbox!r}>"


def test_a_copy_of_the_live_site_does_not_touch_it(
    zoho: Zoho, browser: Client, user: User, settings: Settings
) -> None:
    connect(zoho, user).make_default()
    settings.ZCRM = {**settings.ZCRM, "ENVIRONMENT": "sandbox"}
    with pytest.raises(NotConnected):
        zcrm.for_user(user)
    assert "No account is connected" in browser.get("/zcrm/connections/").text
    response = browser.post("/zcrm/connect/", {"environment": "production"})
    browser.get(zoho.consent(response["Location"]))
    assert Connection.objects.filter(environment="sandbox").count() == 1
    assert get_settings().environment == "sandbox"


@pytest.mark.parametrize("pk", ["0", "x", "", "9" * 30])
def test_connection_of_another_user_cannot_be_used(
    zoho: Zoho, browser: Client, pk: str, django_user_model: type[User]
) -> None:
    other = connect(zoho, django_user_model.objects.create_user("bob"))
    for number in (str(other.pk), pk):
        response = browser.post("/zcrm/connections/use/", {"connection": number})
        assert response.status_code == 404
    assert browser.get("/zcrm/connections/use/").status_code == 405
    other.refresh_from_db()
    assert not other.is_default
