"""Behaviour that was recorded from a real organisation, or that programs in use rely on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from .api import Api, Item

APPROVAL = {"delegate": False, "takeover": False, "approve": False, "reject": False}
COMMON = {
    "$approval": {**APPROVAL, "resubmit": False},
    "$approval_state": "approved",
    "$approved": True,
    "$currency_symbol": "€",
    "$editable": True,
    "$field_states": None,
    "$in_merge": False,
    "$orchestration": False,
    "$process_flow": False,
    "$review": None,
    "$state": "save",
}
NO_OWNER = {"$zia_owner_assignment": "owner_recommendation_unavailable"}


def dollars(record: Item) -> Item:
    return {name: value for name, value in record.items() if name.startswith("$")}


def moment(api: Api, minutes: int) -> str:
    later = api.org.clock.now() + timedelta(minutes=minutes)
    return later.replace(microsecond=0).isoformat()


def fields_of(api: Api, module: str) -> dict[str, Item]:
    answer = api.get("settings/fields", module=module)
    return {field["api_name"]: field for field in answer.json["fields"]}


def test_picklist_value_outside_the_list_is_stored(api: Api) -> None:
    deal = api.first_id("Deals")
    answer = api.put(f"Deals/{deal}", {"data": [{"Stage": "Negotiation"}]})
    assert answer.status_code == 200
    assert answer.json["data"][0]["code"] == "SUCCESS"
    assert api.record("Deals", deal)["Stage"] == "Negotiation"
    lead = api.create("Leads", Last_Name="Wong", Languages=["English", "Elvish"])
    assert api.record("Leads", lead)["Languages"] == ["English", "Elvish"]


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_picklist_value_outside_the_list_with_strict_picklists_is_refused(version: str) -> None:
    api = Api(version, strict_picklists=True)
    details = api.refused("Tasks", Subject="Call", Priority="Medium")["details"]
    assert details["expected_data_type"] == "picklist"


def test_single_criterion_without_parentheses_finds_records(api: Api) -> None:
    lead = api.create("Leads", Last_Name="Wong", Email="wong@criteria.example")
    found = api.get("Leads/search", criteria="Email:equals:wong@criteria.example").json["data"]
    assert [row["id"] for row in found] == [lead]
    for malformed in ("Email:equals:wong@criteria.example)", "Email", "Email:equals:a and (City"):
        answer = api.get("Leads/search", criteria=malformed)
        assert (answer.status_code, answer.json["code"]) == (400, "INVALID_QUERY")


def test_record_of_v2_has_the_keys_of_its_module(v2: Api) -> None:
    review = {"$review_process": {"approve": False, "reject": False, "resubmit": False}}
    lead = v2.record("Leads", v2.create("Leads", Last_Name="Wong"))
    layout = {"$layout_id": lead["$layout_id"], "$locked_for_me": False}
    assert lead["$layout_id"]["name"] == "Standard"
    converted = {"$converted": False, "$converted_detail": {}}
    assert dollars(lead) == {**COMMON, **review, **layout, **NO_OWNER, **converted}
    account = v2.record("Accounts", v2.create("Accounts", Account_Name="Acme"))
    assert dollars(account).keys() == {*COMMON, *review, *layout, *NO_OWNER, "$is_duplicate"}
    call = {"$calendar_booking_call": False, "$se_module": None, "$review_process": None}
    assert dollars(v2.record("Calls", call_of(v2))) == {**COMMON, **call}
    task = v2.record("Tasks", v2.create("Tasks", Subject="Call"))
    mine = {"$u_id": None, "$se_module": None, "$locked_for_me": False, "$review_process": None}
    assert dollars(task) == {**COMMON, **NO_OWNER, **mine}
    assert (task["BEST_TIME"], task["Locked__s"]) == ([], False)
    product = v2.record("Products", v2.create("Products", Product_Name="Box"))
    assert dollars(product) == {**COMMON, **review, **product_layout(product), "$taxable": True}


def product_layout(product: Item) -> Item:
    return {"$layout_id": product["$layout_id"], "$locked_for_me": False}


def call_of(api: Api, **values: Any) -> str:
    call = {"Call_Type": "Inbound", "Call_Duration": "00:15", "Call_Start_Time": moment(api, -60)}
    return api.create("Calls", **{"Subject": "Call", **call, **values})


def test_note_of_v2_has_few_keys(v2: Api, v8: Api) -> None:
    for api in (v2, v8):
        lead = api.create("Leads", Last_Name="Wong")
        note = {"Note_Title": "A", "Note_Content": "B", "se_module": "Leads"}
        parent = lead if api.is_v2 else {"id": lead, "module": {"api_name": "Leads"}}
        created = api.create("Notes", **note, Parent_Id=parent)
        names = dollars(api.get(f"Notes/{created}").json["data"][0]).keys()
        own = {"$attachments", "$is_shared_to_client", "$se_module", "$size", "$voice_note"}
        few = {"$editable", "$field_states", "$state", *own}
        assert (names == few) is api.is_v2
        assert few <= names


def test_meeting_has_participants(api: Api) -> None:
    contact = api.create("Contacts", First_Name="Ann", Last_Name="Wong", Email="ann@x.example")
    user = next(iter(api.org.users.values()))
    times = {"Start_DateTime": moment(api, 60), "End_DateTime": moment(api, 90)}
    people = [
        {"type": "contact", "participant": contact},
        {"type": "user", "participant": user.id},
        {"type": "email", "participant": "guest@x.example"},
    ]
    event = api.create("Events", Event_Title="Demo", **times, Participants=people)
    record = api.record("Events", event)
    assert [(who["name"], who["Email"]) for who in record["Participants"]] == [
        ("Ann Wong", "ann@x.example"),
        (user.full_name, user.email),
        (None, "guest@x.example"),
    ]
    first = record["Participants"][0]
    assert first["id"].isdigit()
    assert (first["participant"], first["type"]) == (contact, "contact")
    assert (first["invited"], first["status"]) == (False, "not_known")
    assert (record["Check_In_Status"], record["$send_notification"]) == ("PLANNED", False)
    assert record["$u_id"].count("-") == 4
    api.put(f"Events/{event}", {"data": [{"$send_notification": True, "Participants": people[:1]}]})
    (invited,) = api.record("Events", event)["Participants"]
    assert invited["invited"] is True
    listed = {row["id"]: row for row in api.rows("Events", fields="Participants")}
    assert len(listed[event]["Participants"]) == 1
    other = api.create("Events", Event_Title="Empty", **times)
    assert api.record("Events", other)["Participants"] == []


@pytest.mark.parametrize(
    ("people", "code"),
    [
        ([{"type": "email", "participant": "a@x.example"}] * 51, "LIMIT_EXCEEDED"),
        ([{"type": "contact", "participant": "1"}], "INVALID_DATA"),
        ([{"type": "robot", "participant": "1"}], "INVALID_DATA"),
        ([{"type": "email"}], "MANDATORY_NOT_FOUND"),
        ({}, "INVALID_DATA"),
    ],
)
def test_invalid_participants_are_refused(v8: Api, people: Any, code: str) -> None:
    times = {"Start_DateTime": moment(v8, 60), "End_DateTime": moment(v8, 90)}
    refused = v8.refused("Events", Event_Title="Demo", **times, Participants=people)
    assert refused["code"] == code


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, "Received"),
        ({"Call_Type": "Outbound"}, "Attended Dialled"),
        ({"Call_Type": "Outbound", "Call_Duration": "00:00"}, "Unattended Dialled"),
        ({"Call_Type": "Missed", "Call_Duration": "00:00"}, "Missed"),
    ],
)
def test_call_status_follows_from_the_call(v8: Api, values: Item, status: str) -> None:
    assert v8.record("Calls", call_of(v8, **values))["Call_Status"] == status


def test_call_in_the_future_is_scheduled_without_a_duration(api: Api) -> None:
    values = {"Subject": "Call", "Call_Type": "Outbound"}
    scheduled = api.create("Calls", **values, Call_Start_Time=moment(api, 60))
    record = api.record("Calls", scheduled)
    assert (record["Call_Status"], record["Call_Duration"]) == ("Scheduled", None)
    refused = api.refused("Calls", **values, Call_Start_Time=moment(api, -60))
    assert (refused["code"], refused["details"]["api_name"]) == (
        "MANDATORY_NOT_FOUND",
        "Call_Duration",
    )


def test_inbound_call_without_duration_is_refused(v8: Api) -> None:
    values = {"Subject": "Call", "Call_Type": "Inbound", "Call_Duration": "00:00"}
    refused = v8.refused("Calls", **values, Call_Start_Time=moment(v8, -60))
    assert refused["code"] == "DEPENDENT_MISMATCH"
    assert refused["details"]["dependee"]["api_name"] == "Call_Type"


def test_values_of_new_records_follow_from_others(api: Api) -> None:
    product = api.record("Products", api.create("Products", Product_Name="Box"))
    names = ("Qty_Ordered", "Qty_in_Stock", "Qty_in_Demand", "Reorder_Level")
    assert [product[name] for name in names] == [0, 0, 0, 0]
    assert (product["Taxable"], product["Tax"], product["Handler"]) == (True, [], None)
    account = api.create("Accounts", Account_Name="Acme", Billing_City="Bonn", Billing_Code="53")
    api.put(f"Accounts/{account}", {"data": [{"Billing_Street": "Markt 1"}]})
    record = api.record("Accounts", account)
    assert record["Account_Number"] == "0"
    assert record["Billing_Address"] == "Markt 1\nBonn, 53"
    assert (record["Shipping_Address"], record["Shipping_Coordinates"]) == ("", "")
    day = (api.org.clock.now() + timedelta(days=3)).date().isoformat()
    open_deal = api.create("Deals", Deal_Name="A", Stage="Qualification")
    deal = api.create("Deals", Deal_Name="B", Stage="Qualification", Closing_Date=day)
    durations = ("Overall_Sales_Duration", "Sales_Cycle_Duration")
    assert [api.record("Deals", deal)[name] for name in durations] == [3, 3]
    assert [api.record("Deals", open_deal)[name] for name in durations] == [None, None]


def test_probability_follows_the_stage_unless_given(api: Api) -> None:
    deal = api.create("Deals", Deal_Name="A", Stage="Qualification", Amount=1000)

    def after(**values: Any) -> tuple[Any, Any]:
        api.put(f"Deals/{deal}", {"data": [values]})
        record = api.record("Deals", deal)
        return record["Probability"], record["Expected_Revenue"]

    assert after(Stage="Needs Analysis") == (20, 200)
    assert after(Probability=35) == (35, 350)
    assert after(Stage="Elsewhere") == (35, 350)
    assert after(Stage="Closed Won") == (100, 1000)
    refused = api.refused("Deals", Deal_Name="B", Stage="Qualification", Probability=101)
    assert (refused["code"], refused["details"]["api_name"]) == ("INVALID_DATA", "Probability")


def test_whole_numbers_have_no_fraction(api: Api) -> None:
    lead = api.create("Leads", Last_Name="Wong", Annual_Revenue=850000.0)
    assert '"Annual_Revenue":850000,' in api.get(f"Leads/{lead}").text
    assert ".0," not in api.get("Deals").text if api.is_v2 else True
    for amount in (0.1, 0.2):
        api.create("Deals", Deal_Name="Sum", Stage="Qualification", Amount=amount)
    query = "select SUM(Amount) from Deals where Deal_Name = 'Sum'"
    (row,) = api.post("/crm/v8/coql", {"select_query": query}).json["data"]
    assert row == {"SUM(Amount)": 0.3}


@pytest.mark.parametrize("version", ["v2", "v2.1", "v4", "v5", "v6", "v8"])
def test_metadata_has_the_types_that_zohos_sdks_know(version: str) -> None:
    api = Api(version)
    number = float(version[1:])
    tasks, events = fields_of(api, "Tasks"), fields_of(api, "Events")
    assert tasks["Remind_At"]["data_type"] == "ALARM"
    reminder = "multireminder" if number >= 5 else "event_reminder"
    assert events["Remind_At"]["data_type"] == reminder
    assert events["Participants"]["json_type"] == "jsonarray"
    if number >= 6:
        assert tasks["What_Id"]["data_type"] == "multi_module_lookup"
        return
    assert tasks["What_Id"]["data_type"] == tasks["Who_Id"]["data_type"] == "lookup"
    targets = [tasks[name]["lookup"]["module"] for name in ("What_Id", "Who_Id")]
    if number >= 3:
        targets = [target["api_name"] for target in targets]
    assert targets == ["se_module", "Contacts"]


@pytest.mark.parametrize("version", ["v2.1", "v5", "v8"])
def test_discount_of_a_line_item_may_be_text(version: str) -> None:
    api = Api(version)
    item = {"Product_Name": {"id": api.first_id("Products")}, "Quantity": 1, "List_Price": 20}
    quote = api.create("Quotes", Subject="Q", Quoted_Items=[{**item, "Discount": "5"}])
    (row,) = api.record("Quotes", quote)["Quoted_Items"]
    assert (row["Discount"], row["Total_After_Discount"]) == (5, 15)


def test_metadata_of_v2_describes_every_field_to_airbyte(v2: Api) -> None:
    listed = v2.get("settings/modules").json["modules"]
    names = {module["api_name"] for module in listed if module["api_supported"]}
    assert {"Activities", "Projects_X_Products", "Quotes"} <= names
    for name in names - {"Functions__s"}:
        (module,) = v2.get(f"settings/modules/{name}").json["modules"]
        assert module["api_name"] == name
        fields = fields_of(v2, name)
        assert fields
        assert all("length" in field for field in fields.values())
    items = fields_of(v2, "Quotes")["Product_Details"]
    assert (items["data_type"], items["json_type"]) == ("text", "jsonarray")


def test_users_have_preferences(api: Api) -> None:
    (user,) = api.get("users", type="CurrentUser").json["users"]
    assert user["customize_info"]["show_detail_view"] is True
    assert user["theme"]["type"] == "default"
    territories = [territory["name"] for territory in user.get("territories", ())]
    assert (territories, user.get("distance_preference__s")) == (
        (["Brightwater Trading"], "Miles") if api.is_v2 else ([], None)
    )


def test_stage_history_has_a_row_for_each_stage(api: Api) -> None:
    deal = api.create("Deals", Deal_Name="A", Stage="Qualification", Amount=10)
    api.put(f"Deals/{deal}", {"data": [{"Amount": 20}]})
    api.put(f"Deals/{deal}", {"data": [{"Stage": "Closed Won"}]})
    rows = api.rows(f"Deals/{deal}/Stage_History", "Stage,Amount,Stage_Duration_Calendar_Days")
    name = "Stage_Duration_Calendar_Days"
    assert [(row["Stage"], row["Amount"], row[name]) for row in rows] == [
        ("Closed Won", 20, None),
        ("Qualification", 10, 0),
    ]
    listed = {row["id"] for row in api.rows("DealHistory", "Stage")}
    assert {row["id"] for row in rows} <= listed
    api.delete(f"Deals/{deal}")
    assert not {row["id"] for row in rows} & {row["id"] for row in api.rows("DealHistory")}


def test_modules_of_real_organisations_are_listed(api: Api) -> None:
    modules = api.get("settings/modules").json["modules"]
    names = {module["api_name"] for module in modules if module["api_supported"]}
    assert {"DealHistory", "Functions__s"} <= names
    related = api.get("settings/related_lists", module="Deals").json["related_lists"]
    assert "Stage_History" in {item["api_name"] for item in related}
