"""Bulk read: jobs, criteria, columns, pages, downloads and callbacks, in v2 and v8."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from django_zcrm.emulator.clock import Clock

from .bulk import BulkApi, unzipped
from .caller import ALL_SCOPES
from .receiver import Receiver


@pytest.fixture(params=["v2", "v8"])
def api(request: pytest.FixtureRequest) -> BulkApi:
    return BulkApi(request.param)


@pytest.fixture
def v8() -> BulkApi:
    return BulkApi("v8")


def ids(rows: list[dict[str, str]]) -> set[str]:
    return {row["Id"] for row in rows}


def test_a_job_goes_from_added_over_in_progress_to_completed(api: BulkApi) -> None:
    answer = api.ask_read("Leads", fields=["Last_Name"])
    assert answer.status_code == 201
    [done] = answer.json["data"]
    assert (done["status"], done["code"]) == ("success", "ADDED_SUCCESSFULLY")
    assert (done["details"]["operation"], done["details"]["state"]) == ("read", "ADDED")
    job_id = done["details"]["id"]

    [first] = api.look("read", job_id)["data"]
    assert first["state"] == "IN PROGRESS"
    assert "result" not in first
    early = api.caller.get(f"/crm/bulk/{api.version}/read/{job_id}/result")
    assert (early.status_code, early.json["code"]) == (404, "RESOURCE_NOT_FOUND")
    assert early.json["details"] == {"resource": job_id}

    [second] = api.look("read", job_id)["data"]
    assert second["state"] == "COMPLETED"
    assert second["result"] == {
        "page": 1,
        "per_page": 200_000,
        "count": len(api.org.records.table("Leads")),
        "download_url": f"/crm/bulk/{api.version}/read/{job_id}/result",
        "more_records": False,
    }
    assert second["created_by"]["name"] == "Mara Lindqvist"
    download = api.caller.get(second["result"]["download_url"])
    assert download.content_type == "application/zip"
    assert f"{job_id}.zip" in download.headers["Content-Disposition"]


def test_the_query_is_repeated_with_ids_where_names_are_objects(api: BulkApi) -> None:
    condition = api.condition("Last_Name", "equal", "Ueda")
    job = api.finished_read("Leads", criteria=condition)
    if api.is_v2:
        assert job["query"] == {"module": "Leads", "criteria": condition, "page": 1}
    else:
        module = api.org.metadata.modules["Leads"]
        assert job["query"]["module"] == {"api_name": "Leads", "id": module.id}
        field = {"api_name": "Last_Name", "id": module.field_map["Last_Name"].id}
        assert job["query"]["criteria"]["field"] == field


def test_the_csv_begins_with_id_and_has_bare_ids_and_lists(api: BulkApi) -> None:
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


def test_without_fields_all_come_but_subforms(api: BulkApi) -> None:
    rows = api.read_rows("Quotes")
    assert {"Id", "Subject", "Grand_Total", "Owner"} <= set(rows[0])
    assert "Quoted_Items" not in rows[0]
    assert "id" not in rows[0]


def test_lists_are_joined(api: BulkApi) -> None:
    lead = api.create("Leads", Last_Name="L", Company="C", Languages=["English", "German"])
    rows = api.read_rows(
        "Leads",
        fields=["Languages", "Tag"],
        criteria=api.condition("id", "equal", lead),
    )
    assert rows == [{"Id": lead, "Languages": "English;German", "Tag": ""}]


@pytest.mark.parametrize(
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
def test_comparators(
    api: BulkApi, field: str, comparator: str, value: Any, found: set[str]
) -> None:
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
    made = {
        api.create("Leads", Company="Bulk test", **values): name for name, values in leads.items()
    }
    tree = {
        "group_operator": "and",
        "group": [
            api.condition("Company", "equal", "Bulk test"),
            api.condition(field, comparator, value),
        ],
    }
    rows = api.read_rows("Leads", fields=["Company"], criteria=tree)
    assert {made[row["Id"]] for row in rows} == found


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


def test_custom_views_filter(api: BulkApi) -> None:
    module = api.org.metadata.modules["Leads"]
    view = next(view for view in module.views if view.only_mine)
    mine = {
        record["id"]
        for record in api.org.records.table("Leads").rows.values()
        if record["Owner"] == next(iter(api.org.users))
    }
    assert ids(api.read_rows("Leads", cvid=view.id, fields=["Owner"])) == mine
    assert api.ask_read("Leads", cvid="123").json["code"] == "CVID_NOT_SUPPORTED"


def test_pages_by_number(v8: BulkApi) -> None:
    v8.org.bulk.rows = 30
    pages = [v8.finished_read("Leads", page=page, fields=["Company"]) for page in (1, 2, 3)]
    assert [page["result"]["count"] for page in pages] == [30, 30, 12]
    assert [page["result"]["more_records"] for page in pages] == [True, True, False]
    found = [row["Id"] for page in pages for row in v8.result_rows(page)]
    assert found == sorted(v8.org.records.table("Leads").rows)


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
    api.caller.emulator.world.clock.advance(24 * 3600)
    api.caller.connect(f"{ALL_SCOPES},ZohoFiles.files.ALL")
    late = api.ask_read("Leads", fields=["Company"], page_token=token)
    assert late.json["code"] == "EXPIRED_VALUE"


def test_older_versions_have_no_page_tokens() -> None:
    api = BulkApi("v6", bulk_rows=50)
    assert "next_page_token" not in api.finished_read("Leads")["result"]


@pytest.mark.parametrize(
    ("module", "query", "code"),
    [
        ("Nothing", {}, "MODULE_NOT_AVAILABLE"),
        ("leads", {}, "MODULE_NOT_AVAILABLE"),
        ("Notes", {}, "MODULE_NOT_SUPPORTED"),
        ("Leads", {"fields": ["Nothing"]}, "FIELD_NOT_AVAILABLE"),
        ("Leads", {"fields": "Company"}, "INVALID_DATA"),
        ("Projects", {"fields": ["Milestones"]}, "FIELD_NOT_SUPPORTED"),
        ("Deals", {"fields": ["Contact_Name.Account_Name.Owner.email"]}, "JOIN_LIMIT_EXCEEDED"),
        ("Leads", {"page": 0}, "PAGE_NOT_SUPPORTED"),
        ("Leads", {"page": 501}, "PAGE_RANGE_EXCEEDED"),
        ("Leads", {"criteria": "Company"}, "CRITERIA_NOT_SUPPORTED"),
        ("Leads", {"criteria": {"comparator": "equal"}}, "AMBIGUOUS_CRITERIA"),
        ("Leads", {"criteria": {"group_operator": "and"}}, "AMBIGUOUS_GROUP_IN_CRITERIA"),
        (
            "Leads",
            {"criteria": {"group_operator": "xor", "group": [{}]}},
            "GROUP_OPERATOR_NOT_SUPPORTED",
        ),
    ],
)
def test_refused_queries(api: BulkApi, module: str, query: dict[str, Any], code: str) -> None:
    answer = api.ask_read(module, **query)
    assert (answer.status_code, answer.json["code"]) == (400, code)
    assert answer.json["status"] == "error"


@pytest.mark.parametrize(
    ("field", "comparator", "value", "code"),
    [
        ("Nothing", "equal", "x", "FIELD_IN_CRITERIA_NOT_AVAILABLE"),
        ("Tag", "equal", "x", "FIELD_IN_CRITERIA_NOT_SUPPORTED"),
        ("Company", "equals", "x", "FIELD_AND_COMPARATOR_IN_CRITERIA_NOT_COMPATIBLE"),
        ("No_of_Employees", "between", [1, 2], "FIELD_AND_COMPARATOR_IN_CRITERIA_NOT_COMPATIBLE"),
        ("No_of_Employees", "equal", "many", "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        ("Follow_Up_Date", "between", ["2030-01-01"], "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (
            "Created_Time",
            "equal",
            "2030-01-01T00:00:00.000Z",
            "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE",
        ),
        ("Company", "in", ["x"] * 201, "VALUE_LIMIT_EXCEEDED_IN_CRITERIA"),
    ],
)
def test_refused_conditions(
    api: BulkApi, field: str, comparator: str, value: Any, code: str
) -> None:
    answer = api.ask_read("Leads", criteria=api.condition(field, comparator, value))
    assert (answer.status_code, answer.json["code"]) == (400, code)


def test_at_most_25_conditions(api: BulkApi) -> None:
    group = [api.condition("Company", "equal", "x")] * 26
    answer = api.ask_read("Leads", criteria={"group_operator": "or", "group": group})
    assert answer.json["code"] == "CRITERIA_LIMIT_EXCEEDED"
    assert answer.json["details"] == {"max_limit": 25}


def test_versions_do_not_take_each_others_spelling(api: BulkApi) -> None:
    module = {"api_name": "Leads"} if api.is_v2 else "Leads"
    answer = api.caller.post(f"/crm/bulk/{api.version}/read", {"query": {"module": module}})
    assert answer.json["code"] == "REQUEST_BODY_NOT_SUPPORTED"


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"", "application/json", 400, "REQUEST_BODY_IS_EMPTY"),
        (b"{", "application/json", 400, "REQUEST_BODY_NOT_READABLE"),
        (b"[]", "application/json", 400, "REQUEST_BODY_NOT_SUPPORTED"),
        (b"{}", "text/plain", 415, "MEDIA_TYPE_NOT_SUPPORTED"),
    ],
)
def test_refused_bodies(
    v8: BulkApi, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = v8.caller.request("POST", "/crm/bulk/v8/read", data=body, content_type=content_type)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_scopes_of_job_and_module_are_needed(v8: BulkApi) -> None:
    v8.caller.connect("ZohoCRM.bulk.READ,ZohoCRM.modules.contacts.READ")
    assert v8.ask_read("Contacts").status_code == 201
    assert v8.ask_read("Leads").json["code"] == "OAUTH_SCOPE_MISMATCH"
    v8.caller.connect("ZohoCRM.modules.ALL")
    assert v8.ask_read("Contacts").json["code"] == "OAUTH_SCOPE_MISMATCH"


def test_unknown_jobs(v8: BulkApi) -> None:
    for path in ("read/1", "read/1/result", "write/1"):
        answer = v8.caller.get(f"/crm/bulk/v8/{path}")
        assert (answer.status_code, answer.json["code"]) == (404, "RESOURCE_NOT_FOUND")


def test_a_result_shows_what_was_there_when_the_job_was_done(v8: BulkApi) -> None:
    answer = v8.ask_read("Leads", fields=["Company"])
    late = v8.create("Leads", Last_Name="Late", Company="C")
    job_id = answer.json["data"][0]["details"]["id"]
    v8.look("read", job_id)
    job = v8.look("read", job_id)["data"][0]
    v8.create("Leads", Last_Name="Too late", Company="C")
    found = ids(v8.result_rows(job))
    assert late in found
    assert len(found) == len(v8.org.records.table("Leads")) - 1


def test_results_are_kept_for_a_day() -> None:
    api = BulkApi("v8", clock=Clock(datetime(2026, 3, 1, tzinfo=UTC)))
    job = api.finished_read("Leads")
    api.caller.emulator.world.clock.advance(24 * 3600 + 1)
    api.caller.connect(ALL_SCOPES)
    answer = api.caller.get(job["result"]["download_url"])
    assert (answer.status_code, answer.json["code"]) == (404, "RESOURCE_NOT_FOUND")


def test_downloads_are_limited_when_asked_for() -> None:
    clock = Clock(datetime(2026, 3, 1, tzinfo=UTC))
    api = BulkApi("v8", clock=clock, limit_bulk_downloads=True)
    url = api.finished_read("Leads")["result"]["download_url"]
    answers = [api.caller.get(url).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    clock.advance(60)
    assert api.caller.get(url).status_code == 200


def test_by_the_clock_looks_do_not_count() -> None:
    clock = Clock(datetime(2026, 3, 1, tzinfo=UTC))
    api = BulkApi("v8", clock=clock, bulk_seconds=10)
    job_id = api.ask_read("Leads").json["data"][0]["details"]["id"]
    states = []
    for seconds in (0, 4, 1, 4, 1):
        clock.advance(seconds)
        states += [api.look("read", job_id)["data"][0]["state"] for _ in range(2)]
    assert states == ["ADDED"] * 4 + ["IN PROGRESS"] * 4 + ["COMPLETED"] * 2


def test_a_callback_brings_the_status_without_a_look(api: BulkApi, receiver: Receiver) -> None:
    answer = api.ask_read("Leads", callback={"url": receiver.url, "method": "post"})
    job_id = answer.json["data"][0]["details"]["id"]
    api.caller.emulator.world.callbacks.wait()
    [body] = receiver.bodies
    assert body == api.look("read", job_id)
    assert body["data"][0]["state"] == "COMPLETED"
    assert len(receiver.bodies) == 1


def test_a_callback_by_the_clock(v8: BulkApi, receiver: Receiver) -> None:
    v8.org.bulk.seconds = 0.05
    v8.ask_read("Leads", callback={"url": receiver.url, "method": "post"})
    assert receiver.arrived.wait(5)
    assert receiver.bodies[0]["data"][0]["state"] == "COMPLETED"


def test_a_job_whose_module_is_gone_fails_and_says_so(v8: BulkApi, receiver: Receiver) -> None:
    job_id = v8.ask_read("Projects").json["data"][0]["details"]["id"]
    del v8.org.metadata.modules["Projects"]
    v8.look("read", job_id)
    [job] = v8.look("read", job_id)["data"]
    assert job["state"] == "FAILURE"
    assert job["result"]["error_message"]["code"] == "MODULE_NOT_AVAILABLE"


@pytest.mark.parametrize(
    ("callback", "code"),
    [
        ({"url": "nowhere", "method": "post"}, "INVALID_CALLBACK_URL"),
        ("http://127.0.0.1/", "INVALID_CALLBACK_URL"),
        ({"url": "http://127.0.0.1/", "method": "get"}, "INVALID_CALLBACK_METHOD"),
    ],
)
def test_refused_callbacks(v8: BulkApi, callback: Any, code: str) -> None:
    answer = v8.ask_read("Leads", callback=callback)
    assert (answer.status_code, answer.json["code"]) == (400, code)


def test_events_also_come_as_a_calendar(v8: BulkApi) -> None:
    title = "Ümlauts, commas; and \\ " + "long " * 20
    event = v8.create(
        "Events",
        Event_Title=title,
        Start_DateTime="2030-05-01T10:00:00+02:00",
        End_DateTime="2030-05-01T11:00:00+02:00",
    )
    body = {"query": {"module": {"api_name": "Events"}}, "file_type": "ics"}
    answer = v8.caller.post("/crm/bulk/v8/read", body)
    job_id = answer.json["data"][0]["details"]["id"]
    v8.look("read", job_id)
    [job] = v8.look("read", job_id)["data"]
    assert (job["file_type"], job["result"]["per_page"]) == ("ics", 20_000)
    text = unzipped(v8.caller.get(job["result"]["download_url"]).data)[f"{job_id}.ics"]
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    unfolded = text.replace("\r\n ", "")
    assert f"UID:{event}\r\n" in unfolded
    assert "DTSTART:20300501T080000Z\r\n" in unfolded
    assert "SUMMARY:Ümlauts\\, commas\\; and \\\\ long" in unfolded

    body["query"] = {"module": {"api_name": "Leads"}}
    refused = v8.caller.post("/crm/bulk/v8/read", body)
    assert refused.json["details"] == {"api_name": "file_type", "supported_values": ["csv"]}


def test_a_job_costs_fifty_credits() -> None:
    api = BulkApi("v8", limit_credits=100)
    assert api.ask_read("Leads").status_code == 201
    assert api.ask_read("Leads").headers["X-API-CREDITS-REMAINING"] == "0"
    assert api.ask_read("Leads").status_code == 429
