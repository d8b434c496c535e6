"""Zoho's Python SDK (v8), unmodified, over HTTP: every part of its scenario works as with Zoho."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.conftest import Day

Told = dict[str, Any]


@pytest.fixture(scope="session")
def told(python_day: Day) -> Told:
    return python_day.told


def test_tokens_by_code_and_by_refresh(python_day: Day, told: Told) -> None:
    granted, renewed = told["tokens"]["granted"], told["tokens"]["renewed"]
    assert granted["refresh_token"] == renewed["refresh_token"]
    assert told["tokens"]["is_another"]
    assert granted["user_name"] == f"{told['people']['one']}:{told['people']['zgid']}"
    asked = [each for each in python_day.exchanges if each.path == "/oauth/v2/token"]
    assert len(asked) == 2, "only the two starts ask for tokens"
    assert granted["api_domain"] == asked[0].json["api_domain"]


def test_people(told: Told) -> None:
    people = told["people"]
    assert people["company"] == "Brightwater Trading"
    assert people["me"] == [people["one"]] == people["users"][:1]
    assert people["count"] == people["active"] == len(people["users"]) == 6
    assert (people["role"], people["profile"]) == ("CEO", "Administrator")
    assert people["currency"] == people["currencies"][0] == "EUR"


def test_metadata(told: Told) -> None:
    found = told["metadata"]
    assert {"Leads", "Contacts", "Deals", "Projects"} <= set(found["modules"])
    assert found["module"] == ["Leads", "Leads"]
    assert found["types"]["Email"] == "email"
    assert found["types"]["Languages"] == "multiselectpicklist"
    assert found["mandatory"] == ["Last_Name"]
    assert "Chat" in found["sources"]
    assert (found["layout"], found["view"]) == ("Standard", "ALLVIEWS")
    assert "Address_Information__s" in found["sections"]
    assert found["related list"] == found["related lists"][0]
    assert {"Notes", "Attachments", "Products"} <= set(found["related lists"])


def test_records_in_all_verbs(told: Told) -> None:
    found = told["writing"]
    created, count = found["created"], found["count"]
    refusal = {
        "code": "MANDATORY_NOT_FOUND",
        "details": {"api_name": "Last_Name", "json_path": "$.data[0].Last_Name"},
    }
    assert found["mixed"] == [207, refusal, "SUCCESS"]
    assert found["read"] == {
        "Last_Name": "Several 0",
        "Email": "several0@sdk.example",
        "Lead_Source": "Chat",
        "Annual_Revenue": 1234.5,
        "Follow_Up_Date": "2027-02-28",
        "Email_Opt_Out": True,
    }
    assert found["owner"] == told["people"]["one"]
    assert found["changed"] == ["SDK", "Upserted"]
    assert found["upserted"] == ["update", "insert"]
    assert found["upserted ids"][0] == created[1]
    assert len({*created, *found["cloned"], *found["upserted ids"]}) == 5
    assert count[0] - count[1] == 3
    assert found["gone"] == 204
    assert set(found["deleted"]) == set(created)
    assert found["in the bin"].startswith(("Several", "Upserted"))


def test_pages(told: Told) -> None:
    found = told["listing"]
    assert found["first"] == 7
    assert found["seen"] == found["distinct"] == found["count"] > 50
    assert found["unchanged"] == 304


def test_search_and_coql(told: Told) -> None:
    found = told["searching"]
    assert set(found["found"]) == {"criteria", "email", "phone", "word"}
    assert all(names == ["Seeker"] for names in found["found"].values())
    assert found["nothing"] == 204
    assert (found["coql"], found["coql info"]) == (["Seeker"], [1, False])
    assert found["wrong"] == [400, "SYNTAX_ERROR"]


def test_related_records(told: Told) -> None:
    assert told["relating"] == {
        "contacts": ["Related"],
        "linked": ["SDK box"],
        "single": "SDK box",
        "left": 204,
    }


def test_conversion(told: Told) -> None:
    assert told["converting"] == {
        "became": ["Accounts", "Contacts", "Deals"],
        "contact": "Convert",
        "twice": "ID_ALREADY_CONVERTED",
    }


def test_owners_mass_update_timeline_and_blueprint(told: Told) -> None:
    found = told["overseeing"]
    assert found["owner"][0] == found["owner"][1] != told["people"]["one"]
    assert found["mass"] == ["COMPLETED", "Massville"]
    assert found["timeline"] == ["updated", "owner_reassigned", "added"]
    assert found["transitions"] == ["Start"]


def test_notes(told: Told) -> None:
    found = told["notes"]
    assert found["read"] == ["Title 0", "Naïve & “quoted”"]
    assert found["parent"][0] == found["parent"][1]
    assert found["left"] == {"Changed": "Both"}


def test_tags(told: Told) -> None:
    found = told["tags"]
    assert found["count"] == "2"
    assert found["tagged"] == ["SDK renamed", "SDK 1"]
    assert found["after"] == {"one": ["SDK 2"], "two": []}, "the renamed one was merged into SDK 2"
    assert [name for name in found["left"] if name.startswith("SDK")] == ["SDK 2"]


def test_attachments_photo_and_files(told: Told) -> None:
    name = "déjà vu & co.txt"
    assert told["files"] == {
        "attachments": {
            "listed": ["A link", name],
            "name": "d%C3%A9j%C3%A0%20vu%20%26%20co.txt",  # the SDK does not decode filename*
            "same": True,
            "left": 204,
        },
        "photo": {"same": True, "left": 204},
        "stored": {"name": name, "same": True},
    }


def test_bulk_read(python_day: Day, told: Told) -> None:
    found = told["bulk reading"]
    assert (found["state"], found["count"], found["more"]) == ("COMPLETED", 3, False)
    assert found["rows"] == [["Exported", f"City {n}"] for n in range(3)]
    (posted,) = [body["data"][0] for body in python_day.callbacks if "data" in body]
    assert (posted["id"], posted["state"]) == (found["id"], "COMPLETED")


def test_bulk_write(told: Told) -> None:
    found = told["bulk writing"]
    assert found["status"] == "COMPLETED"
    assert found["file"] == {"added": 2, "skipped": 1, "total": 3}
    assert found["rows"] == [
        ["ADDED", ""],
        ["SKIPPED", "MANDATORY_NOT_FOUND-Last_Name"],
        ["ADDED", ""],
    ]


def test_notifications(python_day: Day, told: Told) -> None:
    found = told["notifying"]
    assert found["enabled"] == ["Contacts"]
    assert found["listed"] == ["Contacts.create", "Contacts.edit"]
    assert (found["token"], found["after"], found["left"]) == ("sdk-token", ["Deals.all"], 204)
    posted = [body for body in python_day.callbacks if body.get("channel_id")]
    assert [body["operation"] for body in posted] == ["insert", "update"]
    assert all(body["ids"] == [found["contact"]] for body in posted)
    assert all(body["token"] == "sdk-token" for body in posted)


def test_nothing_went_wrong_on_the_way(python_day: Day) -> None:
    """No refusals except those that the scenario provokes."""
    refused = [(each.status, each.path) for each in python_day.exchanges if each.status >= 400]
    assert [status for status, _ in refused] == [400, 400], refused
