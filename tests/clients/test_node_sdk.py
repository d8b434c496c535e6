"""npm zcrmsdk 0.0.20 (v2), unmodified, over TLS: each of its 28 functions works as with Zoho."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.conftest import Day

Results = dict[str, Any]


@pytest.fixture(scope="session")
def results(node_day: Day) -> Results:
    return node_day.results


def test_every_function_was_called(results: Results) -> None:
    assert sorted(results["driven"]) == sorted(results["tree"])
    assert len(results["tree"]) == 28


def test_tokens(node_day: Day, results: Results) -> None:
    assert results["connecting"] == {
        "company": "Brightwater Trading",
        "hours": 1,
        "distinct": 3,
        "sameRefreshToken": True,
        "user": "node@sdk.example",
    }
    exchanges = [each for each in node_day.exchanges if each.path == "/oauth/v2/token"]
    assert len(exchanges) == 3, "by code, by refresh token, and by itself when the hour was over"


def test_people(results: Results) -> None:
    assert results["people"] == {
        "users": 6,
        "same": True,
        "role": "CEO",
        "profile": "Administrator",
    }


def test_metadata(results: Results) -> None:
    metadata = results["metadata"]
    assert {"Leads", "Contacts", "Deals"} <= set(metadata["modules"])
    assert {"Last_Name", "Company", "Email"} <= set(metadata["fields"])
    assert (metadata["module"], metadata["layout"], metadata["view"]) == (
        "Leads",
        "Standard",
        "All Leads",
    )
    assert metadata["update"] == "SUCCESS"
    assert {"Notes", "Attachments"} <= set(metadata["related"])


def test_records(results: Results) -> None:
    assert results["records"] == {
        "distinct": 3,
        "refused": [202, "MANDATORY_NOT_FOUND", "SUCCESS"],
        "upserted": ["update", True],
        "read": ["王 0", "Node & Söhne", "Bern"],
        "page": [2, 5, 5, True],
        "found": ["王 1"],
        "nothing": 204,
        "queried": ["Basel"],
        "unchanged": 304,
        "gone": 204,
        "deleted": {
            "getAllDeletedRecords": [200, 3],
            "getRecycleBinRecords": [200, 3],
            "getPermanentlyDeletedRecords": [204, 0],
        },
    }


def test_notes_and_tags(results: Results) -> None:
    assert results["companions"] == {
        "notes": ["Naïve & “quoted”"],
        "add": "SUCCESS",
        "tags": ["NodeOne", "NodeTwo"],
    }


def test_attachments_and_photo(results: Results) -> None:
    assert results["files"] == {
        "name": "plain%20%26%20co.txt",  # the SDK does not decode filename*
        "same": True,
        "linked": "SUCCESS",
        "listed": 2,
        "removed": "SUCCESS",
        "photo": [200, True, 200, 204],
    }


def test_conversion_functions_and_notifications(node_day: Day, results: Results) -> None:
    rest = results["rest"]
    assert rest["became"] == ["Accounts", "Contacts", "Deals"]
    assert rest["contact"] == "Converted"
    assert rest["echoed"] == ["node", "node"]
    assert rest["watched"] == "SUCCESS"
    (posted,) = node_day.callbacks
    assert (posted["operation"], posted["ids"]) == ("insert", [rest["watchedLead"]])


def test_nothing_went_wrong_on_the_way(node_day: Day) -> None:
    refused = [(each.status, each.path) for each in node_day.exchanges if each.status >= 400]
    assert refused == []
