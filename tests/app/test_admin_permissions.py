"""Who may open which page of the admin, and what its buttons are for."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from django_zcrm.models import Connection
from tests.app.staff import staff_browser
from tests.app.test_admin import LIST, OPERATIONS
from tests.app.zoho import Zoho, connect

pytestmark = pytest.mark.django_db

PAGES = (
    ("", "view_connection"),
    ("{pk}/change/", "view_connection"),
    ("{pk}/history/", "view_connection"),
    ("add/", "add_connection"),
    ("add/?connection={pk}", "add_connection"),
    ("connected/", "add_connection"),
    ("grant-token/", "add_connection"),
    ("health/", "view_health"),
    ("operation/test/?ids={pk}", "test_connection"),
    ("operation/refresh/?ids={pk}", "refresh_connection"),
    ("operation/make-default/?ids={pk}", "make_default_connection"),
    ("operation/hand-over/?ids={pk}", "hand_over_connection"),
    ("operation/disconnect/?ids={pk}", "disconnect_connection"),
    ("operation/delete/?ids={pk}", "delete_connection"),
)


@pytest.mark.slow
@pytest.mark.parametrize(("page", "permission"), PAGES)
def test_each_page_has_its_permission(zoho: Zoho, page: str, permission: str) -> None:
    url = LIST + page.format(pk=connect(zoho).pk)
    stranger = Client()
    stranger.force_login(User.objects.create_user("stranger"))
    for browser in (Client(), stranger):
        for ask in (browser.get, browser.post):
            response = ask(url)
            assert response.status_code == 302
            assert "/login/" in response["Location"]
    every = {name for _, name in PAGES}
    others = staff_browser(*every - {permission})
    assert others.get(url).status_code == 403
    if page not in {"{pk}/history/", "health/"}:
        assert others.post(url, {"owner": "site", "ids": url.rpartition("=")[2]}).status_code == 403
    User.objects.get(username="clerk").user_permissions.set(
        Permission.objects.filter(codename=permission)
    )
    assert others.get(url).status_code in {200, 302}
    assert Connection.objects.usable().count() == 1


@pytest.mark.parametrize(
    "page", [page for page, _ in PAGES if page not in {"", "connected/", "{pk}/history/"}]
)
def test_forged_requests_are_refused(zoho: Zoho, admin_user: User, page: str) -> None:
    connection = connect(zoho)
    url = LIST + page.format(pk=connection.pk)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(admin_user)
    data = {"ids": connection.pk, "owner": "site", "grant_token": zoho.grant_code()}
    assert browser.post(url, data).status_code == 403
    assert Connection.objects.get().token_version == connection.token_version
    assert not LogEntry.objects.exists()


def test_buttons_are_shown_by_permission(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    text = staff_browser("view_connection").get(f"{LIST}{connection.pk}/change/").text
    assert "/operation/" not in text
    assert "Connect again" not in text
    text = admin_client.get(f"{LIST}{connection.pk}/change/").text
    operations = [name for name in OPERATIONS if f"/operation/{name}/" in text]
    assert operations == [
        name for name in OPERATIONS if name != "make-default"
    ]  # it is the default
    assert "Paste a grant token" in admin_client.get(LIST).text
