"""Zoho's Python SDK (v8), unmodified, over HTTP: every part of its scenario works as with Zoho."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.conftest import Day

Results = dict[str, Any]


@pytest.fixture(scope="session")
def results(python_day: Day) -> Results:
    return python_day.results


def test_tokens_by_code_and_by_refresh(python_day: Day, results: Results) -> None:
    granted, renewed = results["tokens"]["granted"], results["tokens"]["renewed"]
    assert granted["refresh_token"] == renewed["refresh_token"]
    assert results["tokens"]["is_another"]
    assert granted["user_name"] == f"{results['people']['one']}:{results['people']['zgid']}"
    exchanges = [each for each in python_day.exchanges if each.path == "/oauth/v2/token"]
    assert len(exchanges) == 2, "only the two starts ask for tokens"
    assert granted["api_domain"] == exchanges[0].json["api_domain"]


def test_people(results: Results) -> None:
    people = results["people"]
    assert people["company"] == "Brightwater Trading"
    assert people["me"] == [people["one"]] == people["users"][:1]
    assert people["count"] == people["active"] == len(people["users"]) == 6
    assert (people["role"], people["profile"]) == ("CEO", "Administrator")
    assert people["currency"] == people["currencies"][0] == "EUR"


def test_metadata(results: Results) -> None:
    metadata = results["metadata"]
    assert {"Leads", "Contacts", "Deals", "Projects"} <= set(metadata["modules"])
    assert metadata["module"] == ["Leads", "Leads"]
    assert metadata["types"]["Email"] == "email"
    assert metadata["types"]["Languages"] == "multiselectpicklist"
    assert metadata["mandatory"] == ["Last_Name"]
    assert "Chat" in metadata["sources"]
    assert (metadata["layout"], metadata["view"]) == ("Standard", "ALLVIEWS")
    assert "Address_Information__s" in metadata["sections"]
    assert metadata["related list"] == metadata["related lists"][0]
    assert {"Notes", "Attachments", "Products"} <= set(metadata["related lists"])


def test_records_in_all_verbs(results: Results) -> None:
    writing = results["writing"]
    created, count = writing["created"], writing["count"]
    refusal = {
        "code": "MANDATORY_NOT_FOUND",
        "details": {"api_name": "Last_Name", "json_path": "$.data[0].Last_Name"},
    }
    assert writing["mixed"] == [207, refusal, "SUCCESS"]
    assert writing["read"] == {
        "Last_Name": "Several 0",
        "Email": "several0@sdk.example",
        "Lead_Source": "Chat",
        "Annual_Revenue": 1234.5,
        "Follow_Up_Date": "2027-02-28",
        "Email_Opt_Out": True,
    }
    assert writing["owner"] == results["people"]["one"]
    assert writing["changed"] == ["SDK", "Upserted"]
    assert writing["upserted"] == ["update", "insert"]
    assert writing["upserted ids"][0] == created[1]
    assert len({*created, *writing["cloned"], *writing["upserted ids"]}) == 5
    assert count[0] - count[1] == 3
    assert writing["gone"] == 204
    assert set(writing["deleted"]) == set(created)
    assert writing["in the bin"].startswith(("Several", "Upserted"))


def test_pages(results: Results) -> None:
    listing = results["listing"]
    assert listing["first"] == 7
    assert listing["seen"] == listing["distinct"] == listing["count"] > 50
    assert listing["unchanged"] == 304


def test_search_and_coql(results: Results) -> None:
    searching = results["searching"]
    assert set(searching["found"]) == {"criteria", "email", "phone", "word"}
    assert all(names == ["Seeker"] for names in searching["found"].values())
    assert searching["nothing"] == 204
    assert (searching["coql"], searching["coql info"]) == (["Seeker"], [1, False])
    assert searching["wrong"] == [400, "SYNTAX_ERROR"]


def test_related_records(results: Results) -> None:
    assert results["relating"] == {
        "contacts": ["Related"],
        "linked": ["SDK box"],
        "single": "SDK box",
        "left": 204,
    }


def test_conversion(results: Results) -> None:
    assert results["converting"] == {
        "became": ["Accounts", "Contacts", "Deals"],
        "contact": "Convert",
        "twice": "ID_ALREADY_CONVERTED",
    }


def test_owners_mass_update_timeline_and_blueprint(results: Results) -> None:
    overseeing = results["overseeing"]
    assert overseeing["owner"][0] == overseeing["owner"][1] != results["people"]["one"]
    assert overseeing["mass"] == ["COMPLETED", "Massville"]
    assert overseeing["timeline"] == ["updated", "owner_reassigned", "added"]
    assert overseeing["transitions"] == ["Start"]


def test_notes(results: Results) -> None:
    notes = results["notes"]
    assert notes["read"] == ["Title 0", "Naïve & “quoted”"]
    assert notes["parent"][0] == notes["parent"][1]
    assert notes["left"] == {"Changed": "Both"}


def test_tags(results: Results) -> None:
    tags = results["tags"]
    assert tags["count"] == "2"
    assert tags["tagged"] == ["SDK renamed", "SDK 1"]
    assert tags["after"] == {"one": ["SDK 2"], "two": []}, "the renamed one was merged into SDK 2"
    assert [name for name in tags["left"] if name.startswith("SDK")] == ["SDK 2"]


def test_attachments_photo_and_files(results: Results) -> None:
    name = "déjà vu & co.txt"
    assert results["files"] == {
        "attachments": {
            "listed": ["A link", name],
            "name": "d%C3%A9j%C3%A0%20vu%20%26%20co.txt",  # the SDK does not decode filename*
            "same": True,
            "left": 204,
        },
        "photo": {"same": True, "left": 204},
        "stored": {"name": name, "same": True},
    }


def test_bulk_read(python_day: Day, results: Results) -> None:
    reading = results["bulk reading"]
    assert (reading["state"], reading["count"], reading["more"]) == ("COMPLETED", 3, False)
    assert reading["rows"] == [["Exported", f"City {n}"] for n in range(3)]
    (posted,) = [body["data"][0] for body in python_day.callbacks if "data" in body]
    assert (posted["id"], posted["state"]) == (reading["id"], "COMPLETED")


def test_bulk_write(results: Results) -> None:
    writing = results["bulk writing"]
    assert writing["status"] == "COMPLETED"
    assert writing["file"] == {"added": 2, "skipped": 1, "total": 3}
    assert writing["rows"] == [
        ["ADDED", ""],
        ["SKIPPED", "MANDATORY_NOT_FOUND-Last_Name"],
        ["ADDED", ""],
    ]


def test_notifications(python_day: Day, results: Results) -> None:
    notifying = results["notifying"]
    assert notifying["enabled"] == ["Contacts"]
    assert notifying["listed"] == ["Contacts.create", "Contacts.edit"]
    assert (notifying["token"], notifying["after"], notifying["left"]) == (
        "sdk-token",
        ["Deals.all"],
        204,
    )
    posted = [body for body in python_day.callbacks if body.get("channel_id")]
    assert [body["operation"] for body in posted] == ["insert", "update"]
    assert all(body["ids"] == [notifying["contact"]] for body in posted)
    assert all(body["token"] == "sdk-token" for body in posted)


def test_nothing_went_wrong_on_the_way(python_day: Day) -> None:
    """No refusals except those that the scenario provokes."""
    refused = [(each.status, each.path) for each in python_day.exchanges if each.status >= 400]
    assert [status for status, _ in refused] == [400, 400], refused
