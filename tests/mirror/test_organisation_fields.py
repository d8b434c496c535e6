"""Organisations that lack fields or modules that a model declares."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.utils import timezone

from django_zcrm.exceptions import ZCRMError
from django_zcrm.mirror import declared_fields, tenants
from django_zcrm.mirror.health_state import health_of, missing_in_words
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState, ModuleMetadata, OutboxItem
from django_zcrm.mirror.pull import steps
from django_zcrm.mirror.push import outbox
from django_zcrm.mirror.push.merging import merge
from django_zcrm.mirror.runners.due import attempt
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.calls.metadata import ModuleFields, dump_fields
from tests.mirror.clock import Clock
from tests.mirror.metadata import change_field, without_field
from tests.mirror.moving import once
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db


def test_missing_field_is_not_read_and_named(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme", Lead_Source="Web")
    without_field(zcrm_emulator, monkeypatch, "Leads", "Lead_Source")
    renamed = {"api_name": "No_of_Employes", "custom": True}
    change_field(zcrm_emulator, monkeypatch, "Leads", "No_of_Employees", **renamed)
    mirror = Mirror(Lead, connection)
    mirror.sync()
    lead = Lead.objects.get()
    assert (lead.name, lead.company, lead.source, lead.no_of_employees) == ("Fox", "Acme", "", None)
    status = mirror.status()
    assert (status.phase, status.blocked) == ("live", "")
    assert set(status.missing) == {"Lead_Source", "No_of_Employees"}
    words = missing_in_words(mirror.state)
    assert "No_of_Employees (is it No_of_Employes?)" in words
    assert "Lead_Source" in words
    assert health_of(mirror.state).kind == "wait"


def test_field_that_returns_is_read_again_although_a_worker_died_after_its_poll(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    zcrm_emulator.client().records.update("Leads", [{"id": record["id"], "Company": "Globex"}])
    clock.forward(minutes=20)  # so long that the next poll reads the record for the last time
    with monkeypatch.context() as patch:
        without_field(zcrm_emulator, patch, "Leads", "Company")
        patch.setattr(steps, "are_deletions_due", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            mirror.sync()
    assert Lead.objects.get().company == "Acme"
    assert mirror.status().missing == ("Company",)
    clock.forward(days=1, minutes=1)
    mirror.sync()
    assert Lead.objects.get().company == "Globex"
    assert mirror.status().missing == ()


@pytest.mark.parametrize("hours_ahead", [0, 1])  # the clock of the worker that read the record
@pytest.mark.parametrize("read_all", [Mirror.sync, Mirror.restart_initial_sync])
def test_field_that_returns_is_read_of_records_that_were_hidden_just_then(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    read_all: Callable[[Mirror], Any],
    hours_ahead: int,
) -> None:
    record = zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme")
    clock.forward(minutes=20)  # so long that no poll reads the record
    mirror = Mirror(Lead, connection)
    with monkeypatch.context() as patch:
        without_field(zcrm_emulator, patch, "Leads", "Company")
        mirror.sync()
    assert Lead.objects.get().company == ""
    Lead.objects.update(synced_at=timezone.now() + timedelta(hours=hours_ahead))
    ModuleMetadata.objects.update(read_at=None)
    zcrm_emulator.hide(record["id"])
    read_all(mirror)
    assert mirror.status().missing == ()
    zcrm_emulator.hide()
    clock.forward(minutes=20)
    mirror.reconcile()
    lead = Lead.objects.get()
    assert (lead.company, lead.zoho_state) == ("Acme", "live")
    assert lead.zoho_modified_time is not None


def test_required_field_that_returns_ends_the_block_at_the_next_retry(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    declare: Any,
) -> None:
    declare(Lead, required=["name", "company"])
    mirror = Mirror(Lead, connection)
    mirror.sync()
    clock.forward(days=1, minutes=1)
    with monkeypatch.context() as patch:
        without_field(zcrm_emulator, patch, "Leads", "Company")
        with pytest.raises(
            ZCRMError, match=r"field Company in Zoho: remove it from Lead\.Zoho\.required"
        ):
            mirror.sync()
    assert (mirror.state.phase, mirror.state.blocked) == ("blocked", "unknown_field")
    clock.forward(hours=1)
    mirror.sync()
    assert (mirror.state.phase, mirror.state.blocked) == ("live", "")


def test_alias_reads_and_sends_field_that_organisation_has(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    declare: Any,
) -> None:
    declare(
        Lead, fields={"name": "Last_Name", "company": ["Firm", "Company"]}, push=["name", "company"]
    )
    record = zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    lead = Lead.objects.get()
    assert (lead.company, mirror.status().missing) == ("Acme", ())
    lead.company = "Brook"
    lead.save()
    mirror.sync()
    assert zcrm_emulator.client().records.get("Leads", record["id"])["Company"] == "Brook"
    assert Lead.objects.get().company == "Brook"
    assert not OutboxItem.objects.exclude(state="done").exists()
    change_field(zcrm_emulator, monkeypatch, "Leads", "Company", api_name="Firm", custom=True)
    mirror.sync()
    assert mirror.status().missing == ()
    assert mirror.state.fields == {"name": "Last_Name", "company": "Firm"}


def test_local_change_of_missing_field_fails_and_others_are_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme")
    without_field(zcrm_emulator, monkeypatch, "Leads", "Lead_Source")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    lead = Lead.objects.get()
    lead.company, lead.source = "Brook", "Web"
    lead.save()
    mirror.sync()
    assert zcrm_emulator.client().records.get("Leads", record["id"])["Company"] == "Brook"
    failed = OutboxItem.objects.get(state="failed")
    assert failed.changed == {"Lead_Source": "Web"}
    assert "has no field Lead_Source (is it Lead_Status?) in this organisation" in failed.error
    assert not OutboxItem.objects.open().exists()
    created = Lead(connection=connection, name="Wolf", company="Den", source="Fair")
    created.save()
    mirror.sync()
    created.refresh_from_db()
    assert created.zoho_id
    assert OutboxItem.objects.filter(state="failed").count() == 2


def test_change_of_missing_field_that_is_saved_during_a_push_fails(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    zcrm_emulator.create("Leads", 2, Last_Name="Fox", Company="Acme")
    without_field(zcrm_emulator, monkeypatch, "Leads", "Lead_Source")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    first, second = Lead.objects.order_by("pk")

    def merge_late(*args: Any) -> Any:
        if not second.source:
            second.source = "Web"
            second.save()
        return merge(*args)

    monkeypatch.setattr(outbox, "merge", merge_late)
    first.company = "Brook"
    first.save()
    mirror.sync()
    assert OutboxItem.objects.get(object_id=str(first.pk)).state == "done"
    assert OutboxItem.objects.get(object_id=str(second.pk)).state == "failed"


def test_missing_field_of_a_failed_creation_is_not_sent_with_a_later_change(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = Mirror(Lead, connection)
    mirror.sync()
    lead = Lead(connection=connection, name="Fox", company="Den", source="Web")
    zcrm_emulator.fail_next("records.create", code="INVALID_DATA")
    lead.save()
    mirror.sync()
    assert OutboxItem.objects.get().state == "failed"
    without_field(zcrm_emulator, monkeypatch, "Leads", "Lead_Source")
    ModuleMetadata.objects.all().delete()
    lead.company = "Acme"
    lead.save()
    mirror.sync()
    assert len(zcrm_emulator.records("Leads")) == 1
    failed = OutboxItem.objects.get(state="failed")
    assert failed.changed == {"Lead_Source": "Web"}


def test_reconnecting_checks_unavailable_module_at_once(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = Mirror(Lead, connection)
    with monkeypatch.context() as patch:
        patch.delitem(zcrm_emulator.org.metadata.modules, "Leads")
        attempt(mirror.state)
    assert timedelta(hours=23) < mirror.state.due - timezone.now() < timedelta(hours=25)
    tenants.wake_mirrors_of(connection)
    assert mirror.state.due <= timezone.now()
    attempt(mirror.state)
    assert mirror.state.phase == "live"


def test_metadata_read_while_connecting_again_is_read_again(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    mirror = Mirror(Lead, connection)
    mirror.sync()
    ModuleMetadata.objects.update(read_at=None)
    MirrorState.objects.update(due=timezone.now())

    @once
    def reconnect() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            zcrm_emulator.connect()

    def dump(fields: ModuleFields) -> dict[str, Any]:
        reconnect()  # after Zoho has responded to the former grant
        return dump_fields(fields)

    monkeypatch.setattr(declared_fields, "dump_fields", dump)
    attempt(mirror.state)
    assert ModuleMetadata.objects.get().read_at is None
    attempt(mirror.state)
    assert ModuleMetadata.objects.get().read_at is not None
