"""Any input is answered, and leaves nothing behind that breaks later answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cases import check_each

from .api import Api
from .caller import Caller
from .test_odd_bodies import ODD, nodes, with_odd

MORE_ODD: tuple[Any, ...] = (-1.5, "", True, [{}], {"id": "7"}, "9" * 40, ["x"], {"x": {"y": []}})
LEADS = "Leads?fields=Last_Name,Owner,Tag,Documents,Referred_By,Languages&per_page=200"


def lead(api: Api) -> Any:
    return {
        "Last_Name": "Wong",
        "Email": "wong@example.com",
        "No_of_Employees": 5,
        "Annual_Revenue": 5.5,
        "Email_Opt_Out": True,
        "Languages": ["German"],
        "Owner": {"id": next(iter(api.org.users))},
        "Follow_Up_Date": "2024-01-01",
        "Demo_Scheduled_At": "2024-01-01T10:00:00+01:00",
        "Customer_Number": "5",
        "Referred_By": {"id": api.first_id("Contacts")},
        "Documents": [{"File_Id__s": "x"}],
        "Tag": [{"name": "x"}],
        "$append_values": {"Languages": True},
    }


def quote(api: Api) -> Any:
    line = {"Product_Name": {"id": api.first_id("Products")}, "Quantity": 2, "id": "5"}
    return {"Subject": "Offer", "Quoted_Items": [line]}


def event(api: Api) -> Any:
    return {
        "Event_Title": "Talk",
        "Start_DateTime": "2024-01-01T10:00:00+01:00",
        "End_DateTime": "2024-01-01T11:00:00+01:00",
        "What_Id": {"id": api.first_id("Accounts")},
        "$se_module": "Accounts",
        "Participants": [{"type": "user", "participant": next(iter(api.org.users))}],
        "Recurring_Activity": {"RRULE": "FREQ=DAILY"},
    }


def conversion(api: Api) -> Any:
    return {
        "Accounts": {"id": api.first_id("Accounts")},
        "assign_to": {"id": next(iter(api.org.users))},
        "Deals": {"Deal_Name": "x", "Closing_Date": "2030-01-01", "Stage": "Qualification"},
        "carry_over_tags": {"Contacts": ["a"]},
        "move_attachments_to": {"api_name": "Deals"},
    }


def channel(api: Api) -> Any:
    condition = {
        "type": "field_selection",
        "module": {"api_name": "Leads"},
        "field_selection": {"group_operator": "or", "group": [{"field": {"api_name": "City"}}]},
    }
    return {
        "channel_id": "1",
        "events": ["Leads.all"],
        "notify_url": "https://example.com/hook",
        "token": "x",
        "channel_expiry": "2030-01-01T00:00:00+00:00",
        "notification_condition": [condition],
    }


def person(api: Api) -> Any:
    return {"first_name": "Ines", "time_zone": "Europe/Berlin", "status": "active"}


def new_field(api: Api) -> Any:
    return {
        "field_label": "Colour",
        "api_name": "Colour",
        "data_type": "picklist",
        "pick_list_values": [{"display_value": "Red", "actual_value": "Red"}],
    }


def part(api: Api) -> Any:
    body = {"data": [{"Last_Name": "Wong"}]}
    return {
        "sub_request_id": "1",
        "method": "POST",
        "uri": "/crm/v8/Leads",
        "params": {"a": "b"},
        "headers": {"X-EXTERNAL": "Leads.x"},
        "body": body,
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "path", "key", "valid", "later"),
    [
        ("POST", "Leads", "data", lead, LEADS),
        ("PUT", "Leads/{lead}", "data", lead, LEADS),
        ("POST", "Quotes", "data", quote, "Quoted_Items?fields=Product_Name"),
        ("POST", "Events", "data", event, "Events?fields=Event_Title,What_Id,Participants"),
        ("POST", "Leads/{lead}/actions/convert", "data", conversion, "Contacts?fields=Tag"),
        ("POST", "actions/watch", "watch", channel, "actions/watch"),
        ("PUT", "users/{user}", "users", person, "users"),
        ("POST", "settings/fields", "fields", new_field, LEADS),
        ("POST", "__composite_requests", "__composite_requests", part, LEADS),
    ],
    ids="insert update subform event convert watch user field composite".split(),
)
def test_body_with_an_odd_value_is_no_500(
    method: str, path: str, key: str, valid: Callable[[Api], Any], later: str
) -> None:
    api = Api("v8")
    path = path.format(lead=api.first_id("Leads"), user=list(api.org.users)[1])
    module = {"module": "Leads"} if path.startswith("settings/") else {}
    body = {key: [valid(api)]}
    for at in nodes(body):
        for odd in (*ODD, *MORE_ODD):
            answer = api.send(method, path, with_odd(body, at, odd), **module)
            assert answer.status_code < 500, (at, odd, answer.text)
            assert api.get(later).status_code < 500, (at, odd)
            # Change a lead, which channels report.
            api.put(f"Leads/{api.first_id('Leads')}", {"data": [{"City": "Bern"}]})


@check_each(
    "body",
    [
        b'{"data": [{"Last_Name": "Wong", "Annual_Revenue": 1e999}]}',
        b'{"data": [{"Last_Name": "Wong", "Annual_Revenue": Infinity}]}',
        b'{"data": [{"Last_Name": "Wong", "Annual_Revenue": NaN}]}',
        b'{"data": [{"Last_Name": "Wong", "No_of_Employees": ' + b"9" * 5_000 + b"}]}",
        b'{"data": [{"Last_Name": "\\ud800"}]}',
        b'{"data": [{"Last_Name": "\xed\xa0\x80"}]}',
        b"[" * 3_000,
        b'{"data": ' + b"[" * 200 + b"]" * 200 + b"}",
    ],
)
def test_json_beyond_the_standard_is_a_parse_error(body: bytes, v8: Api) -> None:
    answer = v8.post_bytes("Leads", body)

    assert (answer.status_code, answer.json["code"]) == (400, "JSON_PARSE_ERROR")
    assert v8.get("Leads", fields="Last_Name").status_code == 200


@check_each(
    ("path", "params"),
    [
        ("Leads", {"page": "9" * 30, "fields": "id"}),
        ("Leads", {"page": "9" * 5_000, "fields": "id"}),
        ("Leads/search", {"criteria": "(" * 3_000}),
        ("Leads/search", {"criteria": "and".join(["(City:equals:x)"] * 2_000)}),
        ("Leads/search", {"criteria": "(id:starts_with:5)"}),
        ("Leads/search", {"criteria": "(id:equals:x)"}),
        ("settings/variables", {"filters": '{"group": 5}'}),
        ("settings/variables", {"filters": '{"group": [5]}'}),
        ("settings/variables", {"filters": '{"group": ["x"]}'}),
        ("settings/variables", {"filters": '{"group": null}'}),
        ("Leads/{lead}/__timeline", {"filters": "[" * 3_000}),
        ("Leads/{lead}/__timeline", {"filters": '{"group": [], "group_operator": 5}'}),
    ],
)
def test_odd_parameters_are_refused(path: str, params: dict[str, Any], api: Api) -> None:
    answer = api.get(path.format(lead=api.first_id("Leads")), **params)

    assert answer.status_code in (204, 400, 404), answer.text


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_moment_at_the_end_of_the_calendar_is_refused(moment: str, v8: Api) -> None:
    assert v8.refused("Leads", Last_Name="Wong", Demo_Scheduled_At=moment)["code"] == "INVALID_DATA"
    assert v8.get("Leads", fields="id", headers={"If-Modified-Since": moment}).status_code == 400


@check_each(
    "date",
    [
        "Fri, 31 Dec 9999 23:59:59 -0100",
        "Fri, 31 Dec 99999999999999999999 23:59:59 GMT",
        "Fri, 31 Dec 2027 23:59:59 +99999999999999999999",
    ],
)
def test_http_date_beyond_the_calendar_is_refused(date: str, v8: Api) -> None:
    answer = v8.get("Leads", fields="id", headers={"If-Modified-Since": date})

    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_DATA")


@check_each(
    ("path", "body"),
    [
        ("grant-codes", {"scope": "ZohoCRM.modules.ALL", "email": 7}),
        ("grant-codes", {"scope": "ZohoCRM.modules.ALL", "client_id": []}),
        ("grant-codes", {"scope": "ZohoCRM.modules.ALL", "org_id": []}),
        ("organisations", {"users": [1]}),
        ("organisations", {"users": "x@example.com"}),
        ("organisations", {"name": []}),
        ("clock", {"advance": 10**400}),
        ("lag", {"rows": 10**400}),
        ("hidden-records", {"email": "mara.lindqvist@brightwater.example", "ids": [[]]}),
        ("clock", {"advance": 1e30}),
        ("clock", {"advance": -1e12}),
    ],
)
def test_control_api_with_an_odd_body_is_refused(path: str, body: dict[str, Any]) -> None:
    caller = Caller()

    answer = caller.post(f"/emulator/{path}", body)

    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_REQUEST")
    assert caller.get("/emulator/health").json["organisations"] == 1
