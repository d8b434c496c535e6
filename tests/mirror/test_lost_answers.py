"""An answer is lost, or a record shown late: no record and no row is there twice."""

from __future__ import annotations

import pytest

from django_zcrm.mirror.models import OutboxItem
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.draining import Send, calls, pull, pulled
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State


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
    assert sorted(record["Last_Name"] for record in records) == ["Fox 0", "Fox 1", "Fox 2"]
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
    assert [record["Last_Name"] for record in zcrm_emulator.records("Leads")] == ["Wolf"]


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
    assert [record["Last_Name"] for record in zcrm_emulator.records("Leads")] == ["Wolf"]
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()
