"""What the outbox holds reaches Zoho: once, in order, and whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.signals import pre_delete
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.exceptions import ConsentWithdrawn, ZCRMError
from django_zcrm.mirror import no_push
from django_zcrm.mirror.apply import apply
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.options import options_of
from django_zcrm.mirror.push.outcomes import Drained
from django_zcrm.mirror.targets import target_of
from django_zcrm.mirror.values import columns_of
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.draining import drained
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State
Send = Callable[..., Drained]


@pytest.fixture
def send(connection: Connection) -> Send:
    """A function that sends what a module's outbox holds, as a worker does; all of it is due."""

    def do(module: str = "Leads") -> Drained:
        OutboxItem.objects.open().filter(waits_for="").update(due=timezone.now())
        return drained(connection, module)

    return do


def pull(zoho: SiteEmulator, connection: Connection, module: str = "Leads") -> None:
    """Bring all records of a module in, as a delta does."""
    apply(target_of(module), connection, zoho.records(module))


def pulled(zoho: SiteEmulator, connection: Connection, **values: Any) -> Lead:
    """A lead that is in Zoho and here."""
    record = zoho.create("Leads", **{"Last_Name": "Fox", "Company": "Acme", **values})
    apply(target_of("Leads"), connection, [record])
    return Lead.objects.get(zoho_id=record["id"])


def calls(zoho: SiteEmulator, method: str, path: str = "/Leads") -> int:
    """How many requests of a method there were."""
    return sum(one.method == method and path in one.path for one in zoho.requests)


def test_a_row_is_created_changed_and_deleted(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(name="Fox", company="Acme", revenue="10.50")
    assert send().done == 1
    (record,) = zcrm_emulator.records("Leads")
    assert (record["Last_Name"], record["Annual_Revenue"]) == ("Fox", 10.5)
    lead = Lead.objects.get(pk=lead.pk)
    assert lead.zoho_id == record["id"]
    assert lead.zoho_modified_time is not None

    lead.company = "Zenith"
    lead.save()
    zcrm_emulator.advance(minutes=1)
    assert send().done == 1
    assert zcrm_emulator.records("Leads")[0]["Company"] == "Zenith"

    lead.delete()
    assert send().done == 1
    assert zcrm_emulator.records("Leads") == []
    assert OutboxItem.objects.filter(state=State.DONE).count() == 3
    assert not send()


def test_an_own_change_that_comes_back_is_nothing_new(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pulled(zcrm_emulator, connection)
    lead.company = "Zenith"
    lead.save()
    send()
    applied = apply(target_of("Leads"), connection, zcrm_emulator.records("Leads"))
    assert (applied.created, applied.updated, applied.unchanged) == (0, 0, 1)
    assert Lead.objects.get().pk == lead.pk


def test_the_changes_of_a_row_are_sent_as_one(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pulled(zcrm_emulator, connection)
    for name in ("Wolf", "Bear", "Lynx"):
        lead.name = name
        lead.save()
    lead.company = "Zenith"
    lead.save()
    send()
    record = zcrm_emulator.records("Leads")[0]
    assert (record["Last_Name"], record["Company"]) == ("Lynx", "Zenith")
    assert calls(zcrm_emulator, "PUT") == 1

    lead.name = "Wolf"
    lead.save()
    lead.name = "Lynx"
    lead.save()
    other = Lead.objects.create(name="Never")
    other.delete()
    assert send().done == 2
    assert calls(zcrm_emulator, "PUT") == 1
    assert calls(zcrm_emulator, "POST") == 0


def test_a_hundred_rows_share_a_request(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    for number in range(120):
        Lead.objects.create(name=f"Fox {number}", email=f"fox{number}@example.com")
    assert send().done == 120
    assert calls(zcrm_emulator, "POST", "/upsert") == 2
    Lead.objects.push(company="Acme")
    assert send().done == 120
    assert calls(zcrm_emulator, "PUT") == 2
    assert {one["Company"] for one in zcrm_emulator.records("Leads")} == {"Acme"}


def test_a_poison_row_keeps_no_other_back(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    rows = [Lead.objects.create(name=f"Fox {number}") for number in range(5)]
    Lead.objects.filter(pk=rows[2].pk).push(name="")
    assert (send().done, OutboxItem.objects.filter(state=State.DEAD).count()) == (4, 1)
    dead = OutboxItem.objects.get(state=State.DEAD)
    assert "MANDATORY_NOT_FOUND" in dead.error
    assert len(zcrm_emulator.records("Leads")) == 4

    # The row is put right, and goes to Zoho with all that it has.
    lead = Lead.objects.get(pk=rows[2].pk)
    lead.name = "Better"
    lead.save()
    assert send().dead == 0
    assert Lead.objects.get(pk=lead.pk).zoho_id
    assert len(zcrm_emulator.records("Leads")) == 5


def test_a_request_that_is_refused_as_a_whole_is_split(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    for number in range(4):
        Lead.objects.create(name=f"Fox {number}")
    zcrm_emulator.fail_next("records.create", times=2, code="INVALID_DATA", message="no")
    assert send().done == 4
    assert calls(zcrm_emulator, "POST") == 5  # 4; 2, 1, 1; 2
    assert len(zcrm_emulator.records("Leads")) == 4


@pytest.mark.parametrize(
    "fault", [{"code": "TOO_MANY_REQUESTS"}, {"drop": "before"}, {"code": "INTERNAL_ERROR"}]
)
def test_what_passes_is_sent_later(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, fault: dict[str, Any]
) -> None:
    Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next("records.create", times=None, **fault)
    try:
        send()
    except ZCRMError:
        item = OutboxItem.objects.get()
        assert item.state in OutboxItem.OPEN
        assert item.due > timezone.now() + timedelta(seconds=15)
    zcrm_emulator.stop_failing()
    while send():
        pass
    assert len(zcrm_emulator.records("Leads")) == 1
    assert Lead.objects.get().zoho_id


def test_without_consent_the_changes_stay(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    Lead.objects.create(name="Fox")
    zcrm_emulator.revoke()
    zcrm_emulator.expire_access_tokens()
    with pytest.raises(ConsentWithdrawn):
        send()
    assert OutboxItem.objects.get().state == State.NEW


@pytest.mark.parametrize("email", ["fox@example.com", None], ids=["matched", "unmatched"])
@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_lost_answer_makes_no_duplicate(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, email: str | None, drop: str
) -> None:
    for number in range(3):
        Lead.objects.create(name=f"Fox {number}", email=email and f"{number}{email}")
    zcrm_emulator.fail_next(f"records.{'upsert' if email else 'create'}", drop=drop)
    assert send().unsure == 3
    assert {item.state for item in OutboxItem.objects.all()} == {State.UNSURE}
    send()
    records = zcrm_emulator.records("Leads")
    assert sorted(one["Last_Name"] for one in records) == ["Fox 0", "Fox 1", "Fox 2"]
    for record in records:
        assert Lead.objects.get(name=record["Last_Name"]).zoho_id == record["id"]
    assert {item.state for item in OutboxItem.objects.all()} == {State.DONE}


def test_equal_rows_get_a_record_each(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    for _ in range(3):
        Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next("records.create", drop="after")
    send()
    send()
    assert len(zcrm_emulator.records("Leads")) == 3
    assert Lead.objects.exclude(zoho_id=None).count() == 3


def test_what_cannot_be_known_is_said(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next("records.create", drop="after")
    send()
    zcrm_emulator.create("Leads", Last_Name="Fox")
    assert send().dead == 1
    assert "cannot be known" in OutboxItem.objects.get().error
    assert len(zcrm_emulator.records("Leads")) == 2


def test_a_lost_answer_of_an_update_and_of_a_deletion(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead, other = (pulled(zcrm_emulator, connection, Last_Name=name) for name in ("Fox", "Lynx"))
    lead.name = "Wolf"
    lead.save()
    zcrm_emulator.fail_next("records.update", drop="after")
    assert send().unsure == 1
    assert send().done == 1
    assert calls(zcrm_emulator, "PUT") == 1
    other.delete()
    zcrm_emulator.fail_next("records.delete", drop="after")
    assert send().unsure == 1
    assert send().done == 1
    assert [one["Last_Name"] for one in zcrm_emulator.records("Leads")] == ["Wolf"]


@pytest.mark.parametrize("email", ["fox@example.com", None], ids=["matched", "unmatched"])
def test_a_record_that_comes_before_its_answer_is_one_row(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, email: str | None
) -> None:
    lead = Lead.objects.create(name="Fox", email=email)
    zcrm_emulator.fail_next(f"records.{'upsert' if email else 'create'}", drop="after")
    send()
    pull(zcrm_emulator, connection)
    row = Lead.objects.get()
    assert (row.pk, row.zoho_id) == (lead.pk, zcrm_emulator.records("Leads")[0]["id"])
    send()
    assert OutboxItem.objects.get().state == State.DONE
    assert len(zcrm_emulator.records("Leads")) == 1


def test_a_deleted_row_does_not_come_back_before_its_deletion_is_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    pulled(zcrm_emulator, connection).delete()
    pull(zcrm_emulator, connection)
    assert not Lead.objects.exists()
    send()
    assert zcrm_emulator.records("Leads") == []


def test_a_row_is_deleted_whose_record_came_in_before_it_was_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    Lead.objects.create(name="Fox", email="fox@example.com")
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme", Email="fox@example.com")
    pull(zcrm_emulator, connection)
    lead = Lead.objects.get()
    assert (lead.company, bool(lead.zoho_id)) == ("Acme", True)
    lead.delete()
    send()
    assert zcrm_emulator.records("Leads") == []
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()


def test_a_row_is_deleted_though_somebody_saved_it_meanwhile(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pulled(zcrm_emulator, connection)

    def save_it(instance: Lead, **kwargs: Any) -> None:  # as another process may
        other = Lead.objects.get(pk=instance.pk)
        other.company = "Zenith"
        other.save()

    pre_delete.connect(save_it, Lead)
    try:
        Lead.objects.filter(pk=lead.pk).delete()
    finally:
        pre_delete.disconnect(save_it, Lead)
    operations = OutboxItem.objects.order_by("pk").values_list("operation", flat=True)
    assert list(operations) == ["delete", "update"]
    send()
    assert zcrm_emulator.records("Leads") == []
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()


def test_a_child_waits_for_its_parent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    account = Account.objects.create(name="Acme")
    contact = Contact.objects.create(last_name="Fox", account=account)
    assert send("Contacts").later == 0
    item = OutboxItem.objects.get(module="Contacts")
    assert (item.state, item.error) == (State.NEW, f"Waits for Accounts {account.pk}.")
    assert zcrm_emulator.records("Contacts") == []
    send("Accounts")
    send("Contacts")
    record = zcrm_emulator.records("Contacts")[0]
    assert record["Account_Name"]["id"] == Account.objects.get().zoho_id
    assert Contact.objects.get(pk=contact.pk).zoho_id == record["id"]


def test_a_parent_that_never_comes(connection: Connection, send: Send) -> None:
    with no_push():
        account = Account.objects.create(name="Acme")
    Contact.objects.create(last_name="Fox", account=account)
    send("Contacts")
    item = OutboxItem.objects.get()
    assert (item.state, item.error) == (
        State.DEAD,
        f"Accounts {account.pk} is not in Zoho, and nothing is to create it there.",
    )


def test_two_rows_for_one_record(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    pulled(zcrm_emulator, connection, Email="fox@example.com")
    Lead.objects.create(name="Double", email="fox@example.com")
    assert send().dead == 1
    assert "the same Email" in OutboxItem.objects.get().error
    assert [one["Last_Name"] for one in zcrm_emulator.records("Leads")] == ["Fox"]


def test_a_value_moves_from_a_deleted_row_to_a_new_one(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    pulled(zcrm_emulator, connection, Email="fox@example.com").delete()
    Lead.objects.create(name="Heir", email="fox@example.com")
    assert send().done == 2
    (record,) = zcrm_emulator.records("Leads")
    assert record["Last_Name"] == "Heir"
    assert Lead.objects.get().zoho_id == record["id"]


def test_what_was_refused_and_put_right_is_compared_with_what_zoho_has(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pulled(zcrm_emulator, connection, Last_Name="Fox", Email="fox@example.com")
    for email in ("nonsense", "more nonsense"):
        lead.email = email
        lead.save()
        assert send().dead == 1
    lead.email = "wolf@example.com"
    lead.save()
    send()
    assert zcrm_emulator.records("Leads")[0]["Email"] == "wolf@example.com"
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()


def test_what_was_refused_does_not_keep_back_another_field(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pulled(zcrm_emulator, connection, Last_Name="Fox", Email="fox@example.com")
    lead.email = "nonsense"
    lead.save()
    send()
    lead.name = "Wolf"
    lead.save()
    assert send().done == 1
    assert zcrm_emulator.records("Leads")[0]["Last_Name"] == "Wolf"
    assert OutboxItem.objects.get(state=State.DEAD).changed == {"Email": "nonsense"}


def test_a_change_while_another_is_being_sent_follows_it(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next("records.create", drop="after")
    send()
    lead.name = "Wolf"
    lead.save()
    while send():
        pass
    assert [one["Last_Name"] for one in zcrm_emulator.records("Leads")] == ["Wolf"]
    assert calls(zcrm_emulator, "POST") == 1


def test_a_row_that_is_deleted_while_it_is_created(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(name="Fox")
    send()
    # Its id was committed after the row's deletion had read it.
    Lead.objects.filter(pk=lead.pk).delete()
    OutboxItem.objects.filter(operation="delete").update(zoho_id="", base={})
    assert send().done == 1
    assert zcrm_emulator.records("Leads") == []


@pytest.mark.parametrize("email", ["fox@example.com", None], ids=["matched", "unmatched"])
def test_records_that_zoho_shows_late(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, email: str | None
) -> None:
    zcrm_emulator.org.row_lag = 30
    lead = Lead.objects.create(name="Fox", email=email)
    zcrm_emulator.fail_next(f"records.{'upsert' if email else 'create'}", drop="after")
    send()
    zcrm_emulator.advance(seconds=0 if email else 60)  # one that is matched need not wait
    send()
    lead.name = "Wolf"
    lead.save()
    send()
    assert [one["Last_Name"] for one in zcrm_emulator.records("Leads")] == ["Wolf"]
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()


def test_a_refused_update_is_given_up_alone(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    leads = [pulled(zcrm_emulator, connection, Last_Name=f"Fox {number}") for number in range(3)]
    for lead, email in zip(leads, ["a@example.com", "nonsense", "c@example.com"], strict=True):
        Lead.objects.filter(pk=lead.pk).push(email=email)
    assert (send().done, OutboxItem.objects.get(state=State.DEAD).object_id) == (
        2,
        str(leads[1].pk),
    )
    assert "INVALID_DATA" in OutboxItem.objects.get(state=State.DEAD).error


def test_what_nobody_may_write_waits_and_reading_goes_on(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next("records.create", code="NO_PERMISSION", message="permission denied")
    assert send().later == 1
    item = OutboxItem.objects.get()
    assert (item.state, "NO_PERMISSION" in item.error) == (State.NEW, True)
    assert item.due > timezone.now() + timedelta(minutes=50)
    assert send().done == 1


def test_a_record_that_another_row_got_meanwhile(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    Lead.objects.create(name="Fox", email="fox@example.com")
    zcrm_emulator.fail_next("records.upsert", drop="after")
    send()
    (record,) = zcrm_emulator.records("Leads")
    with no_push():
        other = Lead.objects.create(name="Other", connection=connection, zoho_id=record["id"])
    assert send().dead == 1
    words = f"Zoho took it for record {record['id']}, which is row {other.pk} here."
    assert OutboxItem.objects.get().error == words
    assert Lead.objects.get(zoho_id=record["id"]) == other


@pytest.fixture
def full_name(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leads send a field that Zoho takes and ignores, since it follows from others."""
    monkeypatch.setitem(Lead.Zoho.fields, "source", "Full_Name")
    options_of.cache_clear()
    columns_of.cache_clear()
    yield
    monkeypatch.undo()
    options_of.cache_clear()
    columns_of.cache_clear()


@pytest.mark.usefixtures("full_name")
def test_a_value_that_zoho_ignores_is_told(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    caplog: pytest.LogCaptureFixture,
) -> None:
    zcrm_emulator.create("Leads", First_Name="Ann", Last_Name="Fox", Company="Acme")
    pull(zcrm_emulator, connection)
    lead = Lead.objects.get()
    lead.source, lead.company = "Wolf", "Zenith"
    lead.save()
    assert send().done == 1
    for _ in range(2):
        pull(zcrm_emulator, connection)
    lead.refresh_from_db()
    assert (lead.source, lead.company) == ("Ann Fox", "Zenith")
    item = OutboxItem.objects.get()
    assert item.state == State.DONE
    assert "has another value of Full_Name:" in item.error
    assert [one.message.count("Full_Name") for one in caplog.records] == [1]


def test_what_was_changed_in_zoho_afterwards_is_no_ignored_value(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(name="Fox", company="Acme")
    send()
    lead.refresh_from_db()
    zcrm_emulator.advance(minutes=1)
    zcrm.records.update_one("Leads", str(lead.zoho_id), {"Company": "Zenith"})
    pull(zcrm_emulator, connection)
    assert Lead.objects.get().company == "Zenith"
    assert OutboxItem.objects.get().error == ""
