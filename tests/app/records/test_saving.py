"""Typed records as they are written: what is sent, and what is not."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from django_zcrm.records import MultiSelectPicklist, Record, Reference
from django_zcrm.testing.site import SiteEmulator
from django_zcrm.testing.standalone import ZCRMEmulator, emulate
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import ConfigurationError, Invalid
from tests.app.records.shop import Account, Lead, LeadStatus, Quote
from tests.cases import check_each


@pytest.fixture
def zoho() -> Iterator[ZCRMEmulator]:
    with emulate(data="empty") as emulator:
        yield emulator


@pytest.fixture
def crm(zoho: ZCRMEmulator) -> Client:
    return zoho.client()


def list_writes(zoho: ZCRMEmulator) -> list[Any]:
    """What was written, oldest first."""
    return [
        request.json["data"][0]
        for request in zoho.requests
        if request.method in ("POST", "PUT") and "data" in (request.json or {})
    ]


def test_a_new_record_is_created(zoho: ZCRMEmulator, crm: Client) -> None:
    contact = zoho.create("Contacts")
    lead = Lead(
        last_name="Wong",
        company=None,
        status=LeadStatus.LOST,
        languages=["German"],
        number=5,
        revenue=Decimal("10.50"),
        score=7,
        opted_out=True,
        follow_up=date(2026, 3, 1),
        demo_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        referred_by=contact["id"],
    )
    assert (lead.id, lead.email, lead.revenue) == ("", None, Decimal("10.5"))
    assert lead.save(using=crm) is lead
    assert list_writes(zoho) == [
        {
            "Last_Name": "Wong",
            "Company": None,
            "Lead_Status": "Lost Lead",
            "Languages": ["German"],
            "Customer_Number": "5",
            "Annual_Revenue": 10.5,
            "Score": 7,
            "Email_Opt_Out": True,
            "Follow_Up_Date": "2026-03-01",
            "Demo_Scheduled_At": "2026-03-01T12:00:00+00:00",
            "Referred_By": {"id": contact["id"]},
        }
    ]
    assert lead == Lead.objects.using(crm).get()
    assert lead.modified is not None
    assert lead.changed_fields == ()


def test_save_sends_only_changes(zoho: ZCRMEmulator, crm: Client) -> None:
    zoho.create("Leads", Last_Name="Wong", Company="Acme", Annual_Revenue=5.0)
    lead = Lead.objects.using(crm).get()
    zoho.forget_requests()
    lead.save()
    lead.company = "Acme"
    lead.revenue = Decimal("5.00")
    assert not lead.changed_fields
    lead.save()
    assert not zoho.requests
    lead.company = "Other"
    lead.email = None
    assert set(lead.changed_fields) == {"company", "email"}
    lead.save()
    assert list_writes(zoho) == [{"Company": "Other", "Email": None}]
    lead.company = "Third"
    lead.company = "Other"
    lead.save()
    assert len(zoho.requests) == 1


def test_lists_that_are_changed_in_place_are_noticed(zoho: ZCRMEmulator, crm: Client) -> None:
    zoho.create("Leads", Languages=["German"])
    lead = Lead.objects.using(crm).get()
    assert lead.languages is not None
    lead.languages.append("English")
    assert list(lead.changed_fields) == ["languages"]
    lead.save()
    assert list_writes(zoho)[-1] == {"Languages": ["German", "English"]}
    assert lead.refresh().languages == ["German", "English"]
    assert not lead.changed_fields


def test_a_list_can_be_changed_in_place_several_times(zoho: ZCRMEmulator, crm: Client) -> None:
    zoho.create("Leads", Languages=["German"])
    lead = Lead.objects.using(crm).get()
    languages = lead.languages
    assert languages is not None
    languages.append("English")
    assert lead.changed_fields == ("languages",)
    languages.append("French")
    lead.save()
    assert list_writes(zoho)[-1] == {"Languages": ["German", "English", "French"]}
    languages.remove("German")
    lead.save()
    assert list_writes(zoho)[-1] == {"Languages": ["English", "French"]}


def test_lists_changed_in_place_are_read_by_name_and_copied(
    zoho: ZCRMEmulator, crm: Client
) -> None:
    zoho.create("Leads", Languages=["German"])
    lead = Lead.objects.using(crm).get()
    assert lead.languages is not None
    lead.languages.append("English")
    assert lead["languages"] == ["German", "English"]  # as in a template
    assert copy.copy(lead).languages == ["German", "English"]


def test_lists_that_are_read_by_name_can_be_changed_in_place(
    zoho: ZCRMEmulator, crm: Client
) -> None:
    zoho.create("Leads", Languages=["German"])
    lead = Lead.objects.using(crm).get()
    lead["languages"].append("English")
    assert lead.languages == ["German", "English"]
    assert lead.changed_fields == ("languages",)


def test_record_with_a_list_that_cannot_be_saved_is_copied(zoho: ZCRMEmulator, crm: Client) -> None:
    class Translator(Record):
        languages = MultiSelectPicklist("Languages", read_only=True)

        class Zoho:
            module = "Leads"

    zoho.create("Leads", Languages=["German", "English"])
    translator = Translator.objects.using(crm).get()
    assert translator.languages is not None
    translator.languages.sort()
    copied = copy.copy(translator)
    assert copied.languages == ["English", "German"]
    assert copied.languages is not translator.languages


def test_rows_of_a_subform_can_be_changed_in_place_several_times(
    zoho: ZCRMEmulator, crm: Client
) -> None:
    items = [{"Product_Name": {"id": zoho.create("Products")["id"]}, "Quantity": 1}]
    quote = Quote(id=zoho.create("Quotes")["id"], items=items).save(using=crm)
    assert quote.items is not None
    row = quote.items[0]
    for quantity in (2, 3):
        row["Quantity"] = quantity
        quote.save()
        assert list_writes(zoho)[-1]["Quoted_Items"][0]["Quantity"] == quantity


def test_fields_that_were_not_read_can_be_assigned(zoho: ZCRMEmulator, crm: Client) -> None:
    zoho.create("Leads", Last_Name="Wong", Company="Acme")
    lead = Lead.objects.using(crm).only("last_name").get()
    lead.company = "Acme"
    lead.save()
    assert list_writes(zoho)[-1] == {"Company": "Acme"}
    by_hand = Lead(id=lead.id, company="Third")
    by_hand.save(using=crm)
    assert list_writes(zoho)[-1] == {"Company": "Third"}


def test_save_after_a_change_in_zoho_raises_if_asked(zoho: ZCRMEmulator, crm: Client) -> None:
    zoho.create("Leads", Company="Acme")
    lead, same = (Lead.objects.using(crm).get() for _ in range(2))
    zoho.advance(minutes=5)
    lead.company = "Other"
    lead.save(unless_modified=True)
    same.company = "Third"
    with pytest.raises(Invalid) as caught:
        same.save(unless_modified=True)
    assert caught.value.code == "ALREADY_MODIFIED"
    assert same.changed_fields == ("company",)
    lead.company = "Fourth"
    lead.save(unless_modified=True)
    partly = Lead.objects.using(crm).only("company").get()
    partly.company = "x"
    with pytest.raises(ConfigurationError, match="Modified_Time of this Lead"):
        partly.save(unless_modified=True)


def test_automation_can_be_left_out(zoho: ZCRMEmulator, crm: Client) -> None:
    lead = Lead(last_name="Wong").save(using=crm, trigger=[])
    lead.company = "x"
    lead.save(trigger=["workflow"])
    assert [request.json["trigger"] for request in zoho.requests] == [[], ["workflow"]]


def test_refresh_and_delete_reach_zoho(zoho: ZCRMEmulator, crm: Client) -> None:
    lead = Lead(last_name="Wong").save(using=crm)
    crm.records.update_one("Leads", lead.id, {"Company": "Acme"})
    lead.last_name = "Changed"
    assert (lead.refresh().company, lead.last_name, lead.changed_fields) == ("Acme", "Wong", ())
    twin = Lead.objects.using(crm).get()
    lead.delete()
    assert lead.id == ""
    assert Lead.objects.using(crm).count() == 0
    with pytest.raises(Lead.DoesNotExist, match="no longer in Zoho"):
        twin.refresh()
    for unsaved in (lead.refresh, lead.delete):
        with pytest.raises(ConfigurationError, match="has not been saved"):
            unsaved()


def test_async_methods_save_records(zoho: ZCRMEmulator, crm: Client) -> None:
    async def work() -> None:
        lead = await Lead(last_name="Wong").asave(using=crm)
        lead.company = "Acme"
        await lead.asave()
        await lead.arefresh()
        assert lead.company == "Acme"
        stored = await crm.aio.objects(Lead).aget()
        await stored.adelete()
        assert await crm.aio.objects(Lead).acount() == 0

    asyncio.run(work())


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"company": 7}, r"Lead.company takes a string, not int"),
    ({"employees": "4"}, r"Lead.employees takes an int, not str"),
    ({"employees": True}, r"takes an int, not bool"),
    ({"revenue": "10"}, r"takes a Decimal, an int or a float"),
    ({"revenue": float("nan")}, r"takes a Decimal"),
    ({"opted_out": "yes"}, r"takes True or False"),
    ({"follow_up": "2026-03-01"}, r"takes a date, not str"),
    ({"follow_up": datetime(2026, 3, 1, tzinfo=UTC)}, r"takes a date, not datetime"),
    ({"demo_at": date(2026, 3, 1)}, r"takes a datetime with a time zone, not date"),
    ({"demo_at": datetime(2026, 3, 1)}, r"takes a datetime with a time zone"),
    ({"status": "Unknown"}, r"takes a value of LeadStatus, not str"),
    ({"languages": "German"}, r"takes a list of strings, not str"),
    ({"referred_by": "Ada"}, r"takes a record, its id, or a Reference, not str"),
    ({"last_name": None}, r"Lead.last_name is required"),
]


@check_each(("values", "message"), WRONG)
def test_wrong_values_are_refused_at_once(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        Lead(**values)
    assert "2026" not in str(caught.value)


def test_save_with_invalid_values_raises(crm: Client, zoho: ZCRMEmulator) -> None:
    with pytest.raises(ConfigurationError, match=r"Lead.last_name is required"):
        Lead(company="Acme").save(using=crm)
    with pytest.raises(TypeError, match=r"Lead\(\) has no field 'compny'"):
        Lead(compny="x")
    with pytest.raises(AttributeError, match="read-only"):
        Lead(created=datetime.now(UTC))
    lead = Lead(last_name="Wong")
    with pytest.raises(AttributeError, match="read-only"):
        lead.per_employee = Decimal(1)  # type: ignore[assignment]
    with pytest.raises(TypeError, match="no hash"):
        hash(lead)
    assert lead != Lead(last_name="Wong")
    assert not zoho.requests
    lead.save(using=crm)
    back = pickle.loads(pickle.dumps(lead))  # noqa: S301
    back.company = "x"
    with pytest.raises(ConfigurationError, match="name one, as in save"):
        back.save()
    back.save(using=crm)
    assert lead.refresh().company == "x"


def test_a_copy_of_an_unsaved_record_can_be_changed() -> None:
    lead = Lead(revenue=5)
    for copied in (copy.deepcopy(lead), pickle.loads(pickle.dumps(lead))):  # noqa: S301
        copied.revenue = 6
        assert (copied.revenue, copied.changed_fields) == (6, ("revenue",))


def test_save_refused_by_zoho_keeps_changes(crm: Client) -> None:
    lead = Lead(last_name="Wong").save(using=crm)
    lead.email = "no address"
    with pytest.raises(Invalid):
        lead.save()
    assert lead.changed_fields == ("email",)
    lead.email = "wong@acme.example"
    assert lead.save().changed_fields == ()


def test_a_deleted_record_can_be_created_again(crm: Client, zoho: ZCRMEmulator) -> None:
    zoho.create("Leads", Last_Name="Wong", Company="Acme", Annual_Revenue=10.5)
    lead = Lead.objects.using(crm).get()
    lead.delete()
    lead.company = "Quokka"
    lead.save()
    (stored,) = zoho.records("Leads")
    values = [stored[name] for name in ("id", "Last_Name", "Company", "Annual_Revenue")]
    assert values == [lead.id, "Wong", "Quokka", 10.5]
    assert lead.changed_fields == ()


def test_texts_and_long_integers_take_members_of_enums(crm: Client, zoho: ZCRMEmulator) -> None:
    class Language(str, Enum):  # noqa: UP042 - StrEnum has another str()
        GERMAN = "German"

    class Number(int, Enum):
        FIVE = 5

    Lead(last_name="Wong", company=Language.GERMAN, languages=[Language.GERMAN]).save(using=crm)
    assert list_writes(zoho) == [
        {"Last_Name": "Wong", "Company": "German", "Languages": ["German"]}
    ]
    assert Lead(number=Number.FIVE)._to_zoho() == {"Customer_Number": "5"}


def test_lookups_take_records(crm: Client, zoho: ZCRMEmulator) -> None:
    account = Account(name="Acme").save(using=crm)
    contact = zoho.create("Contacts", Last_Name="Abel")
    lead = Lead(last_name="Wong", referred_by=Reference(contact["id"])).save(using=crm)
    assert lead.refresh().referred_by == Reference(contact["id"])
    assert lead.referred_by != Reference(account.id)
    lead.referred_by = None
    assert lead.save().refresh().referred_by is None


@pytest.mark.django_db
def test_new_records_go_to_the_default_connection(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    lead = Lead(last_name="Wong").save()
    assert zcrm_emulator.record("Leads", lead.id) is not None
