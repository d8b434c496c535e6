"""What a record may contain: each refusal with Zoho's code and details."""

from __future__ import annotations

from typing import Any

from tests.cases import check_each

from .api import Api

USER = "3652397000009999999"


@check_each(
    ("values", "details"),
    [
        ({"Email": "no address"}, {"api_name": "Email", "expected_data_type": "email"}),
        ({"Email": 5}, {"api_name": "Email", "expected_data_type": "email"}),
        ({"City": 5}, {"api_name": "City", "expected_data_type": "text"}),
        ({"City": "x" * 101}, {"api_name": "City", "maximum_length": 100}),
        ({"Description": "x" * 32_001}, {"api_name": "Description", "maximum_length": 32_000}),
        ({"Phone": "call me <now>"}, {"api_name": "Phone", "expected_data_type": "phone"}),
        ({"Website": "not a site"}, {"api_name": "Website", "expected_data_type": "website"}),
        (
            {"No_of_Employees": "12"},
            {"api_name": "No_of_Employees", "expected_data_type": "integer"},
        ),
        (
            {"No_of_Employees": True},
            {"api_name": "No_of_Employees", "expected_data_type": "integer"},
        ),
        (
            {"No_of_Employees": 1.5},
            {"api_name": "No_of_Employees", "expected_data_type": "integer"},
        ),
        ({"No_of_Employees": 10**9}, {"api_name": "No_of_Employees", "maximum_length": 9}),
        (
            {"Customer_Number": "12x"},
            {"api_name": "Customer_Number", "expected_data_type": "bigint"},
        ),
        ({"Customer_Number": "1" * 19}, {"api_name": "Customer_Number", "maximum_length": 18}),
        ({"Annual_Revenue": "1"}, {"api_name": "Annual_Revenue", "expected_data_type": "double"}),
        ({"Annual_Revenue": 10**16}, {"api_name": "Annual_Revenue", "maximum_length": 16}),
        ({"Discount_Offered": 100_000}, {"api_name": "Discount_Offered", "maximum_length": 5}),
        ({"Email_Opt_Out": "true"}, {"api_name": "Email_Opt_Out", "expected_data_type": "boolean"}),
        (
            {"Follow_Up_Date": "01/02/2025"},
            {"api_name": "Follow_Up_Date", "maximum_length": 20, "expected_data_type": "date"},
        ),
        (
            {"Follow_Up_Date": "2025-02-30"},
            {"api_name": "Follow_Up_Date", "maximum_length": 20, "expected_data_type": "date"},
        ),
        (
            {"Demo_Scheduled_At": "2025-02-01"},
            {"api_name": "Demo_Scheduled_At", "expected_data_type": "datetime"},
        ),
        (
            {"Demo_Scheduled_At": "2025-02-01T10:00:00.000+01:00"},
            {"api_name": "Demo_Scheduled_At", "expected_data_type": "datetime"},
        ),
        ({"Lead_Source": "x" * 121}, {"api_name": "Lead_Source", "maximum_length": 120}),
        ({"Lead_Source": ["Chat"]}, {"api_name": "Lead_Source", "expected_data_type": "text"}),
        ({"Languages": "English"}, {"api_name": "Languages", "expected_data_type": "jsonarray"}),
        ({"Referred_By": 1.5}, {"api_name": "Referred_By", "expected_data_type": "jsonobject"}),
        ({"Documents": {}}, {"api_name": "Documents", "expected_data_type": "jsonarray"}),
    ],
)
def test_invalid_value_is_refused(
    api: Api, values: dict[str, Any], details: dict[str, Any]
) -> None:
    item = api.refused("Leads", Last_Name="Wong", **values)
    assert item["code"] == "INVALID_DATA"
    assert item["message"] == "invalid data"
    name = details["api_name"]
    expected = details if api.is_v2 else {**details, "json_path": f"$.data[0].{name}"}
    assert item["details"] == expected


def test_invalid_nested_value_names_its_path(v8: Api) -> None:
    item = v8.refused("Leads", Last_Name="Wong", Languages=["English", 5])
    assert item["details"]["json_path"] == "$.data[0].Languages[1]"
    item = v8.refused("Leads", Last_Name="Wong", Referred_By={"id": "12x"})
    assert item["details"]["json_path"] == "$.data[0].Referred_By.id"
    item = v8.refused("Quotes", Subject="Q", Quoted_Items=[{"Quantity": 1}])
    assert item["code"] == "MANDATORY_NOT_FOUND"
    assert item["details"]["json_path"] == "$.data[0].Quoted_Items[0].Product_Name"


def test_valid_value_is_stored(api: Api) -> None:
    contact = api.first_id("Contacts")
    manager = list(api.org.users)[1]
    lead = api.create(
        "Leads",
        Last_Name="Wong",
        Email="ann@example.com",
        Phone="+49 (30) 555-01",
        Website="www.example.com/a?b=c",
        No_of_Employees=-5,
        Customer_Number="123456789012345678",
        Annual_Revenue=12.345,
        Discount_Offered=7.5,
        Email_Opt_Out=True,
        Follow_Up_Date="2028-02-29",
        Demo_Scheduled_At="2028-02-29T10:00:00+05:30",
        Lead_Source="Trade Show",
        Languages=["English", "Chinese"],
        Referred_By={"id": contact},
        Owner={"id": manager},
        City="Zürich 東京",
    )
    record = api.record("Leads", lead)
    assert record["Customer_Number"] == "123456789012345678"
    assert record["Annual_Revenue"] == 12.35
    assert record["Demo_Scheduled_At"] == "2028-02-29T05:30:00+01:00"
    assert record["Languages"] == ["English", "Chinese"]
    assert record["Referred_By"]["id"] == contact
    assert record["Owner"]["id"] == manager
    assert record["City"] == "Zürich 東京"
    assert record["Full_Name"] == "Wong"


@check_each(
    ("module", "values", "name"),
    [
        ("Leads", {"Company": "X"}, "Last_Name"),
        ("Leads", {"Last_Name": ""}, "Last_Name"),
        ("Leads", {"Last_Name": None}, "Last_Name"),
        ("Contacts", {}, "Last_Name"),
        ("Accounts", {"Phone": "1"}, "Account_Name"),
        ("Deals", {"Deal_Name": "X"}, "Stage"),
        ("Tasks", {}, "Subject"),
        (
            "Events",
            {"Event_Title": "X", "Start_DateTime": "2025-01-01T10:00:00+00:00"},
            "End_DateTime",
        ),
        ("Calls", {"Subject": "X", "Call_Type": "Inbound"}, "Call_Start_Time"),
        ("Products", {}, "Product_Name"),
        ("Campaigns", {}, "Campaign_Name"),
        ("Vendors", {}, "Vendor_Name"),
        ("Cases", {"Subject": "X", "Status": "New"}, "Case_Origin"),
        ("Solutions", {}, "Solution_Title"),
        ("Projects", {}, "Name"),
    ],
)
def test_record_without_a_mandatory_field_is_refused(
    api: Api, module: str, values: dict[str, Any], name: str
) -> None:
    item = api.refused(module, **values)
    assert item["code"] == "MANDATORY_NOT_FOUND"
    assert item["message"] == "required field not found"
    assert item["details"]["api_name"] == name
    assert ("json_path" in item["details"]) is not api.is_v2


def test_mandatory_field_cannot_be_emptied(api: Api) -> None:
    lead = api.first_id("Leads")
    answer = api.put(f"Leads/{lead}", {"data": [{"Last_Name": None}]})
    assert answer.json["data"][0]["code"] == "MANDATORY_NOT_FOUND"


def test_line_items_are_mandatory_under_the_name_of_the_version(v2: Api, v8: Api) -> None:
    assert v2.refused("Quotes", Subject="Q")["details"]["api_name"] == "Product_Details"
    assert v8.refused("Quotes", Subject="Q")["details"]["api_name"] == "Quoted_Items"
    assert v8.refused("Quotes", Subject="Q", Quoted_Items=[])["code"] == "MANDATORY_NOT_FOUND"


def test_duplicate_of_a_unique_field_is_refused(v2: Api, v8: Api) -> None:
    for api in (v2, v8):
        owner = api.create("Leads", Last_Name="One", External_Reference="Same")
        item = api.refused("Leads", Last_Name="Two", External_Reference="sAmE")
        assert item["code"] == "DUPLICATE_DATA"
        assert item["message"] == "duplicate data"
        assert item["details"]["api_name"] == "External_Reference"
        assert item["details"]["id"] == owner
        again = api.put(f"Leads/{owner}", {"data": [{"External_Reference": "Same"}]})
        assert again.json["data"][0]["status"] == "success"
    assert item["details"]["duplicate_record"]["module"]["api_name"] == "Leads"
    assert item["details"]["duplicate_record"]["Owner"]["name"]


def test_unique_values_count_within_a_batch(api: Api) -> None:
    answer = api.post(
        "Leads",
        {
            "data": [
                {"Last_Name": "One", "External_Reference": "Z"},
                {"Last_Name": "Two", "External_Reference": "Z"},
            ]
        },
    )
    assert [item["code"] for item in answer.json["data"]] == ["SUCCESS", "DUPLICATE_DATA"]


def test_several_duplicates_are_reported_together(v8: Api) -> None:
    fields = v8.org.metadata.modules["Projects"]
    v8.org.metadata.replace(
        fields.with_fields(
            type(field)(
                **{
                    **{slot: getattr(field, slot) for slot in field.__slots__},
                    "unique": field.unique or field.api_name == "Name",
                }
            )
            for field in fields.fields
        )
    )
    v8.create("Projects", Name="A", Project_Code="1")
    item = v8.refused("Projects", Name="A", Project_Code="1")
    assert item["code"] == "MULTIPLE_OR_MULTI_ERRORS"
    assert {error["details"]["api_name"] for error in item["details"]["errors"]} == {
        "Name",
        "Project_Code",
    }


def test_lookup_of_an_unknown_record_is_refused(api: Api) -> None:
    lead = api.first_id("Leads")
    for wrong in ("3652397000009999999", lead):
        item = api.refused("Contacts", Last_Name="X", Account_Name=api.lookup(wrong))
        assert item["code"] == "INVALID_DATA"
        assert item["message"] == "the id given seems to be invalid"
        assert item["details"]["api_name"] == "Account_Name"


def test_lookup_as_text_is_accepted_in_v2_only(v2: Api, v8: Api) -> None:
    account = v2.first_id("Accounts")
    contact = v2.create("Contacts", Last_Name="X", Account_Name=account)
    assert v2.record("Contacts", contact)["Account_Name"]["id"] == account
    item = v8.refused("Contacts", Last_Name="X", Account_Name=v8.first_id("Accounts"))
    assert item["details"]["expected_data_type"] == "jsonobject"
    item = v8.refused("Contacts", Last_Name="X", Account_Name={"name": "Y"})
    assert item["code"] == "MANDATORY_NOT_FOUND"


def test_owner_that_is_inactive_is_refused(api: Api) -> None:
    item = api.refused("Leads", Last_Name="X", Owner={"id": USER})
    assert item["details"]["api_name"] == "Owner"
    for user in api.org.users.values():
        if user.status != "active":
            assert api.refused("Leads", Last_Name="X", Owner={"id": user.id})


def test_system_fields_in_a_body_are_ignored(api: Api) -> None:
    lead = api.create(
        "Leads",
        Last_Name="X",
        Created_Time="nonsense",
        Full_Name="Y",
        Lead_Number="Z",
        Nobody_Knows_This="?",
    )
    record = api.record("Leads", lead)
    assert record["Full_Name"] == "X"
    assert record["Lead_Number"].startswith("LD-")
    assert "Nobody_Knows_This" not in record


def test_event_ends_after_it_begins(v8: Api) -> None:
    item = v8.refused(
        "Events",
        Event_Title="X",
        Start_DateTime="2025-01-01T10:00:00+00:00",
        End_DateTime="2025-01-01T10:30:00+01:00",
    )
    assert item["details"]["api_name"] == "End_DateTime"


def test_file_field_stores_uploaded_files(v8: Api) -> None:
    uploaded = v8.upload("files", ("plan.txt", b"plan"), ("more.txt", b"more"))
    first, second = (item["details"]["id"] for item in uploaded.json["data"])
    lead = v8.create("Leads", Last_Name="X", Documents=[{"File_Id__s": first}])
    v8.put(f"Leads/{lead}", {"data": [{"Documents": [{"File_Id__s": second}]}]})
    files = v8.record("Leads", lead)["Documents"]
    assert [item["File_Name__s"] for item in files] == ["plan.txt", "more.txt"]
    file = v8.get(f"Leads/{lead}/actions/download_fields_attachment", fields_attachment_id=second)
    assert file.data == b"more"
    assert v8.refused("Leads", Last_Name="X", Documents=[{"File_Id__s": "nope"}])


def test_computed_times_of_calls_and_tasks_are_set(v8: Api) -> None:
    call = v8.create(
        "Calls",
        Subject="X",
        Call_Type="Inbound",
        Call_Duration="2:30",
        Call_Start_Time="2025-01-01T10:00:00+00:00",
    )
    assert v8.record("Calls", call)["Call_Duration_in_seconds"] == 150
    task = v8.create("Tasks", Subject="X")
    assert v8.record("Tasks", task)["Status"] == "Not Started"
    v8.put(f"Tasks/{task}", {"data": [{"Status": "Completed"}]})
    assert v8.record("Tasks", task)["Closed_Time"]
