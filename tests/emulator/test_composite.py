"""Composite requests: order of the parts, rollback, limits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cases import check_each
from tests.emulator.caller import ALL_SCOPES, Caller

URL = "/crm/v8/__composite_requests"
SCOPES = ALL_SCOPES + ",ZohoCRM.composite_requests.CUSTOM"


@pytest.fixture
def caller() -> Caller:
    caller = Caller()
    caller.connect(SCOPES)
    return caller


def compose(caller: Caller, *parts: dict[str, Any], url: str = URL, **more: Any) -> Any:
    return caller.post(url, {"__composite_requests": list(parts), **more})


def create(module: str = "Leads", id: str | None = None, **values: Any) -> dict[str, Any]:
    part = {"method": "POST", "uri": f"/crm/v8/{module}", "body": {"data": [values]}}
    return part if id is None else {**part, "sub_request_id": id}


def coql(query: str) -> dict[str, Any]:
    return {"method": "POST", "uri": "/crm/v8/coql", "body": {"select_query": query}}


def inner(answer: Any) -> list[dict[str, Any]]:
    return [item["details"]["response"] for item in answer.json["__composite_requests"]]


def test_parts_may_use_responses_of_others_in_any_order(caller: Caller) -> None:
    answer = compose(
        caller,
        {
            "method": "GET",
            "uri": "/crm/v8/Contacts/@{contact:$.data[0].details.id}",
            "sub_request_id": "read",
            "params": {"fields": "Last_Name,Account_Name"},
        },
        create(
            "Contacts",
            "contact",
            Last_Name="Wong",
            Account_Name={"id": "@{account:$.data[0].details.id}"},
        ),
        create("Accounts", "account", Account_Name="Acme"),
    )
    assert answer.status_code == 200, answer.text
    read, contact, account = inner(answer)
    assert (contact["status_code"], account["status_code"]) == (201, 201)
    row = read["body"]["data"][0]
    assert (row["Last_Name"], row["Account_Name"]["name"]) == ("Wong", "Acme")


def test_composite_without_rollback_has_a_failed_part_in_a_200(caller: Caller) -> None:
    answer = compose(caller, create(Last_Name="One", Company="A"), create(Company="B"))
    assert answer.status_code == 200
    assert [part["status_code"] for part in inner(answer)] == [201, 400]


def test_composite_with_rollback_restores_everything(caller: Caller) -> None:
    answer = compose(
        caller,
        create(Last_Name="One", Company="A"),
        create(Company="B"),
        create(Last_Name="Three", Company="C"),
        rollback_on_fail=True,
    )
    assert answer.status_code == 400
    first, second, third = answer.json["__composite_requests"]
    assert first["code"] == "ROLLBACK_PERFORMED"
    assert first["details"] == {"rollbacked_by_sub_request_index": 1}
    assert second["details"]["response"]["status_code"] == 400
    assert third["code"] == "PROCESSING_STOPPED"
    assert caller.get("/crm/v8/Leads?fields=Last_Name").status_code == 204


def test_composite_with_rollback_keeps_shares_and_page_tokens(caller: Caller) -> None:
    caller.connect(f"{SCOPES},ZohoCRM.share.ALL")
    user = next(iter(caller.emulator.zoho.organisation.users))
    leads = [{"Last_Name": name} for name in ("One", "Two")]
    lead = caller.post("/crm/v8/Leads", {"data": leads}).json["data"][0]["details"]["id"]
    shared = {"shared_with": {"id": user, "type": "users"}, "permission": "read_only"}
    share = f"/crm/v8/Leads/{lead}/actions/share"
    assert caller.post(share, {"share": [shared]}).status_code == 201
    page = "/crm/v8/Leads?fields=id&per_page=1"
    token = caller.get(page).json["info"]["next_page_token"]

    answer = compose(caller, create(City="Bern"), rollback_on_fail=True)

    assert answer.status_code == 400
    assert caller.get(share).status_code == 200
    assert caller.get(f"{page}&page_token={token}").status_code == 200


def test_parts_that_refer_to_each_other_stop_the_others(caller: Caller) -> None:
    loop = [create(id=name, Last_Name=f"@{{{other}:$.x}}") for name, other in ("ab", "ba")]

    answer = compose(caller, create(Last_Name="One"), *loop)

    assert answer.json["code"] == "LOOPING_FOUND"
    assert caller.get("/crm/v8/Leads?fields=Last_Name").status_code == 204


def test_part_needs_its_own_scope(caller: Caller) -> None:
    poor = Caller(caller.emulator)
    poor.connect("ZohoCRM.composite_requests.CUSTOM,ZohoCRM.modules.contacts.ALL")
    answer = compose(poor, create(Last_Name="One", Company="A"))
    [part] = inner(answer)
    assert (part["status_code"], part["body"]["code"]) == (401, "OAUTH_SCOPE_MISMATCH")


def test_part_that_refers_to_a_failed_one_is_not_run(caller: Caller) -> None:
    answer = compose(
        caller,
        create("Leads", "lead", Company="A"),
        {"method": "GET", "uri": "/crm/v8/Leads/@{lead:$.data[0].details.id}"},
    )
    assert answer.status_code == 207
    assert answer.json["__composite_requests"][1]["code"] == "PROCESSING_STOPPED"


def test_part_without_per_page_lists_25_records(caller: Caller) -> None:
    rows = [{"Last_Name": f"Lead {number}"} for number in range(30)]
    assert caller.post("/crm/v8/Leads", {"data": rows}).status_code == 201
    listing = {"method": "GET", "uri": "/crm/v8/Leads?fields=id"}
    answer = compose(caller, listing, {**listing, "params": {"per_page": 3}})
    assert [len(read["body"]["data"]) for read in inner(answer)] == [25, 3]


@check_each(
    ("parts", "code"),
    [
        (
            [
                {"method": "GET", "uri": "/crm/v8/Leads/@{b:$.id}", "sub_request_id": "a"},
                {"method": "GET", "uri": "/crm/v8/Leads/@{a:$.id}", "sub_request_id": "b"},
            ],
            "LOOPING_FOUND",
        ),
        ([{"method": "GET", "uri": "/crm/v8/Leads/@{nobody:$.id}"}], "INVALID_REFERENCE"),
        ([create(id="a", Last_Name="x"), create(id="a", Last_Name="y")], "DUPLICATE_DATA"),
        ([{"uri": "/crm/v8/Leads"}], "MANDATORY_NOT_FOUND"),
        ([{"method": "GET", "uri": "https://example.com/crm/v8/Leads"}], "INVALID_DATA"),
        (
            [{"method": "GET", "uri": "/crm/v8/org", "headers": {"Authorization": "x"}}],
            "NOT_SUPPORTED",
        ),
        ([{"method": "GET", "uri": "/crm/v8/Leads", "params": {"per_page": 26}}], "INVALID_DATA"),
        ([{"method": "GET", "uri": "/crm/v8/Leads?fields=id&per_page=26"}], "INVALID_DATA"),
        ([coql("select id from Leads where id is not null limit 26")], "INVALID_DATA"),
        ([coql("select id from Leads where id is not null limit 9, 26")], "INVALID_DATA"),
        ([{"method": "DELETE", "uri": "/crm/v8/Leads?ids=1"}], "NOT_SUPPORTED"),
        ([{"method": "DELETE", "uri": "/crm/v8/Leads", "params": {"ids": "1"}}], "NOT_SUPPORTED"),
        ([{"method": "POST", "uri": URL, "body": {}}], "INVALID_DATA"),
        ([{"method": "GET", "uri": "/crm/v8/org", "headers": {"X-A": 5}}], "INVALID_DATA"),
        ([{"method": "GET", "uri": "/crm/v8/org", "headers": {"X-A": "x\r\ny"}}], "INVALID_DATA"),
        ([{"method": "GET", "uri": "/crm/v8/org"}] * 6, "INVALID_DATA"),
    ],
)
def test_invalid_composite_is_refused(
    caller: Caller, parts: list[dict[str, Any]], code: str
) -> None:
    answer = compose(caller, *parts)
    assert (answer.status_code, answer.json["code"]) == (400, code)


def test_composite_in_an_older_version_is_unknown(caller: Caller) -> None:
    part = {"method": "GET", "uri": "/crm/v8/org"}
    assert compose(caller, part, url="/crm/v7/__composite_requests").json["code"] == "NOT_SUPPORTED"
    assert compose(caller, part, url="/crm/v2/__composite_requests").json["code"] == (
        "API_NOT_SUPPORTED"
    )


def test_rollback_and_parallel_exclude_each_other(caller: Caller) -> None:
    answer = compose(
        caller,
        {"method": "GET", "uri": "/crm/v8/org"},
        rollback_on_fail=True,
        parallel_execution=True,
    )
    assert answer.json["code"] == "AMBIGUITY_DURING_PROCESSING"
