"""Rows of mirrored models in the admin: forms, new rows, and lookups within a connection."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from django_zcrm.mirror.admin import records
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.mirror.options import options_of
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.admin_pages import staff
from tests.mirror.shop.admin import AccountAdmin, LeadAdmin
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = pytest.mark.django_db

NEW = {"name": "Fox", "email": "fox@example.com", "revenue": "1.50"}
ABOUT = {"app_label": "mirror_shop", "model_name": "contact", "field_name": "account"}


@pytest.fixture
def connections(zcrm_emulator: SiteEmulator) -> list[Connection]:
    """Those of two users; the site itself has none."""
    users = [User.objects.create(username=name) for name in ("ines", "tomas")]
    return [zcrm_emulator.connect(user) for user in users]


@pytest.fixture
def accounts(connections: list[Connection]) -> list[Account]:
    """Accounts of the same name, one of each connection."""
    return [Account.objects.create(connection=each, name="Acme") for each in connections]


def looked_up(client: Client, url: str, **query: object) -> list[str]:
    separator = "&" if "?" in url else "?"
    response = client.get(f"{url}{separator}{urlencode({**ABOUT, **query})}")
    assert response.status_code == 200
    return [str(row["id"]) for row in response.json()["results"]]


def test_rows_that_zoho_alone_writes_are_neither_added_nor_deleted(
    admin_client: Client, state: MirrorState, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_only = replace(options_of(Lead), push=())
    monkeypatch.setattr(records, "options_of", lambda model: read_only)
    lead = Lead.objects.earliest("pk")
    assert admin_client.get(reverse("admin:mirror_shop_lead_add")).status_code == 403
    url = reverse("admin:mirror_shop_lead_delete", args=[lead.pk])
    assert admin_client.post(url, {"post": "yes"}).status_code == 403
    response = admin_client.get(reverse("admin:mirror_shop_lead_change", args=[lead.pk]))
    assert b'name="name"' not in response.content


def test_mirrored_model_form_edits_pushed_fields_only(
    admin_client: Client, state: MirrorState
) -> None:
    lead = Lead.objects.earliest("pk")
    url = reverse("admin:mirror_shop_lead_change", args=[lead.pk])
    text = admin_client.get(url).content.decode()
    assert 'name="name"' in text
    assert 'name="no_of_employees"' not in text
    organisation = lead.connection.organisation_id
    link = f"https://crm.zoho.com/crm/org{organisation}/tab/Leads/{lead.zoho_id}"
    assert f'href="{link}"' in text
    form = {"name": "Renamed", "company": "Acme", "email": "fox@example.com", "revenue": "1.50"}
    response = admin_client.post(url, form)
    assert response.status_code == 302, response.context["errors"]
    item = OutboxItem.objects.get()
    assert item.changed == {
        "Last_Name": "Renamed",
        "Email": "fox@example.com",
        "Annual_Revenue": 1.5,
    }
    assert "Last_Name" in admin_client.get(url).content.decode()
    listed = admin_client.get(reverse("admin:mirror_shop_lead_changelist")).content.decode()
    assert "zcrm-good" in listed


def test_fieldsets_of_the_project_keep_their_fields(
    admin_client: Client, state: MirrorState, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = ((None, {"fields": ("name", "zoho_link")}), ("More", {"fields": ("read_at",)}))
    monkeypatch.setattr(LeadAdmin, "fieldsets", declared)
    lead = Lead.objects.earliest("pk")
    change = reverse("admin:mirror_shop_lead_change", args=[lead.pk])
    rest = ["zoho_state_badge", "connection", "zoho_modified", "zoho_waiting"]
    for url, expected in (
        (change, [["name", "zoho_link"], ["read_at"], rest]),
        (reverse("admin:mirror_shop_lead_add"), [["connection", "name"], []]),
        (change, [["name", "zoho_link"], ["read_at"], rest]),
    ):
        form = admin_client.get(url).context["adminform"]
        assert [options["fields"] for _name, options in form.fieldsets] == expected


def test_form_of_a_new_row_has_the_connection_once(
    admin_client: Client, connections: list[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = ((None, {"fields": (("name", "connection"), ("zoho_link",))}),)
    monkeypatch.setattr(LeadAdmin, "fieldsets", declared)
    form = admin_client.get(reverse("admin:mirror_shop_lead_add")).context["adminform"]
    assert [options["fields"] for _name, options in form.fieldsets] == [["connection", ["name"]]]


def test_new_row_form_sets_connection(admin_client: Client, connections: list[Connection]) -> None:
    url = reverse("admin:mirror_shop_lead_add")
    refused = admin_client.post(url, NEW)
    assert refused.context["adminform"].form.errors == {"connection": ["This field is required."]}
    admin_client.post(url, {**NEW, "connection": connections[1].pk})
    assert Lead.objects.get().connection == connections[1]
    url = reverse("admin:mirror_shop_lead_change", args=[Lead.objects.get().pk])
    admin_client.post(url, {**NEW, "name": "Wolf", "connection": connections[0].pk})
    assert (Lead.objects.get().name, Lead.objects.get().connection) == ("Wolf", connections[1])


def test_new_row_form_with_many_connections_searches_for_one(
    admin_client: Client, connections: list[Connection]
) -> None:
    first = connections[0]
    Connection.objects.bulk_create(
        Connection(user_identifier=f"many{number}", **usable_like(first)) for number in range(300)
    )
    form = admin_client.get(reverse("admin:mirror_shop_lead_add")).context["adminform"].form
    assert "<option" not in str(form["connection"])
    url = form.fields["connection"].widget.get_url()
    found = admin_client.get(url, {"term": "ines"}).json()
    assert found["results"] == [{"id": str(first.pk), "text": f"ines: {first}"}]
    found = admin_client.get(url, {"term": "many"}).json()
    assert (len(found["results"]), found["pagination"]["more"]) == (20, True)
    found = admin_client.get(url, {"term": "many", "page": "15"}).json()
    assert (len(found["results"]), found["pagination"]["more"]) == (20, False)
    Connection.objects.filter(pk=first.pk).update(state=Connection.State.DISCONNECTED)
    assert admin_client.get(url, {"term": "ines"}).json()["results"] == []


def usable_like(connection: Connection) -> dict[str, str]:
    names = ("client_id", "environment", "state", "data_center", "organisation_name")
    return {name: getattr(connection, name) for name in names}


def test_new_row_form_offers_and_uses_the_default_connection(
    admin_client: Client, connection: Connection
) -> None:
    url = reverse("admin:mirror_shop_lead_add")
    form = admin_client.get(url).context["adminform"].form
    chosen = f'<option value="{connection.pk}" selected>{connection}</option>'
    assert chosen in str(form["connection"])
    admin_client.post(url, NEW)
    assert Lead.objects.get().connection == connection


def test_connection_search_without_permission_to_add_rows_is_refused(
    client: Client, connections: list[Connection]
) -> None:
    url = reverse("admin:mirror_shop_lead_zcrm_connections")
    assert client.get(url).status_code == 302  # to the login page
    staff(client, "view_lead", "change_lead", "view_connection")
    assert client.get(url).status_code == 403
    User.objects.get(username="carol").user_permissions.add(
        Permission.objects.get(codename="add_lead")
    )
    assert len(client.get(url).json()["results"]) == 2


def test_search_with_nul_character_is_refused(
    admin_client: Client, connections: list[Connection]
) -> None:
    url = reverse("admin:mirror_shop_lead_zcrm_connections")
    assert admin_client.get(url, {"term": "a\0"}).status_code == 403
    url = reverse("admin:mirror_shop_contact_zcrm_lookup")
    assert admin_client.get(url, {**ABOUT, "term": "a\0"}).status_code == 403


def test_lookups_stay_within_a_connection(admin_client: Client, accounts: list[Account]) -> None:
    own, other = accounts
    url = reverse("admin:mirror_shop_contact_add")
    values = {"last_name": "Fox", "connection": own.connection_id}
    refused = admin_client.post(url, {**values, "account": other.pk})
    errors = {"account": ["This is a record of another connection."]}
    assert refused.context["adminform"].form.errors == errors
    admin_client.post(url, {**values, "account": own.pk})
    contact = Contact.objects.get()
    assert contact.account == own
    url = reverse("admin:mirror_shop_contact_change", args=[contact.pk])
    offered = admin_client.get(url).context["adminform"].form.fields["account"].queryset
    assert list(offered) == [own]
    admin_client.post(url, {"last_name": "Wolf", "account": other.pk})
    assert Contact.objects.get().account == own


def test_lookup_search_finds_rows_of_connection_only(
    admin_client: Client, accounts: list[Account]
) -> None:
    own, other = accounts
    Account.objects.bulk_create(
        [Account(connection=own.connection, name=f"Many {number}") for number in range(60)]
    )
    contact = Contact.objects.create(connection=own.connection, last_name="Fox", account=own)
    url = reverse("admin:mirror_shop_contact_change", args=[contact.pk])
    form = admin_client.get(url).context["adminform"].form
    select = str(form["account"])
    assert select.count("<option") == 1  # the present one
    assert "admin-autocomplete" in select
    lookup = form.fields["account"].widget.widget.get_url()
    assert looked_up(admin_client, lookup, term="acme") == [str(own.pk)]
    assert looked_up(admin_client, lookup, term="Many 59") == [
        str(Account.objects.get(name="Many 59").pk)
    ]
    page = admin_client.get(reverse("admin:mirror_shop_contact_add"))
    form, text = page.context["adminform"].form, page.content.decode()
    assert text.index("jquery.init.js") < text.index("zcrm/lookups.js")
    lookup = form.fields["account"].widget.widget.get_url()
    assert looked_up(admin_client, lookup, term="acme", of=other.connection_id) == [str(other.pk)]
    assert looked_up(admin_client, lookup, term="acme") == []  # there is no default connection


def test_autocomplete_serves_only_keys_of_its_model_to_permitted_users(
    client: Client, accounts: list[Account]
) -> None:
    url = reverse("admin:mirror_shop_contact_zcrm_lookup")
    about = {**ABOUT, "of": str(accounts[0].connection_id)}
    staff(client, "view_contact")
    assert client.get(url, about).status_code == 403
    User.objects.get(username="carol").user_permissions.add(
        Permission.objects.get(codename="view_account")
    )
    assert client.get(url, about).status_code == 200
    assert client.get(url, {**about, "field_name": "connection"}).status_code == 403
    parent = {**about, "model_name": "account", "field_name": "parent"}
    assert client.get(url, parent).status_code == 403


def test_lookup_without_searchable_admin_takes_key(
    admin_client: Client, accounts: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AccountAdmin, "get_search_fields", lambda self, request: ())
    form = admin_client.get(reverse("admin:mirror_shop_contact_add")).context["adminform"].form
    assert "vForeignKeyRawIdAdminField" in str(form["account"])
