"""What is saved or deleted here is noted for Zoho, in the same transaction."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import pytest
from django.core import serializers
from django.db import connection as database
from django.db import transaction
from django.db.models import F
from django.db.models.signals import pre_delete
from django.test.utils import CaptureQueriesContext

from django_zcrm.exceptions import ConfigurationError, NotConnected
from django_zcrm.mirror import no_push
from django_zcrm.mirror.apply import apply
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.outbox import capture, connection_deletion, items
from django_zcrm.mirror.targets import target_of
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.capturing import list_changes, mirror_lead
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = pytest.mark.django_db


def test_new_row_is_captured_with_its_values(connection: Connection) -> None:
    lead = Lead.objects.create(name="Fox", email="fox@example.com", revenue="12.5")
    assert lead.connection == connection
    item = OutboxItem.objects.get()
    assert item.changed == {
        "Last_Name": "Fox",
        "Email": "fox@example.com",
        "Annual_Revenue": 12.5,
    }
    assert (item.operation, item.object_id, item.zoho_id) == ("create", str(lead.pk), "")
    assert (item.connection, item.match_value) == (connection, "fox@example.com")


@pytest.mark.usefixtures("zcrm_emulator")
def test_new_row_without_connection_raises() -> None:
    with pytest.raises(NotConnected, match="no default Zoho connection") as caught:
        Lead.objects.create(name="Fox")
    assert "Lead(connection=...)" in str(caught.value)


def test_row_of_a_fixture_without_organisation_sends_nothing(connection: Connection) -> None:
    lead = mirror_lead(connection)
    fixture = serializers.serialize("json", [lead]).replace(lead.zoho_organisation, "")
    with no_push():
        lead.delete()
    for loaded in serializers.deserialize("json", fixture):
        loaded.save()
    lead = Lead.objects.get()
    lead.save()
    lead.name = "Wolf"
    with pytest.raises(ConfigurationError, match="has no zoho_organisation"):
        lead.save()
    with pytest.raises(ConfigurationError, match="has no zoho_organisation"):
        Lead.objects.all().push(name="Wolf")
    assert Lead.objects.get().name == "Fox"
    lead.delete()
    assert not list_changes()


def test_deletion_by_key_belongs_to_the_organisation_of_the_row(connection: Connection) -> None:
    Lead(pk=mirror_lead(connection).pk, connection=connection).delete()
    assert OutboxItem.objects.get().organisation_id == connection.organisation_id


def test_only_what_changed_is_noted_with_what_was_before(connection: Connection) -> None:
    lead = mirror_lead(connection, company="Acme", owner_id_in_zoho="7")
    lead.name, lead.owner_id_in_zoho = "Wolf", "8"
    lead.save()
    lead.save()
    assert list_changes() == [("update", {"Last_Name": "Wolf"}, {"Last_Name": "Fox"})]


def test_update_fields_deferred_fields_and_what_was_read_again(connection: Connection) -> None:
    lead = mirror_lead(connection, company="Acme")
    lead.name, lead.company = "Wolf", "Zenith"
    lead.save(update_fields=["company"])
    assert list_changes()[-1] == ("update", {"Company": "Zenith"}, {"Company": "Acme"})

    part = Lead.objects.only("name").get()
    part.company = "Deferred"
    part.save()
    assert list_changes()[-1] == ("update", {"Company": "Deferred"}, {"Company": "Zenith"})

    lead.refresh_from_db()
    assert lead.company == "Deferred"
    lead.save()
    lead.company = "Again"
    lead.save()
    assert list_changes()[-1] == ("update", {"Company": "Again"}, {"Company": "Deferred"})
    assert OutboxItem.objects.count() == 3


def test_row_not_in_zoho_is_captured_as_creation(connection: Connection) -> None:
    with no_push():
        lead = Lead.objects.create(name="Fox", company="Acme")
        lead.company = "Zenith"
        lead.save()
    assert list_changes() == []
    lead.email = "fox@example.com"
    lead.save()
    changed = {"Last_Name": "Fox", "Company": "Zenith", "Email": "fox@example.com"}
    assert list_changes() == [("create", changed, {})]
    lead.name = "Wolf"
    lead.save()
    assert list_changes()[1:] == [("update", {"Last_Name": "Wolf"}, {"Last_Name": "Fox"})]


def test_computed_value_is_captured_with_the_value_that_it_replaces(
    connection: Connection,
) -> None:
    lead = mirror_lead(connection, revenue=10)
    Lead.objects.update(revenue=20)
    lead.revenue = F("revenue") + 5
    lead.save()
    assert list_changes() == [("update", {"Annual_Revenue": 25.0}, {"Annual_Revenue": 20.0})]


@pytest.mark.parametrize(("revenue", "sent"), [(Decimal("12.345"), 12.34), (0.1 + 0.2, 0.3)])
def test_decimal_is_captured_with_the_places_of_its_column(
    connection: Connection, revenue: Any, sent: float
) -> None:
    lead = mirror_lead(connection)
    lead.revenue = revenue
    lead.save()
    assert list_changes() == [("update", {"Annual_Revenue": sent}, {"Annual_Revenue": None})]


def test_lookup_to_a_row_is_recorded_by_its_id_or_row(connection: Connection) -> None:
    with no_push():
        known = Account.objects.create(name="Acme", zoho_id="7", connection=connection)
        new = Account.objects.create(name="New")
    contact = Contact.objects.create(last_name="Fox", account=known)
    assert list_changes()[-1][1] == {"Last_Name": "Fox", "Account_Name": {"id": "7"}}
    contact.account = new
    contact.save()
    assert list_changes()[-1][1:] == (
        {"Account_Name": {"row": str(new.pk)}},
        {"Account_Name": {"id": "7"}},
    )


def test_lookup_by_the_text_of_a_key_is_captured_as_by_the_key(connection: Connection) -> None:
    with no_push():
        accounts = [
            Account.objects.create(name=zoho_id, zoho_id=zoho_id, connection=connection)
            for zoho_id in ("7", "8")
        ]
        Contact.objects.create(
            last_name="Fox", zoho_id="3", account=accounts[0], connection=connection
        )
    contact = Contact.objects.get()
    for account in accounts:
        contact.account_id = str(account.pk)
        contact.save()
    assert list_changes() == [
        ("update", {"Account_Name": {"id": "8"}}, {"Account_Name": {"id": "7"}})
    ]


@pytest.mark.django_db(transaction=True)
def test_change_to_the_value_of_a_saved_copy_is_saved(connection: Connection) -> None:
    lead = mirror_lead(connection)
    copied = copy.copy(lead)
    copied.pk, copied.zoho_id, copied.name = None, None, "Wolf"
    copied.save()
    lead.name = "Wolf"
    lead.save()
    assert [row.name for row in Lead.objects.all()] == ["Wolf", "Wolf"]
    assert list_changes()[1:] == [("update", {"Last_Name": "Wolf"}, {"Last_Name": "Fox"})]


@pytest.mark.django_db(transaction=True)
def test_rollback_leaves_no_items(connection: Connection) -> None:
    lead = mirror_lead(connection)
    lead.name = "Wolf"
    with transaction.atomic():
        lead.save()
        Lead.objects.create(name="Never")
        Lead.objects.filter(pk=lead.pk).push(name="Bear")
        transaction.set_rollback(True)
    assert list_changes() == []
    lead.save()  # the same instance, after the rollback
    assert list_changes() == [("update", {"Last_Name": "Wolf"}, {"Last_Name": "Fox"})]
    assert Lead.objects.get().name == "Wolf"
    lead.name = "Bear"
    lead.save()
    assert list_changes()[1:] == [("update", {"Last_Name": "Bear"}, {"Last_Name": "Wolf"})]


@pytest.mark.django_db(transaction=True)
def test_change_after_a_row_was_read_again_in_a_transaction_is_saved(
    connection: Connection,
) -> None:
    lead = mirror_lead(connection)
    with transaction.atomic():
        lead.name = "Wolf"
        lead.save()
        Lead.objects.push(name="Bear")
        lead.refresh_from_db()
    lead.name = "Wolf"
    lead.save()
    assert Lead.objects.get().name == "Wolf"
    assert list_changes()[2:] == [("update", {"Last_Name": "Wolf"}, {"Last_Name": "Bear"})]


@pytest.mark.django_db(transaction=True)
def test_changes_in_a_transaction_managed_by_the_project_are_recorded(
    connection: Connection,
) -> None:
    lead = mirror_lead(connection, company="Acme")
    transaction.set_autocommit(False)
    try:
        for company in ("Zenith", "Apex"):
            lead.company = company
            lead.save()
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    assert list_changes() == [
        ("update", {"Company": "Zenith"}, {"Company": "Acme"}),
        ("update", {"Company": "Apex"}, {"Company": "Zenith"}),
    ]


def test_deleted_row_is_recorded_with_its_values(connection: Connection) -> None:
    lead = mirror_lead(connection)
    copied = copy.copy(lead)
    lead.delete()
    assert [change[0] for change in list_changes()] == ["delete"]
    assert list_changes()[0][2]["Last_Name"] == "Fox"
    assert OutboxItem.objects.get().zoho_id == copied.zoho_id
    OutboxItem.objects.all().delete()

    mirror_lead(connection)
    mirror_lead(connection)
    Lead.objects.all().delete()
    assert [change[0] for change in list_changes()] == ["delete", "delete"]


def test_deletion_forgets_times_of_children_only(connection: Connection) -> None:
    """Thus a comparison reads them again: Zoho may have restored the record."""
    time = "2026-05-01T12:00:00Z"
    accounts = [{"id": key, "Account_Name": key, "Modified_Time": time} for key in "12"]
    apply(target_of("Accounts"), connection, accounts)
    records = [
        {"id": key, "Last_Name": key, "Account_Name": {"id": account}, "Modified_Time": time}
        for key, account in (("3", "1"), ("4", "2"))
    ]
    apply(target_of("Contacts"), connection, records)

    with CaptureQueriesContext(database) as queries:
        Account.objects.filter(zoho_id="1").delete()

    without_time = Contact.objects.filter(zoho_modified_time=None)
    assert list(without_time.values_list("zoho_id", flat=True)) == ["3"]
    assert Account.objects.exclude(zoho_modified_time=None).count() == 1
    table = Contact._meta.db_table
    updates = [q for q in queries if q["sql"].startswith("UPDATE") and table in q["sql"]]
    assert len(updates) == 2  # the second one is Django's, which clears the lookup


@pytest.mark.parametrize("is_deleted", [True, False], ids=["deleted", "copied"])
def test_row_saved_again_without_key_is_a_new_one(
    connection: Connection, *, is_deleted: bool
) -> None:
    lead = mirror_lead(connection, company="Acme")
    if is_deleted:
        lead.delete()
    else:
        lead.pk, lead._state.adding = None, True
    lead.company = "Zenith"
    lead.save()
    assert list_changes()[-1] == ("create", {"Last_Name": "Fox", "Company": "Zenith"}, {})
    lead = Lead.objects.get(pk=lead.pk)
    assert (lead.zoho_id, lead.zoho_organisation) == (None, connection.organisation_id)


def test_refreshed_instance_of_a_stored_row_is_not_a_new_one(connection: Connection) -> None:
    lead = Lead(pk=mirror_lead(connection, company="Acme").pk)
    lead.refresh_from_db()
    lead.company = "Zenith"
    lead.save()
    assert list_changes() == [("update", {"Company": "Zenith"}, {"Company": "Acme"})]
    assert lead.zoho_id


def test_row_never_in_zoho_deleted_sends_nothing(connection: Connection) -> None:
    with no_push():
        lead = Lead.objects.create(name="Fox")
    lead.delete()
    assert list_changes() == []
    Lead.objects.create(name="Fox").delete()
    assert [change[0] for change in list_changes()] == ["create", "delete"]  # Zoho gets neither


@pytest.mark.parametrize("origin", ["connection", "connections", "owner", "owners", "team"])
@pytest.mark.parametrize("is_listened_to", [False, True])
def test_rows_that_go_with_their_connection_stay_in_zoho(
    zcrm_emulator: SiteEmulator,
    django_user_model: Any,
    monkeypatch: pytest.MonkeyPatch,
    origin: str,
    is_listened_to: bool,
) -> None:
    """Also where a receiver of the project's has Django read what it deletes."""
    user = django_user_model.objects.create_user("ann")
    connection = zcrm_emulator.connect(user)
    mirror_lead(connection)
    receiver = Mock()
    if is_listened_to:
        pre_delete.connect(receiver)
    if origin == "team":  # which nothing here knows of
        monkeypatch.setattr(connection_deletion, "_connections", lambda *args: [])
    inserted = Mock(wraps=items.store_item)
    monkeypatch.setattr(capture, "store_item", inserted)
    try:
        if origin == "connection":
            connection.delete()
        elif origin == "connections":
            Connection.objects.filter(pk=connection.pk).delete()
        elif origin == "owners":
            django_user_model.objects.filter(pk=user.pk).delete()
        else:
            user.delete()
    finally:
        pre_delete.disconnect(receiver)
    assert not Lead.objects.exists()
    assert list_changes() == []
    assert inserted.called == (origin == "team")


def test_save_wakes_runner(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[tuple[int, str]] = []
    monkeypatch.setattr("django_zcrm.mirror.outbox.items.wake", lambda *whom: woken.append(whom))
    lead = Lead.objects.create(name="Fox")
    lead.save()  # without a change
    assert woken == [(connection.pk, "Leads")]
