"""What is saved or deleted here is noted for Zoho, in the same transaction."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import connection as database
from django.db import transaction
from django.db.models import F
from django.db.models.signals import pre_delete, pre_save
from django.test.utils import CaptureQueriesContext

from django_zcrm.exceptions import ConfigurationError, NotConnected
from django_zcrm.mirror import no_push
from django_zcrm.mirror.models import MirroredRecord, OutboxItem
from django_zcrm.mirror.options import options_of
from django_zcrm.mirror.push import bulk, capture, connection_deletion
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = pytest.mark.django_db


def mirrored(connection: Connection, **values: Any) -> Lead:
    """A lead that is in Zoho, as it is read from the database."""
    number = Lead.objects.count() + 1
    with no_push():
        lead = Lead.objects.create(
            connection=connection, zoho_id=str(number), **{"name": "Fox", **values}
        )
    return Lead.objects.get(pk=lead.pk)


def noted() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """What the outbox holds, oldest first."""
    items = OutboxItem.objects.order_by("pk")
    return [(item.operation, item.changed, item.base) for item in items]


def test_a_new_row_is_noted_with_what_it_has(connection: Connection) -> None:
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
def test_a_new_row_needs_a_connection() -> None:
    with pytest.raises(NotConnected, match="no default Zoho connection") as caught:
        Lead.objects.create(name="Fox")
    assert "Lead(connection=...)" in str(caught.value)


def test_only_what_changed_is_noted_with_what_was_before(connection: Connection) -> None:
    lead = mirrored(connection, company="Acme", owner_id_in_zoho="7")
    lead.name, lead.owner_id_in_zoho = "Wolf", "8"
    lead.save()
    lead.save()
    assert noted() == [("update", {"Last_Name": "Wolf"}, {"Last_Name": "Fox"})]


def test_update_fields_deferred_fields_and_what_was_read_again(connection: Connection) -> None:
    lead = mirrored(connection, company="Acme")
    lead.name, lead.company = "Wolf", "Zenith"
    lead.save(update_fields=["company"])
    assert noted()[-1] == ("update", {"Company": "Zenith"}, {"Company": "Acme"})

    part = Lead.objects.only("name").get()
    part.company = "Deferred"
    part.save()
    assert noted()[-1] == ("update", {"Company": "Deferred"}, {"Company": "Zenith"})

    lead.refresh_from_db()
    assert lead.company == "Deferred"
    lead.save()
    lead.company = "Again"
    lead.save()
    assert noted()[-1] == ("update", {"Company": "Again"}, {"Company": "Deferred"})
    assert OutboxItem.objects.count() == 3


def test_a_row_that_is_not_in_zoho_goes_there_whole(connection: Connection) -> None:
    with no_push():
        lead = Lead.objects.create(name="Fox", company="Acme")
        lead.company = "Zenith"
        lead.save()
    assert noted() == []
    lead.email = "fox@example.com"
    lead.save()
    changed = {"Last_Name": "Fox", "Company": "Zenith", "Email": "fox@example.com"}
    assert noted() == [("create", changed, {})]
    lead.name = "Wolf"
    lead.save()
    assert noted()[1:] == [("update", {"Last_Name": "Wolf"}, {"Last_Name": "Fox"})]


def test_what_the_database_computes_is_noted(connection: Connection) -> None:
    lead = mirrored(connection, revenue=10)
    lead.revenue = F("revenue") + 5
    lead.save()
    assert noted() == [("update", {"Annual_Revenue": 15.0}, {"Annual_Revenue": 10.0})]


def test_an_instance_does_not_undo_what_the_mirror_wrote(connection: Connection) -> None:
    lead = mirrored(connection, company="Acme")
    Lead.objects.filter(pk=lead.pk).update(zoho_id="99", company="From Zoho")
    lead.name = "Wolf"
    lead.save()
    stored = Lead.objects.get()
    assert (stored.zoho_id, stored.company, stored.name) == ("99", "From Zoho", "Wolf")


def test_lookups(connection: Connection) -> None:
    with no_push():
        known = Account.objects.create(name="Acme", zoho_id="7", connection=connection)
        new = Account.objects.create(name="New")
    contact = Contact.objects.create(last_name="Fox", account=known)
    assert noted()[-1][1] == {"Last_Name": "Fox", "Account_Name": {"id": "7"}}
    contact.account = new
    contact.save()
    assert noted()[-1][1:] == (
        {"Account_Name": {"row": str(new.pk)}},
        {"Account_Name": {"id": "7"}},
    )


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_rolled_back_leaves_nothing(connection: Connection) -> None:
    lead = mirrored(connection)
    lead.name = "Wolf"
    with transaction.atomic():
        lead.save()
        Lead.objects.create(name="Never")
        Lead.objects.filter(pk=lead.pk).push(name="Bear")
        transaction.set_rollback(True)
    assert noted() == []
    lead.save()  # now it is
    assert noted() == [("update", {"Last_Name": "Wolf"}, {"Last_Name": "Fox"})]
    assert Lead.objects.get().name == "Wolf"
    lead.name = "Bear"
    lead.save()
    assert noted()[1:] == [("update", {"Last_Name": "Bear"}, {"Last_Name": "Wolf"})]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_the_project_manages_by_itself(connection: Connection) -> None:
    lead = mirrored(connection, company="Acme")
    transaction.set_autocommit(False)
    try:
        for company in ("Zenith", "Apex"):
            lead.company = company
            lead.save()
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    assert noted() == [
        ("update", {"Company": "Zenith"}, {"Company": "Acme"}),
        ("update", {"Company": "Apex"}, {"Company": "Zenith"}),
    ]


def test_deletions(connection: Connection) -> None:
    lead = mirrored(connection)
    copied = copy.copy(lead)
    lead.delete()
    assert [change[0] for change in noted()] == ["delete"]
    assert noted()[0][2]["Last_Name"] == "Fox"
    assert OutboxItem.objects.get().zoho_id == copied.zoho_id
    OutboxItem.objects.all().delete()

    mirrored(connection)
    mirrored(connection)
    Lead.objects.all().delete()
    assert [change[0] for change in noted()] == ["delete", "delete"]


def test_a_row_that_never_was_in_zoho_is_not_deleted_there(connection: Connection) -> None:
    with no_push():
        lead = Lead.objects.create(name="Fox")
    lead.delete()
    assert noted() == []
    Lead.objects.create(name="Fox").delete()
    assert [change[0] for change in noted()] == ["create", "delete"]  # nothing is sent of them


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
    mirrored(connection)
    receiver = Mock()
    if is_listened_to:
        pre_delete.connect(receiver)
    if origin == "team":  # which nothing here knows of
        monkeypatch.setattr(connection_deletion, "_connections", lambda *given: [])
    inserted = Mock()
    pre_save.connect(inserted, OutboxItem)
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
        pre_save.disconnect(inserted, OutboxItem)
    assert not Lead.objects.exists()
    assert noted() == []
    assert inserted.called == (origin == "team")


def test_one_statement_for_many(connection: Connection) -> None:
    for number in range(20):
        mirrored(connection, name=f"Fox {number}", company="Acme" if number % 2 else "Zenith")
    new = Lead.objects.create(name="New")
    OutboxItem.objects.all().delete()
    with CaptureQueriesContext(database) as queries:
        assert Lead.objects.push(company="Zenith") == 21
    updates = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    # An UPDATE of many keys would have MariaDB wait for rows that are not meant.
    assert len(updates) == (21 if database.vendor == "mysql" else 1)
    assert len(queries) - len(updates) <= 9
    items = OutboxItem.objects.order_by("pk")
    assert {item.operation for item in items} == {"update", "create"}
    assert len(items) == 11  # the others had it already
    assert items[0].changed == {"Company": "Zenith"}
    assert items[0].base == {"Company": "Acme"}
    assert items[10].object_id == str(new.pk)
    assert Lead.objects.filter(company="Zenith").count() == 21
    with no_push():
        Lead.objects.push(company="Here")
    assert len(items.all()) == 11


def test_what_sends_nothing_says_so(connection: Connection) -> None:
    with pytest.raises(ConfigurationError, match="sends no changes"):
        MirroredRecord.objects.push(module="Leads")
    Lead.objects.bulk_create([Lead(name="Bulk", connection=connection)])
    Lead.objects.update(name="Set")
    assert noted() == []


def test_a_runner_is_woken(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[tuple[int, str]] = []
    monkeypatch.setattr(capture, "wake", lambda *whom: woken.append(whom))
    lead = Lead.objects.create(name="Fox")
    lead.save()  # of which there is nothing to be sent
    assert woken == [(connection.pk, "Leads")]


def test_a_column_of_ones_own_may_go_along(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrored(connection)
    fields = {"company": "Company"}
    options = replace(options_of(Lead), fields=fields, push=("company",))
    monkeypatch.setattr(bulk, "options_of", lambda model: options)
    Lead.objects.push(company="Zenith", no_of_employees=5)
    assert noted() == [("update", {"Company": "Zenith"}, {"Company": None})]
    assert Lead.objects.get().no_of_employees == 5


@pytest.mark.parametrize(
    "values",
    [{"zoho_id": "9"}, {"no_of_employees": 4}, {"name": "Wolf", "no_of_employees": 4}],
)
def test_what_would_not_reach_zoho_is_refused(
    connection: Connection, values: dict[str, Any]
) -> None:
    lead = mirrored(connection)
    with pytest.raises(ConfigurationError, match=list(values)[-1]):
        Lead.objects.push(**values)
    with pytest.raises(TypeError, match="Cannot push once a slice has been taken"):
        Lead.objects.all()[:2].push(name="Wolf")
    assert Lead.objects.values().get() == Lead.objects.filter(zoho_id=lead.zoho_id).values().get()
    assert Lead.objects.get().name != "Wolf"
    assert noted() == []
