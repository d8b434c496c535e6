"""What a bulk read finds: columns, criteria, custom views, pages and calendars, in v2 and v8."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from django_zcrm.emulator.state.clock import Clock
from tests.cases import check_each

from ..caller import ALL_SCOPES
from .jobs import BulkApi, ids, unzip_files


def test_csv_starts_with_id_and_has_plain_ids_and_lists(api: BulkApi) -> None:
    account = api.create("Accounts", Account_Name="Bulk & Söhne")
    contact = api.create(
        "Contacts",
        Last_Name='Quote"d, Ünal',
        Account_Name=api.lookup(account),
        Description="two\nlines",
    )
    rows = api.read_rows(
        "Contacts",
        fields=[
            "id",
            "Last_Name",
            "Account_Name",
            "Account_Name.Account_Name",
            "Owner.last_name",
            "Created_Time",
            "Description",
            "Email_Opt_Out",
        ],
    )
    assert next(iter(rows[0])) == "Id"
    [row] = [row for row in rows if row["Id"] == contact]
    assert row["Last_Name"] == 'Quote"d, Ünal'
    assert row["Account_Name"] == account
    assert row["Account_Name.Account_Name"] == "Bulk & Söhne"
    assert row["Owner.last_name"] == "Lindqvist"
    assert row["Description"] == "two\nlines"
    assert row["Email_Opt_Out"] == "false"
    assert datetime.fromisoformat(row["Created_Time"]).tzinfo is not None


def test_read_without_fields_has_all_but_subforms(api: BulkApi) -> None:
    rows = api.read_rows("Quotes")
    assert {"Id", "Subject", "Grand_Total", "Owner"} <= set(rows[0])
    assert "Quoted_Items" not in rows[0]
    assert "id" not in rows[0]


def test_csv_lists_are_joined(api: BulkApi) -> None:
    lead = api.create("Leads", Last_Name="L", Company="C", Languages=["English", "German"])
    rows = api.read_rows(
        "Leads",
        fields=["Languages", "Tag"],
        criteria=api.condition("id", "equal", lead),
    )
    assert rows == [{"Id": lead, "Languages": "English;German", "Tag": ""}]


def test_tags_are_names_whatever_coql_shows() -> None:
    facts = {"coql.tags": {"behaviour": "names"}}
    api = BulkApi("v8", calibration={"format": 1, "facts": facts})
    lead = api.create("Leads", Last_Name="A", Tag=[{"name": "Hot"}, {"name": "New"}])

    rows = api.read_rows("Leads", fields=["Tag"])

    assert next(row["Tag"] for row in rows if row["Id"] == lead) == "Hot,New"


@pytest.fixture
def three_leads(api: BulkApi) -> dict[str, str]:
    """The letters of three new leads by their ids."""
    leads: dict[str, dict[str, Any]] = {
        "a": {"Last_Name": "Able", "No_of_Employees": 10, "Follow_Up_Date": "2030-01-05"},
        "b": {
            "Last_Name": "Baker",
            "No_of_Employees": 20,
            "Follow_Up_Date": "2030-02-05",
            "Email_Opt_Out": True,
        },
        "c": {"Last_Name": "Charlie", "Languages": ["English", "German"]},
    }
    return {
        api.create("Leads", Company="Bulk test", **values): name for name, values in leads.items()
    }


@check_each(
    ("field", "comparator", "value", "found"),
    [
        ("Last_Name", "equal", "able", {"a"}),
        ("Last_Name", "equal", "abl", set()),
        ("Last_Name", "not_equal", "Able", {"b", "c"}),
        ("Last_Name", "in", ["Able", "Baker"], {"a", "b"}),
        ("Last_Name", "not_in", ["Able", "Baker"], {"c"}),
        ("Last_Name", "contains", "AK", {"b"}),
        ("Last_Name", "not_contains", "ak", {"a", "c"}),
        ("Last_Name", "starts_with", "ch", {"c"}),
        ("Last_Name", "ends_with", "ER", {"b"}),
        ("No_of_Employees", "less_than", 20, {"a"}),
        ("No_of_Employees", "greater_equal", "20", {"b"}),
        ("No_of_Employees", "equal", "${EMPTY}", {"c"}),
        ("No_of_Employees", "not_equal", "${EMPTY}", {"a", "b"}),
        ("No_of_Employees", "not_equal", 10, {"b", "c"}),
        ("Follow_Up_Date", "between", ["2030-01-01", "2030-01-31"], {"a"}),
        ("Follow_Up_Date", "not_between", ["2030-01-01", "2030-01-31"], {"b", "c"}),
        ("Email_Opt_Out", "equal", True, {"b"}),
        ("Languages", "contains", "german", {"c"}),
    ],
)
def test_read_with_a_comparator_holds_the_rows_that_match(
    api: BulkApi,
    three_leads: dict[str, str],
    field: str,
    comparator: str,
    value: Any,
    found: set[str],
) -> None:
    tree = {
        "group_operator": "and",
        "group": [
            api.condition("Company", "equal", "Bulk test"),
            api.condition(field, comparator, value),
        ],
    }
    rows = api.read_rows("Leads", fields=["Company"], criteria=tree)
    assert {three_leads[row["Id"]] for row in rows} == found


def test_groups_nest_and_reach_through_lookups(api: BulkApi) -> None:
    accounts = [api.create("Accounts", Account_Name=name, Phone="1") for name in ("Aa", "Bb", "Cc")]
    contacts = [
        api.create("Contacts", Last_Name=name, Account_Name=api.lookup(account))
        for name, account in zip("abc", accounts, strict=True)
    ]
    either = [api.condition("Account_Name.Account_Name", "equal", name) for name in ("Aa", "Cc")]
    tree = {
        "group_operator": "and",
        "group": [
            {"group_operator": "or", "group": either},
            api.condition("Account_Name.Phone", "equal", "1"),
            api.condition("Account_Name", "in", accounts),
        ],
    }
    assert ids(api.read_rows("Contacts", criteria=tree)) == {contacts[0], contacts[2]}


def test_read_by_custom_view_is_filtered(api: BulkApi) -> None:
    module = api.org.metadata.modules["Leads"]
    view = next(view for view in module.views if view.only_mine)
    mine = {
        record["id"]
        for record in api.org.records.table("Leads").rows.values()
        if record["Owner"] == next(iter(api.org.users))
    }
    assert ids(api.read_rows("Leads", cvid=view.id, fields=["Owner"])) == mine
    assert api.ask_read("Leads", cvid="123").json["code"] == "CVID_NOT_SUPPORTED"


def test_read_pages_by_number_hold_all_rows(v8: BulkApi) -> None:
    v8.org.bulk.rows = 30
    pages = [v8.finished_read("Leads", page=page, fields=["Company"]) for page in (1, 2, 3)]
    assert [page["result"]["count"] for page in pages] == [30, 30, 12]
    assert [page["result"]["more_records"] for page in pages] == [True, True, False]
    read = [row["Id"] for page in pages for row in v8.result_rows(page)]
    assert read == sorted(v8.org.records.table("Leads").rows)


def test_page_tokens_are_bound_to_query_user_and_a_day() -> None:
    api = BulkApi("v8", clock=Clock(datetime(2026, 3, 1, tzinfo=UTC)), bulk_rows=50)
    first = api.finished_read("Leads", fields=["Company"])
    token = first["result"]["next_page_token"]
    second = api.finished_read("Leads", fields=["Company"], page_token=token)
    assert second["result"]["page"] == 2
    assert second["result"]["count"] == 22
    assert "next_page_token" not in second["result"]
    assert ids(api.result_rows(first)).isdisjoint(ids(api.result_rows(second)))

    other = api.ask_read("Leads", fields=["City"], page_token=token)
    assert (other.status_code, other.json["code"]) == (400, "INVALID_DATA")
    api.caller.emulator.zoho.clock.advance(24 * 3600)
    api.caller.connect(f"{ALL_SCOPES},ZohoFiles.files.ALL")
    late = api.ask_read("Leads", fields=["Company"], page_token=token)
    assert late.json["code"] == "EXPIRED_VALUE"


def test_page_tokens_of_descending_files_hold_each_row_once() -> None:
    facts = {"bulk.row-order": {"behaviour": "descending"}}
    api = BulkApi("v8", bulk_rows=50, calibration={"format": 1, "facts": facts})
    first = api.finished_read("Leads", fields=["Company"])
    token = first["result"]["next_page_token"]

    second = api.finished_read("Leads", fields=["Company"], page_token=token)

    assert second["result"]["count"] == 22
    assert ids(api.result_rows(first)).isdisjoint(ids(api.result_rows(second)))


def test_read_in_older_versions_has_no_page_token() -> None:
    api = BulkApi("v6", bulk_rows=50)
    assert "next_page_token" not in api.finished_read("Leads")["result"]


def test_events_are_read_as_a_calendar(v8: BulkApi) -> None:
    title = "Ümlauts, commas; and \\ " + "long " * 20
    event = v8.create(
        "Events",
        Event_Title=title,
        Description="one\r\ntwo\rthree\nfour",
        Start_DateTime="2030-05-01T10:00:00+02:00",
        End_DateTime="2030-05-01T11:00:00+02:00",
    )
    body = {"query": {"module": {"api_name": "Events"}}, "file_type": "ics"}
    answer = v8.caller.post("/crm/bulk/v8/read", body)
    job_id = answer.json["data"][0]["details"]["id"]
    v8.poll("read", job_id)
    [job] = v8.poll("read", job_id)["data"]
    assert (job["file_type"], job["result"]["per_page"]) == ("ics", 20_000)
    text = unzip_files(v8.caller.get(job["result"]["download_url"]).data)[f"{job_id}.ics"]
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    unfolded = text.replace("\r\n ", "")
    assert f"UID:{event}\r\n" in unfolded
    assert "DTSTART:20300501T080000Z\r\n" in unfolded
    assert "DESCRIPTION:one\\ntwo\\nthree\\nfour\r\n" in unfolded
    assert "SUMMARY:Ümlauts\\, commas\\; and \\\\ long" in unfolded

    body["query"] = {"module": {"api_name": "Leads"}}
    refused = v8.caller.post("/crm/bulk/v8/read", body)
    assert refused.json["details"] == {"api_name": "file_type", "supported_values": ["csv"]}
