"""The history in the admin: who sees it, and that nobody writes it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from django_zcrm.models import ConnectionHistory
from tests.app.history.entries import LIST, OPERATION
from tests.app.staff import staff_browser
from tests.app.zoho import Zoho, connect

pytestmark = pytest.mark.django_db(transaction=True)


def test_admin_shows_history(zoho: Zoho, staff: Client, ann: User) -> None:
    row = connect(zoho)
    staff.post(f"{OPERATION}hand-over/", {"ids": row.pk, "owner": "ann"})
    connect(zoho.add_organisation("Quokka"), "x")
    connect(zoho, "x")
    entry = ConnectionHistory.objects.get(change="handed_over")
    text = staff.get(LIST).text
    for words in ("handed over", "before: the whole site", "ines", "before: Quokka", "Python API"):
        assert words in text
    assert f'href="/admin/zcrm/connection/{row.pk}/change/"' in text
    assert "Add connection history" not in text
    assert 'name="action"' not in text
    assert "handed over" in staff.get(f"{LIST}{entry.pk}/change/").text
    listed = staff.get(f"{LIST}?connection={row.pk}").text
    assert "before: the whole site" in listed
    assert "Quokka" not in listed
    assert "Quokka" in staff.get(f"{LIST}?q=quokka&change__exact=replaced&o=1.2.3.4.5.6").text
    page = staff.get(f"/admin/zcrm/connection/{row.pk}/change/").text
    assert f'href="{LIST}?connection={row.pk}"' in page
    assert "ines · admin" in page


def test_history_in_admin_is_read_only(zoho: Zoho, staff: Client) -> None:
    connect(zoho)
    entry = ConnectionHistory.objects.latest("pk")
    before = list(ConnectionHistory.objects.values())
    bulk = {"_selected_action": entry.pk, "post": "yes"}
    assert staff.post(f"{LIST}add/", {"name": "x"}).status_code == 403
    assert staff.get(f"{LIST}add/").status_code == 403
    assert staff.post(f"{LIST}{entry.pk}/change/", {"name": "x"}).status_code == 403
    assert staff.post(f"{LIST}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    for action in ("delete_selected", "delete"):
        staff.post(LIST, {"action": action, **bulk})
    assert list(ConnectionHistory.objects.values()) == before


@pytest.mark.parametrize(
    "lookup", ["connection__encrypted_refresh_token__startswith", "user__password__startswith"]
)
def test_history_contains_no_secret(zoho: Zoho, staff: Client, lookup: str) -> None:
    connect(zoho)
    assert staff.get(f"{LIST}?{lookup}=g").status_code == 400


def test_history_without_permission_is_hidden(zoho: Zoho) -> None:
    row = connect(zoho)
    browser = staff_browser("view_connection")
    assert browser.get(LIST).status_code == 403
    assert LIST not in browser.get(f"/admin/zcrm/connection/{row.pk}/change/").text
    permission = Permission.objects.get(codename="view_connectionhistory")
    User.objects.get(username="clerk").user_permissions.add(permission)
    assert browser.get(LIST).status_code == 200
    assert LIST in browser.get(f"/admin/zcrm/connection/{row.pk}/change/").text
