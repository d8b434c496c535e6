"""Typed records written in numbers: instances and dicts of attributes, converted as by save()."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator, emulate
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import ConfigurationError
from tests.app.records.shop import Lead, LeadStatus
from tests.wire.writes.driver import both


@pytest.fixture
def zoho() -> Iterator[ZCRMEmulator]:
    with emulate(data="empty") as emulator:
        yield emulator


@pytest.fixture
def crm(zoho: ZCRMEmulator) -> Client:
    return zoho.client()


@both
def test_create_returns_an_instance_that_knows_its_id(write: Any, crm: Client) -> None:
    leads = Lead.objects.using(crm)
    lead = write(leads, "create", last_name="Wong", status=LeadStatus.LOST, revenue=Decimal("10.5"))
    assert isinstance(lead, Lead)
    assert lead == leads.get()
    assert lead.modified is not None
    assert lead.changed_fields == ()
    lead.company = "Acme"
    assert lead.save().changed_fields == ()
    with pytest.raises(TypeError, match="no field 'lastname'"):
        write(leads, "create", lastname="Wong")
    with pytest.raises(ConfigurationError, match="last_name is required"):
        write(leads, "create", company="Acme")


@both
def test_instances_and_dicts_are_created_and_instances_learn_their_ids(
    write: Any, zoho: ZCRMEmulator, crm: Client
) -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    rows: list[Any] = [
        Lead(last_name="Wong", demo_at=moment),
        {"last_name": "Kim", "status": LeadStatus.CONTACTED, "Company": "Acme"},
    ]
    result = write(Lead.objects.using(crm), "bulk_create", rows)
    assert (len(result.accepted), result.ids) == (2, [lead["id"] for lead in zoho.records("Leads")])
    assert rows[0].id == result[0].id
    assert rows[0].changed_fields == ()
    assert rows[0].save().refresh().demo_at == moment
    stored = zoho.records("Leads")[1]
    assert (stored["Lead_Status"], stored["Company"]) == ("Contacted", "Acme")


def test_datetime_in_local_mean_time_is_written(crm: Client) -> None:
    moment = datetime(1890, 1, 2, tzinfo=ZoneInfo("Europe/Berlin"))  # an offset of 0:53:28
    leads = Lead.objects.using(crm)
    leads.create(last_name="Wong", demo_at=moment)
    assert leads.get().demo_at == moment


@both
def test_rows_with_wrong_values_fail_without_being_sent(
    write: Any, zoho: ZCRMEmulator, crm: Client
) -> None:
    rows: list[Any] = [
        {"last_name": "Wong", "revenue": "much"},
        {"last_name": "Kim", "compny": "Acme"},
        {"company": "Acme"},
        {"last_name": None},
        {"last_name": "Lee", "modified": datetime.now(UTC)},
        "Lee",
        {"last_name": "Good"},
    ]
    result = write(Lead.objects.using(crm), "bulk_create", rows)
    assert [outcome.code for outcome in result] == ["NOT_SENT"] * 6 + ["SUCCESS"]
    assert [str(outcome.error) for outcome in result.failed] == [
        "Lead.revenue takes a Decimal, an int or a float, not str.",
        "Lead has no field 'compny'; is it company?",
        "Lead.last_name is required.",
        "Lead.last_name is required, so it cannot be None.",
        "Stamped.modified is read-only: Zoho sets it.",
        "A row is an instance of Lead or a dict, not str.",
    ]
    assert len(zoho.records("Leads")) == 1


@both
def test_upsert_matches_by_attributes(write: Any, zoho: ZCRMEmulator, crm: Client) -> None:
    leads = Lead.objects.using(crm)
    old = leads.create(last_name="Wong", email="wong@acme.example")
    new = Lead(last_name="Kim", email="kim@acme.example", languages=["German"])
    rows = [{"email": "wong@acme.example", "last_name": "Lee"}, new]
    result = write(leads, "upsert", rows, on=["email"])
    assert [(outcome.action, outcome.id) for outcome in result] == [
        ("update", old.id),
        ("insert", new.id),
    ]
    assert zoho.requests[-1].json["duplicate_check_fields"] == ["Email"]
    assert old.refresh().last_name == "Lee"
    assert new.refresh().languages == ["German"]


@both
def test_bulk_update_sends_the_fields_named_and_keeps_other_changes(
    write: Any, zoho: ZCRMEmulator, crm: Client
) -> None:
    leads = Lead.objects.using(crm)
    lead = leads.create(last_name="Wong", company="Acme")
    unread = leads.only("last_name").get()
    lead.company, lead.last_name = "Ajax", "Lee"
    result = write(leads, "bulk_update", [lead, unread, {"id": lead.id, "company": 5}], ["company"])
    assert [str(outcome.error) for outcome in result] == [
        "None",
        "Lead.company was not read.",
        "Lead.company takes a string, not int.",
    ]
    assert zoho.requests[-1].json["data"] == [{"id": lead.id, "Company": "Ajax"}]
    assert lead.changed_fields == ("last_name",)
    with pytest.raises(ConfigurationError, match="no field 'compny'"):
        write(leads, "bulk_update", [lead], ["compny"])


@both
def test_bulk_update_of_undeclared_field_fails_without_being_sent(
    write: Any, zoho: ZCRMEmulator, crm: Client
) -> None:
    zoho.create("Leads", Last_Name="Wong", Mobile="1")
    leads = Lead.objects.using(crm)
    lead = leads.get()
    rows = [lead, Lead(id=lead.id), {"id": lead.id, "Mobile": "2"}]
    result = write(leads, "bulk_update", rows, ["Mobile"])
    assert [str(outcome.error) for outcome in result] == [
        "Lead does not declare Mobile.",
        "Lead does not declare Mobile.",
        "None",
    ]
    assert zoho.requests[-1].json["data"] == [{"id": lead.id, "Mobile": "2"}]


@both
def test_all_that_match_are_updated_by_attributes(
    write: Any, zoho: ZCRMEmulator, crm: Client
) -> None:
    leads = Lead.objects.using(crm)
    leads.bulk_create([Lead(last_name=f"Lead {n}", company="Acme") for n in range(3)])
    some = leads.filter(company="Acme").exclude(last_name="Lead 1")
    assert (
        len(write(some, "update", status=LeadStatus.LOST, revenue=Decimal("10.50")).accepted) == 2
    )
    assert [lead["Lead_Status"] for lead in zoho.records("Leads")] == [
        "Lost Lead",
        None,
        "Lost Lead",
    ]
    assert zoho.records("Leads")[0]["Annual_Revenue"] == 10.5
    with pytest.raises(ConfigurationError, match="revenue takes a Decimal"):
        write(some, "update", revenue="much")
    with pytest.raises(ConfigurationError, match="last_name is required"):
        write(some, "update", last_name=None)
    assert len(write(some, "delete").accepted) == 2
    assert [lead["Last_Name"] for lead in zoho.records("Leads")] == ["Lead 1"]


@both
def test_instances_are_written_in_bulk_and_learn_their_ids(
    write: Any, zoho: ZCRMEmulator, crm: Client
) -> None:
    leads = Lead.objects.using(crm)
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    rows: list[Any] = [
        Lead(last_name="Wong", email="wong@acme.example", demo_at=moment, tags=["hot"]),
        Lead(email="kim@acme.example"),
        {"last_name": "Lee", "email": "lee@acme.example", "revenue": Decimal("1.5")},
    ]
    result = write(leads, "bulk_create", rows, via="bulk")
    assert [outcome.code for outcome in result] == ["SUCCESS", "NOT_SENT", "SUCCESS"]
    wong = rows[0]
    assert (wong.id, wong.changed_fields) == (result[0].id, ())
    assert (wong.refresh().demo_at, wong.tags) == (moment, ["hot"])
    wong.company = "Acme"
    assert len(write(leads, "bulk_update", [wong], ["company"], via="bulk").accepted) == 1
    assert wong.changed_fields == ()
    rows[1].last_name = "Kim"
    again = write(result, "retry_failed")
    assert (len(again.accepted), rows[1].id) == (3, again[1].id)
    stored = zoho.records("Leads")
    assert [lead["Last_Name"] for lead in stored] == ["Wong", "Lee", "Kim"]
    assert stored[0]["Company"] == "Acme"
