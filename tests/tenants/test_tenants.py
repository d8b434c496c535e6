"""Connections that belong to tenants: their table, their pages, their clients."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.db import connection as database
from django.test import Client

from django_zcrm import NotConnected, zcrm
from django_zcrm.models import Connection
from tests.app.consent import press
from tests.app.zoho import Zoho
from tests.tenants.models import Tenant

pytestmark = pytest.mark.django_db(transaction=True)


def member(name: str, *tenants: str) -> tuple[Client, User]:
    user = User.objects.create_user(name)
    for tenant in tenants:
        Tenant.objects.get_or_create(name=tenant)[0].members.add(user)
    browser = Client()
    browser.force_login(user)
    return browser, user


def test_tables_of_tenants_have_no_migration_and_no_warning(zoho: Zoho) -> None:
    call_command("makemigrations", "zcrm", check=True, dry_run=True, stdout=StringIO())
    # The suite's own models and apps get warnings, which its settings silence.
    messages = run_checks(databases=["default"])
    found = [message for message in messages if not message.is_silenced()]
    assert found == run_checks(tags=[Tags.database]) == []
    with database.cursor() as cursor:
        relations = database.introspection.get_relations(cursor, "zcrm_connection")
    assert relations["owner_id"][1] == "tenants_tenant"


def test_connection_of_one_member_serves_the_whole_tenant(zoho: Zoho) -> None:
    (ann, _), (ben, ben_user) = member("ann", "Quokka"), member("ben", "Quokka")
    page = ann.get("/zcrm/connect/?next=/company/")
    assert "everybody at Quokka" in page.text
    assert press(zoho, ann, page)["Location"] == "/company/"
    connection = Connection.objects.get()
    tenant = Tenant.objects.get()
    assert connection.owner == tenant
    assert connection.user_identifier == f"owner:{tenant.pk}"
    assert ben.get("/company/").text == connection.organisation_name
    assert zcrm.for_owner(tenant).org.get() == zcrm.for_user(ben_user).org.get()
    assert list(Connection.objects.for_owner(tenant)) == [connection]


def test_users_of_other_tenants_see_nothing(zoho: Zoho) -> None:
    (ann, _), (eve, eve_user) = member("ann", "Quokka"), member("eve", "Axolotl")
    press(zoho, ann, ann.get("/zcrm/connect/"))
    connection = Connection.objects.get()
    assert eve.get("/company/").status_code == 302
    assert connection.organisation_name not in eve.get("/zcrm/connections/").text
    for page in ("disconnect", "connections/use"):
        assert eve.post(f"/zcrm/{page}/", {"connection": connection.pk}).status_code == 404
    with pytest.raises(NotConnected):
        zcrm.for_user(eve_user)


def test_grant_begun_for_one_tenant_is_refused_for_another(zoho: Zoho) -> None:
    ann, _ = member("ann", "Quokka", "Axolotl")
    address = ann.post("/zcrm/connect/?tenant=Quokka")["Location"]
    response = ann.get(f"{zoho.consent(address)}&tenant=Axolotl")
    assert response.status_code == 403
    assert not Connection.objects.exists()
    zoho.assert_not_called("POST", "/oauth/v2/token")


def test_user_of_no_tenant_has_no_connection(zoho: Zoho) -> None:
    for browser in (member("nobody")[0], member("guest", "Quokka")[0]):
        assert browser.get("/zcrm/connect/").status_code == 403
        assert browser.post("/zcrm/connect/").status_code == 403
    assert not Connection.objects.exists()


def test_deactivated_tenant_leaves_no_rows(zoho: Zoho) -> None:
    ann, user = member("ann", "Quokka")
    press(zoho, ann, ann.get("/zcrm/connect/"))
    user.is_active = False
    user.save()
    assert Connection.objects.usable().exists()
    tenant = Tenant.objects.get()
    tenant.is_active = False
    tenant.save()
    assert not Connection.objects.usable().exists()
    assert not zoho.emulator.zoho.grants.refresh_tokens


def test_user_without_a_tenant_gets_a_message_and_no_redirect(zoho: Zoho) -> None:
    lone, _ = member("lone")
    for page in ("/zcrm/connect/", "/zcrm/connections/"):
        response = lone.get(page)
        assert response.status_code == 403
        assert "lone, who belongs to no tenant" in response.text
        assert 'class="button main"' not in response.text
