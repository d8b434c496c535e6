from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from django_zcrm.testing import ZCRMEmulator
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import Invalid, NotFound
from django_zcrm.zoho.operations.results import PartialFailure


def leads(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"Last_Name": f"Lead {n}", "Company": "Acme & Söhne", **more} for n in range(count)]


def test_a_record_through_its_life(crm: Client) -> None:
    made = crm.records.create_one("Leads", {"Last_Name": "王 & co", "Company": "Acme"})
    assert (made.ok, made.code) == (True, "SUCCESS")
    assert crm.records.get("Leads", made.id)["Last_Name"] == "王 & co"
    crm.records.update_one("Leads", made.id, {"Company": "Other"})
    assert crm.records.get("Leads", made.id, fields=["Company"])["Company"] == "Other"
    assert crm.records.delete_one("Leads", made.id).ok
    with pytest.raises(NotFound):
        crm.records.get("Leads", made.id)
    deleted = {row["id"] for row in crm.records.deleted("Leads")}
    assert made.id in deleted
    assert made.id in {row["id"] for row in crm.records.deleted("Leads", type="recycle")}
    assert made.id not in {row["id"] for row in crm.records.deleted("Leads", type="permanent")}


@pytest.mark.slow
def test_list_returns_more_than_2000_rows(crm: Client, zoho: ZCRMEmulator) -> None:
    before = {row["id"] for row in crm.records.list("Contacts", fields=["Last_Name"])}
    made = crm.records.create(
        "Contacts", [{"Last_Name": f"C {n}"} for n in range(2_250)], trigger=[]
    ).raise_for_failures()
    assert len(made) == len(set(made.ids)) == 2_250
    zoho.forget_requests()
    rows = list(crm.records.list("Contacts", fields=["Last_Name"]))
    assert {row["id"] for row in rows} == before | set(made.ids)
    assert len(rows) == len(before) + 2_250
    version = crm.session.version
    requests = zoho.requests_to("*", f"/crm/{version}/Contacts")
    assert len(requests) == -(-len(rows) // 200)
    assert all("page_token" in each.params for each in requests[1:]) is (version == "v8")


def test_a_list_without_fields(crm: Client, zoho: ZCRMEmulator) -> None:
    zoho.forget_requests()
    rows = list(crm.records.list("Leads", per_page=50))
    assert rows
    assert all("Last_Name" in row for row in rows)
    asked_fields = zoho.requests_to("*", "*/settings/fields")
    assert len(asked_fields) == (0 if crm.session.version == "v2" else 1)


def test_list_returns_the_requested_page(crm: Client) -> None:
    page = crm.records.list("Leads", fields=["Last_Name"], page=2, per_page=7)
    assert len(page.rows) == len(list(page)) == 7
    assert page.info["page"] == 2
    assert page.more_records


def test_list_accepts_its_parameters(crm: Client) -> None:
    ids = [row["id"] for row in crm.records.list("Leads", fields=["id"], page=1, per_page=3)]
    leads = crm.records.list("Leads", fields=["Last_Name"], ids=ids)
    assert {row["id"] for row in leads} == set(ids)
    oldest = crm.records.list(
        "Leads", fields=["Created_Time"], sort_by="Created_Time", sort_order="asc", per_page=5
    )
    times = [datetime.fromisoformat(row["Created_Time"]) for row in oldest.rows]
    assert times == sorted(times)
    future = datetime.now(UTC) + timedelta(days=400)
    assert not crm.records.list("Leads", fields=["id"], if_modified_since=future)


def test_create_and_update_more_than_a_call_takes(crm: Client) -> None:
    records = leads(250)
    records[120]["Email"] = "no address"
    made = crm.records.create("Leads", records)
    assert [outcome.index for outcome in made] == list(range(250))
    assert [outcome.index for outcome in made.failed] == [120]
    refused = made.failed[0]
    assert isinstance(refused.error, Invalid)
    assert (refused.error.field, refused.input) == ("Email", records[120])
    with pytest.raises(PartialFailure) as caught:
        made.raise_for_failures()
    assert caught.value.result is made

    changed = crm.records.update(
        "Leads", [{"id": id_, "Company": f"C {n}"} for n, id_ in enumerate(made.ids)]
    ).raise_for_failures()
    assert changed.ids == made.ids
    assert crm.records.get("Leads", made.ids[-1])["Company"] == "C 248"

    gone = crm.records.delete("Leads", made.ids)
    assert gone.raise_for_failures().ids == made.ids


def test_refusals_name_the_field(crm: Client) -> None:
    with pytest.raises(Invalid) as caught:
        crm.records.create_one("Leads", {"Company": "Acme"})
    assert (caught.value.code, caught.value.field) == ("MANDATORY_NOT_FOUND", "Last_Name")
    result = crm.records.create("Leads", [{"Company": "Acme"}])
    assert result.failed[0].code == "MANDATORY_NOT_FOUND"


def test_upsert_action_is_insert_or_update(crm: Client) -> None:
    record = {"Last_Name": "Wong", "Company": "A", "Email": "wong@acme.example"}
    first = crm.records.upsert("Leads", [record], duplicate_check_fields=["Email"])
    second = crm.records.upsert(
        "Leads", [{**record, "Company": "B"}], duplicate_check_fields=["Email"]
    )
    assert (first[0].action, second[0].action) == ("insert", "update")
    assert first.ids == second.ids
    assert crm.records.get("Leads", first.ids[0])["Company"] == "B"


def test_search_in_all_its_ways(crm: Client) -> None:
    company = "Zeppelin, (Söhne) & Co"
    made = crm.records.create_one(
        "Leads",
        {
            "Last_Name": "Zeppelin",
            "Company": company,
            "Email": "z+1@acme.example",
            "Phone": "+49 7541 1",
        },
    )
    for query in (
        {"criteria": "(Last_Name:equals:Zeppelin)"},
        {"criteria": "(Company:equals:Zeppelin\\, \\(Söhne\\) & Co)"},
        {"criteria": "((Last_Name:starts_with:Zepp)and(Email:equals:z+1@acme.example))"},
        {"email": "z+1@acme.example"},
        {"phone": "+49 7541 1"},
        {"word": "Zeppelin"},
    ):
        leads = list(crm.records.search("Leads", **query))  # type: ignore[arg-type]
        assert [row["id"] for row in leads] == [made.id], query
    assert not crm.records.search("Leads", criteria="(Last_Name:equals:Nobody)")
    with pytest.raises(Invalid, match="INVALID_QUERY"):
        crm.records.search("Leads", criteria="nonsense")


def test_search_walks_its_pages(crm: Client) -> None:
    crm.records.create("Leads", leads(45, Lead_Source="Cold Call", City="Pagetown"))
    page = crm.records.search("Leads", criteria="(City:equals:Pagetown)", per_page=20)
    assert len(page.rows) == 20
    assert len({row["id"] for row in page}) == 45


def test_count_returns_the_number_of_records(crm: Client) -> None:
    before = crm.records.count("Leads")
    crm.records.create("Leads", leads(3, City="Countville"))
    assert crm.records.count("Leads") == before + 3
    assert crm.records.count("Leads", criteria="(City:equals:Countville)") == 3


@pytest.mark.parametrize("deal", [None, {"Deal_Name": "D", "Stage": "Qualification"}])
def test_a_lead_is_converted(crm: Client, deal: dict[str, Any] | None) -> None:
    lead = crm.records.create_one("Leads", {"Last_Name": "Wong", "Company": "Convertible"}).id
    conversion: dict[str, Any] = {"overwrite": True, "notify_lead_owner": False}
    if deal:
        conversion["Deals"] = {**deal, "Closing_Date": datetime.now(UTC).date()}
        if crm.session.version != "v2":
            conversion["Deals"]["Pipeline"] = "Standard (Standard)"
    made = crm.leads.convert(lead, conversion).details
    contact = made["Contacts"]
    contact_id = contact["id"] if isinstance(contact, dict) else contact
    assert crm.records.get("Contacts", contact_id)["Last_Name"] == "Wong"
    assert bool(made["Deals"]) is bool(deal)
    with pytest.raises(Invalid):
        crm.leads.convert(lead, {})


def test_lead_is_converted_into_existing_records(crm: Client) -> None:
    account = crm.records.create_one("Accounts", {"Account_Name": "There already"}).id
    lead = crm.records.create_one("Leads", {"Last_Name": "Wong", "Company": "Acme"}).id
    made = crm.leads.convert(lead, {"Accounts": account}).details
    lookup = made["Accounts"]
    assert (lookup["id"] if isinstance(lookup, dict) else lookup) == account


def test_options_of_a_conversion(client: Any) -> None:
    crm = client("v8")
    crm.records.create_one("Accounts", {"Account_Name": "Matching Company"})
    lead = crm.records.create_one("Leads", {"Last_Name": "W", "Company": "Matching Company"}).id
    assert crm.leads.conversion_options(lead)["Accounts"][0]["Account_Name"] == "Matching Company"


def test_list_of_unknown_module_raises(crm: Client) -> None:
    for call in (
        lambda: crm.records.get("Nonsense", "1"),
        lambda: crm.records.create("Nonsense", [{"a": 1}]),
        lambda: crm.records.list("Nonsense", fields=["id"]),
    ):
        with pytest.raises(Invalid, match="INVALID_MODULE"):
            call()
