"""What Zoho refuses or ignores is reported, delays nothing else, and can be fixed."""

from __future__ import annotations

from typing import Any

import pytest

from django_zcrm import zcrm
from django_zcrm.exceptions import ConsentWithdrawn
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pushing import Send, calls, pull, pull_lead
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State


def test_failing_row_does_not_block_others(zcrm_emulator: SiteEmulator, send: Send) -> None:
    rows = [Lead.objects.create(name=f"Fox {number}") for number in range(5)]
    Lead.objects.filter(pk=rows[2].pk).push(name="")
    assert (send().done, OutboxItem.objects.filter(state=State.FAILED).count()) == (4, 1)
    failed_item = OutboxItem.objects.get(state=State.FAILED)
    assert "MANDATORY_NOT_FOUND" in failed_item.error
    assert len(zcrm_emulator.records("Leads")) == 4

    # The row is fixed, and is sent to Zoho with all that it has.
    lead = Lead.objects.get(pk=rows[2].pk)
    lead.name = "Better"
    lead.save()
    assert send().failed == 0
    assert Lead.objects.get(pk=lead.pk).zoho_id
    assert len(zcrm_emulator.records("Leads")) == 5


def test_refused_request_is_split(zcrm_emulator: SiteEmulator, send: Send) -> None:
    for number in range(4):
        Lead.objects.create(name=f"Fox {number}")
    zcrm_emulator.fail_next("records.create", times=2, code="INVALID_DATA", message="no")
    assert send().done == 4
    assert calls(zcrm_emulator, "POST") == 5  # 4; 2, 1, 1; 2
    assert len(zcrm_emulator.records("Leads")) == 4


def test_changes_without_consent_stay(zcrm_emulator: SiteEmulator, send: Send) -> None:
    Lead.objects.create(name="Fox")
    zcrm_emulator.revoke()
    zcrm_emulator.expire_access_tokens()
    with pytest.raises(ConsentWithdrawn):
        send()
    assert OutboxItem.objects.get().state == State.NEW


def test_corrected_change_is_compared_with_the_record_in_zoho(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Last_Name="Fox", Email="fox@example.com")
    for email in ("nonsense", "more nonsense"):
        lead.email = email
        lead.save()
        assert send().failed == 1
    lead.email = "wolf@example.com"
    lead.save()
    send()
    assert zcrm_emulator.records("Leads")[0]["Email"] == "wolf@example.com"
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()


def test_refused_field_does_not_hold_back_another_field(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Last_Name="Fox", Email="fox@example.com")
    lead.email = "nonsense"
    lead.save()
    send()
    lead.name = "Wolf"
    lead.save()
    assert send().done == 1
    assert zcrm_emulator.records("Leads")[0]["Last_Name"] == "Wolf"
    assert OutboxItem.objects.get(state=State.FAILED).changed == {"Email": "nonsense"}


@pytest.fixture
def full_name(declare: Any) -> None:
    """Leads send a field that Zoho ignores, because Zoho computes it from other fields."""
    declare(Lead, fields={**Lead.Zoho.fields, "source": "Full_Name"})


@pytest.mark.usefixtures("full_name")
def test_ignored_value_is_reported(
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
    assert "still has the former Full_Name:" in item.error
    assert [record.message.count("Full_Name") for record in caplog.records] == [1]


def test_value_replaced_in_the_same_second_is_not_called_read_only(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    clock = zcrm_emulator.emulator.zoho.clock
    monkeypatch.setattr(clock, "_frozen_at", clock.now())
    lead.company = "Zenith"
    lead.save()
    send()
    zcrm.records.update_one("Leads", str(lead.zoho_id), {"Company": "Acme & Sons"})
    pull(zcrm_emulator, connection)
    assert Lead.objects.get().company == "Acme & Sons"
    item = OutboxItem.objects.get()
    assert item.error.startswith("Zoho has a different Company from the one sent")
    assert item.changed == {"Company": "Zenith"}


def test_value_changed_in_zoho_afterwards_is_not_called_ignored(
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
