"""Conversion of leads, in the formats of both versions."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api
from .test_pipelines import new_pipeline

DEAL = {
    "Deal_Name": "Tablets",
    "Closing_Date": "2027-01-31",
    "Stage": "Qualification",
    "Amount": 500.0,
}


def lead_of(api: Api, **more: Any) -> str:
    return api.create(
        "Leads",
        **{
            "Last_Name": "Wong",
            "First_Name": "Ann",
            "Company": "Unheard Of",
            "City": "Bern",
            "Email": "ann@unheard.example",
            "Industry": "Technology",
            "No_of_Employees": 7,
            **more,
        },
    )


def convert(api: Api, lead: str, **item: Any) -> dict[str, str | None]:
    """Convert a lead and return the ids of the resulting records."""
    answer = api.post(f"Leads/{lead}/actions/convert", {"data": [item]})
    assert answer.status_code == 200, answer.text
    row = answer.json["data"][0]
    if api.is_v2:
        assert set(row) == {"Contacts", "Deals", "Accounts"}
        return dict(row)
    assert (row["code"], row["message"]) == (
        "SUCCESS",
        "The record has been converted successfully",
    )
    return {name: detail and detail["id"] for name, detail in row["details"].items()}


def test_converted_lead_becomes_contact_account_and_deal(api: Api) -> None:
    lead = lead_of(api)
    made = convert(api, lead, Deals=DEAL)
    contact = api.record("Contacts", str(made["Contacts"]))
    account = api.record("Accounts", str(made["Accounts"]))
    deal = api.record("Deals", str(made["Deals"]))
    assert (contact["Full_Name"], contact["Email"], contact["Mailing_City"]) == (
        "Ann Wong",
        "ann@unheard.example",
        "Bern",
    )
    assert contact["Account_Name"]["id"] == account["id"]
    assert (account["Account_Name"], account["Employees"], account["Industry"]) == (
        "Unheard Of",
        7,
        "Technology",
    )
    assert (deal["Deal_Name"], deal["Amount"]) == ("Tablets", 500.0)
    assert deal["Contact_Name"]["id"] == contact["id"]
    assert deal["Account_Name"]["id"] == account["id"]


def test_conversion_response_of_v8_has_names(v8: Api) -> None:
    answer = v8.post(f"Leads/{lead_of(v8)}/actions/convert", {"data": [{}]})
    details = answer.json["data"][0]["details"]
    assert details["Contacts"]["name"] == "Ann Wong"
    assert details["Accounts"]["name"] == "Unheard Of"
    assert details["Deals"] is None


def test_converted_lead_is_hidden(api: Api) -> None:
    lead = lead_of(api)
    made = convert(api, lead)
    assert made["Deals"] is None

    def listed(**params: str) -> set[str]:
        return {row["id"] for row in api.rows("Leads", "id", **params)}

    assert lead not in listed()
    assert listed(converted="true") == {lead}
    assert lead in listed(converted="both")
    assert api.get("Leads/search", email="ann@unheard.example").status_code == 204
    found = api.get("Leads/search", email="ann@unheard.example", converted="true")
    assert found.status_code == 200
    assert api.get(f"Leads/{lead}").status_code == 204
    [record] = api.get(f"Leads/{lead}", converted="true").json["data"]
    if api.is_v2:
        assert record["$converted"] is True
        assert record["$converted_detail"]["contact"] == made["Contacts"]
    else:
        assert record["Converted__s"] is True
        assert record["Converted_Contact"]["id"] == made["Contacts"]
        assert record["Converted_Date_Time"]


def test_lead_is_converted_once(api: Api) -> None:
    lead = lead_of(api)
    convert(api, lead)
    answer = api.post(f"Leads/{lead}/actions/convert", {"data": [{}]})
    assert (answer.status_code, answer.json["code"]) == (400, "ID_ALREADY_CONVERTED")
    answer = api.put(f"Leads/{lead}", {"data": [{"City": "Rom"}]})
    assert answer.json["data"][0]["code"] == "CONVERTED_RECORD"


def test_lead_is_converted_into_existing_records(api: Api) -> None:
    account = api.create("Accounts", Account_Name="Old", Industry="Consulting")
    contact = api.create("Contacts", Last_Name="Old", Email="old@old.example")
    made = convert(api, lead_of(api), Accounts=api.lookup(account), Contacts=api.lookup(contact))
    assert (made["Accounts"], made["Contacts"]) == (account, contact)
    assert api.record("Contacts", contact)["Last_Name"] == "Old"
    convert(
        api,
        lead_of(api),
        Accounts=api.lookup(account),
        Contacts=api.lookup(contact),
        overwrite=True,
    )
    assert api.record("Contacts", contact)["Last_Name"] == "Wong"
    assert api.record("Accounts", account)["Industry"] == "Technology"


def test_account_of_the_same_name_is_used(api: Api) -> None:
    account = api.create("Accounts", Account_Name="Unheard Of")
    assert convert(api, lead_of(api))["Accounts"] == account


def test_lead_without_a_company_makes_no_account(api: Api) -> None:
    assert convert(api, lead_of(api, Company=None))["Accounts"] is None


def test_converted_records_belong_to_the_assignee(api: Api) -> None:
    first, second = [user.id for user in api.org.users.values() if user.status == "active"][:2]
    made = convert(api, lead_of(api, Owner={"id": first}), assign_to=api.lookup(second), Deals=DEAL)
    for module, record in made.items():
        assert api.record(module, str(record))["Owner"]["id"] == second


def test_conversion_moves_tags_notes_and_files(api: Api) -> None:
    lead = lead_of(api, Tag=[{"name": "Hot"}, {"name": "Fair"}])
    api.post(f"Leads/{lead}/Notes", {"data": [{"Note_Content": "N"}]})
    api.upload(f"Leads/{lead}/Attachments", ("a.txt", b"a"))
    api.create("Tasks", Subject="Call", What_Id=api.lookup(lead))
    made = convert(
        api,
        lead,
        Deals=DEAL,
        carry_over_tags={"Contacts": ["Hot"], "Deals": ["Fair"]},
        move_attachments_to={"api_name": "Deals"},
    )
    names = {
        module: [tag["name"] for tag in api.record(module, str(record))["Tag"]]
        for module, record in made.items()
    }
    assert names == {"Contacts": ["Hot"], "Deals": ["Fair"], "Accounts": []}
    contact, deal = made["Contacts"], made["Deals"]
    assert api.rows(f"Contacts/{contact}/Notes")
    assert api.rows(f"Deals/{deal}/Attachments")
    assert api.rows(f"Contacts/{contact}/Tasks")


def test_conversion_with_an_incomplete_deal_is_refused(v2: Api, v8: Api) -> None:
    for api, status in ((v2, 202), (v8, 400)):
        lead = lead_of(api)
        for deal, code in (
            ({"Deal_Name": "X"}, "MANDATORY_NOT_FOUND"),
            ({**DEAL, "Amount": "much"}, "INVALID_DATA"),
            ({**DEAL, "Stage": 5}, "INVALID_DATA"),
        ):
            answer = api.post(f"Leads/{lead}/actions/convert", {"data": [{"Deals": deal}]})
            assert (answer.status_code, answer.json["data"][0]["code"]) == (status, code)
        assert not api.get("Contacts/search", email="ann@unheard.example").data
    assert answer.json["data"][0]["details"]["json_path"] == "$.data[0].Deals.Stage"


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ({"carry_over_tags": "x"}, "carry_over_tags"),
        ({"carry_over_tags": {"Contacts": "x"}}, "carry_over_tags.Contacts"),
        ({"move_attachments_to": "Deals"}, "move_attachments_to"),
        ({"move_attachments_to": {"api_name": "Nowhere"}}, "move_attachments_to.api_name"),
    ],
)
def test_conversion_with_invalid_options_is_refused(
    item: dict[str, Any], path: str, v8: Api
) -> None:
    answer = v8.post(f"Leads/{lead_of(v8)}/actions/convert", {"data": [item]})
    assert answer.status_code == 400
    assert answer.json["data"][0]["details"]["json_path"] == f"$.data[0].{path}"


@pytest.mark.parametrize(
    "item",
    [
        {"carry_over_tags": None, "move_attachments_to": None},
        {"carry_over_tags": {"Contacts": None, "Accounts": {"any": "thing"}}},
        {"move_attachments_to": {}},
    ],
)
def test_conversion_body_of_the_descriptions_is_accepted(item: dict[str, Any], v8: Api) -> None:
    convert(v8, lead_of(v8), **item)


def test_attachments_are_moved_to_the_named_module(v8: Api) -> None:
    modules = v8.get("settings/modules").json["modules"]
    accounts = next(module["id"] for module in modules if module["api_name"] == "Accounts")
    lead = lead_of(v8)
    v8.upload(f"Leads/{lead}/Attachments", ("a.txt", b"one"))
    made = convert(v8, lead, move_attachments_to={"id": accounts})
    listed = v8.get(f"Accounts/{made['Accounts']}/Attachments", fields="File_Name").json["data"]
    assert [row["File_Name"] for row in listed] == ["a.txt"]


def test_conversion_with_a_duplicate_value_is_refused(v8: Api) -> None:
    v8.create("Contacts", Last_Name="X", External_Reference="U-1")
    lead = lead_of(v8, External_Reference="U-1")
    answer = v8.post(f"Leads/{lead}/actions/convert", {"data": [{}]})
    assert answer.json["data"][0]["code"] == "DUPLICATE_DATA"


def test_unknown_id_is_refused(v2: Api, v8: Api) -> None:
    for api in (v2, v8):
        assert api.post("Leads/123/actions/convert", {"data": [{}]}).status_code == 400
        lead = lead_of(api)
        for name in ("Accounts", "Contacts", "assign_to"):
            answer = api.post(
                f"Leads/{lead}/actions/convert",
                {"data": [{name: api.lookup("3652397000009999999")}]},
            )
            assert answer.json["data"][0]["details"]["api_name"] == name
    answer = v8.post(f"Leads/{lead}/actions/convert", {"data": [{"Accounts": "123"}]})
    assert answer.json["data"][0]["details"]["expected_data_type"] == "jsonobject"


def test_conversion_options_are_listed(v8: Api) -> None:
    lead = lead_of(v8)
    assert v8.get(f"Leads/{lead}/__conversion_options").status_code == 204
    account = v8.create("Accounts", Account_Name="unheard of")
    v8.create("Deals", Deal_Name="D", Stage="Qualification", Account_Name={"id": account})
    contact = v8.create("Contacts", Last_Name="W", Email="ann@unheard.example")
    options = v8.get(f"Leads/{lead}/__conversion_options").json["__conversion_options"]
    assert [row["id"] for row in options["Accounts"]] == [account]
    assert [row["id"] for row in options["Contacts"]] == [contact]
    assert len(options["Deals"]) == 1


def test_conversion_with_a_stage_of_another_pipeline_is_refused(v8: Api) -> None:
    new_pipeline(v8, "Qualification", "Closed Won")
    lead = v8.create("Leads", Last_Name="Wong", Company="Acme")
    deal = {"Deal_Name": "A", "Closing_Date": "2030-01-01", "Pipeline": "Renewals"}
    body = {"data": [{"Deals": {**deal, "Stage": "Needs Analysis"}}]}

    answer = v8.post(f"Leads/{lead}/actions/convert", body)

    assert (answer.status_code, answer.json["data"][0]["code"]) == (400, "MAPPING_MISMATCH")
    assert v8.record("Leads", lead)["Converted__s"] is False
