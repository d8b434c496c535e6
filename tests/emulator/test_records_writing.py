"""Insert, update, upsert and delete: answers, statuses, subforms, the recycle bin."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cases import check_each

from .api import Api


def test_insert_returns_id_and_times(v2: Api, v8: Api) -> None:
    for api in (v2, v8):
        answer = api.post("Leads", {"data": [{"Last_Name": "Wong"}], "trigger": []})
        assert answer.status_code == 201
        item = answer.json["data"][0]
        assert (item["code"], item["message"], item["status"]) == (
            "SUCCESS",
            "record added",
            "success",
        )
        details = item["details"]
        expected = {"Modified_Time", "Modified_By", "Created_Time", "id", "Created_By"}
        assert set(details) == expected | (set() if api.is_v2 else {"$approval_state"})
        assert set(details["Created_By"]) == {"name", "id"}
        record = api.record("Leads", details["id"])
        assert record["Last_Name"] == "Wong"
        assert record["Owner"]["id"] == details["Created_By"]["id"]
        assert record["Created_Time"] == details["Created_Time"]


@pytest.mark.parametrize(
    ("items", "v2_status", "v8_status"),
    [
        (["ok", "ok"], 201, 201),
        (["ok", "bad"], 202, 207),
        (["bad", "bad"], 202, 400),
    ],
)
def test_batch_with_failures_has_the_status_of_its_version(
    v2: Api, v8: Api, items: list[str], v2_status: int, v8_status: int
) -> None:
    data = [{"Last_Name": "X"} if item == "ok" else {"Email": "?"} for item in items]
    for api, status in ((v2, v2_status), (v8, v8_status)):
        answer = api.post("Leads", {"data": data})
        assert answer.status_code == status
        assert [item["status"] == "success" for item in answer.json["data"]] == [
            item == "ok" for item in items
        ]


def test_failed_insert_leaves_no_record(api: Api) -> None:
    before = api.get("Leads/actions/count").json["count"]
    api.refused("Leads", Last_Name="X", Email="?")
    assert api.get("Leads/actions/count").json["count"] == before


def test_insert_of_more_than_100_records_is_refused(api: Api) -> None:
    data = [{"Last_Name": f"N{number}"} for number in range(101)]
    assert api.post("Leads", {"data": data[:100]}).status_code == 201
    answer = api.post("Leads", {"data": data})
    assert answer.status_code == 400
    assert answer.json["details"]["maximum_length"] == 100


@check_each("body", [{}, {"data": []}, {"data": {}}, {"data": [1]}, []])
def test_body_of_another_shape_is_refused(api: Api, body: object) -> None:
    answer = api.post("Leads", body)
    assert answer.status_code == 400
    assert answer.json["code"] in ("INVALID_DATA", "MANDATORY_NOT_FOUND")


def test_body_without_json_is_refused(api: Api) -> None:
    answer = api.post_bytes("Leads", b"{")
    assert (answer.status_code, answer.json["code"]) == (400, "JSON_PARSE_ERROR")


def test_update_by_path_or_by_body_changes_the_record(api: Api) -> None:
    first, second = (row["id"] for row in api.rows("Leads", per_page=2))
    api.org.clock.advance(60)
    answer = api.put(f"Leads/{first}", {"data": [{"City": "Bern"}]})
    assert answer.status_code == 200
    assert answer.json["data"][0]["message"] == "record updated"
    answer = api.put(
        "Leads", {"data": [{"id": first, "State": "BE"}, {"id": second, "City": "Rom"}]}
    )
    assert answer.status_code == 200
    record = api.record("Leads", first)
    assert (record["City"], record["State"]) == ("Bern", "BE")
    assert record["Modified_Time"] > record["Created_Time"]


def test_update_of_an_unknown_record_is_refused(v2: Api, v8: Api) -> None:
    for api, status in ((v2, 202), (v8, 400)):
        answer = api.put("Leads/3652397000009999999", {"data": [{"City": "Bern"}]})
        assert answer.status_code == 400
        assert answer.json["code"] == "INVALID_DATA"
        assert ("resource_path_index" in answer.json["details"]) is not api.is_v2
        answer = api.put("Leads", {"data": [{"City": "Bern"}]})
        assert answer.status_code == status
        assert answer.json["data"][0]["code"] == "MANDATORY_NOT_FOUND"
    mixed = v8.put("Leads", {"data": [{"id": v8.first_id("Leads"), "City": "B"}, {"id": "123"}]})
    assert mixed.status_code == 207
    assert mixed.json["data"][1]["details"]["json_path"] == "$.data[1].id"


def test_append_values_adds_to_a_multi_select(api: Api) -> None:
    lead = api.create("Leads", Last_Name="X", Languages=["English"])

    def languages(**values: object) -> list[str]:
        api.put(f"Leads/{lead}", {"data": [values]})
        languages: list[str] = api.record("Leads", lead)["Languages"]
        return languages

    append = {"Languages": True}
    assert languages(**{"Languages": ["German"], "$append_values": append}) == ["English", "German"]
    assert languages(**{"Languages": ["French"], "$append_values": True}) == [
        "English",
        "German",
        "French",
    ]
    assert languages(Languages=["Spanish"]) == ["Spanish"]


def test_update_with_if_unmodified_since_of_a_changed_record_is_refused(v2: Api, v8: Api) -> None:
    for api in (v2, v8):
        lead = api.first_id("Leads")
        long_ago = {"If-Unmodified-Since": "2020-01-01T00:00:00+00:00"}
        answer = api.put(f"Leads/{lead}", {"data": [{"City": "Bern"}]}, headers=long_ago)
        assert answer.status_code == (200 if api.is_v2 else 412)
    assert answer.json["code"] == "ALREADY_MODIFIED"
    now = {"If-Unmodified-Since": v8.org.clock.iso("Asia/Tokyo")}
    assert v8.put(f"Leads/{lead}", {"data": [{"City": "Bern"}]}, headers=now).status_code == 200


def test_upsert_by_the_system_field_updates_the_match(api: Api) -> None:
    body = {
        "data": [
            {"Last_Name": "A", "Email": "up@example.com"},
            {"Last_Name": "B", "Email": "UP@example.com", "City": "Bern"},
        ]
    }
    answer = api.post("Leads/upsert", body)
    assert answer.status_code == 200
    first, second = answer.json["data"]
    assert (first["action"], first["duplicate_field"]) == ("insert", None)
    assert (second["action"], second["duplicate_field"]) == ("update", "Email")
    assert first["details"]["id"] == second["details"]["id"]
    assert api.record("Leads", first["details"]["id"])["Last_Name"] == "B"


def test_upsert_by_named_fields_updates_the_match(api: Api) -> None:
    lead = api.create("Leads", Last_Name="A", Email="a@example.com", External_Reference="R-1")
    other = api.create("Leads", Last_Name="B", Email="b@example.com")
    answer = api.post(
        "Leads/upsert",
        {
            "data": [{"Last_Name": "C", "External_Reference": "R-1", "Email": "b@example.com"}],
            "duplicate_check_fields": ["External_Reference", "Email"],
        },
    )
    item = answer.json["data"][0]
    assert (item["details"]["id"], item["duplicate_field"]) == (lead, "External_Reference")
    assert api.record("Leads", other)["Last_Name"] == "B"
    bad = api.post(
        "Leads/upsert", {"data": [{"Last_Name": "C"}], "duplicate_check_fields": ["City"]}
    )
    assert bad.status_code == 400


def test_line_items_are_summed(v2: Api, v8: Api) -> None:
    for api in (v2, v8):
        product = api.first_id("Products")
        row = (
            {"product": product, "quantity": 3, "list_price": 10.5}
            if api.is_v2
            else {"Product_Name": {"id": product}, "Quantity": 3, "List_Price": 10.5}
        )
        name = "Product_Details" if api.is_v2 else "Quoted_Items"
        quote = api.create(
            "Quotes", **{"Subject": "Q", name: [{**row, "Discount": 1.5}]}, Adjustment=5
        )
        record = api.record("Quotes", quote)
        assert record["Sub_Total"] == 30.0
        assert record["Grand_Total"] == 35.0
        assert record[name][0]["total" if api.is_v2 else "Total"] == 31.5


def test_v2_replaces_a_subform_and_later_versions_merge(v2: Api, v8: Api) -> None:
    for api in (v2, v8):
        project = api.create("Projects", Name="P", Milestones=[{"Title": "One"}, {"Title": "Two"}])
        first, second = api.record("Projects", project)["Milestones"]
        api.put(
            f"Projects/{project}",
            {
                "data": [
                    {"Milestones": [{"id": second["id"], "Title": "Second"}, {"Title": "Three"}]}
                ]
            },
        )
        titles = [row["Title"] for row in api.record("Projects", project)["Milestones"]]
        if api.is_v2:
            assert titles == ["Second", "Three"]
        else:
            assert titles == ["One", "Second", "Three"]
            v8.put(
                f"Projects/{project}",
                {"data": [{"Milestones": [{"id": first["id"], "_delete": None}]}]},
            )
            titles = [row["Title"] for row in v8.record("Projects", project)["Milestones"]]
            assert titles == ["Second", "Three"]
            dropped = {"id": second["id"], "_delete": None}
            twice = {"data": [{"Milestones": [dropped, dropped]}]}
            refused = api.put(f"Projects/{project}", twice).json["data"][0]
            assert refused["code"] == "INVALID_DATA"
        api.put(f"Projects/{project}", {"data": [{"Milestones": []}]})
        assert api.record("Projects", project)["Milestones"] == []
        answer = api.put(f"Projects/{project}", {"data": [{"Milestones": [{"id": first["id"]}]}]})
        assert answer.json["data"][0]["code"] == "INVALID_DATA"


def test_delete_removes_the_record(v2: Api, v8: Api) -> None:
    for api, mixed in ((v2, 202), (v8, 207)):
        first, second, third = (row["id"] for row in api.rows("Leads", per_page=3))
        answer = api.delete(f"Leads/{first}")
        assert answer.status_code == 200
        assert answer.json["data"] == [
            {
                "code": "SUCCESS",
                "details": {"id": first},
                "message": "record deleted",
                "status": "success",
            }
        ]
        assert api.get(f"Leads/{first}").status_code == 204
        ids = f"{second},{third},3652397000009999999"
        answer = api.delete("Leads", ids=ids, wf_trigger="false")
        assert answer.status_code == mixed
        assert [item["status"] for item in answer.json["data"]] == ["success", "success", "error"]
        assert api.delete("Leads").json["code"] == "REQUIRED_PARAM_MISSING"
        too_many = ",".join(str(number) for number in range(101))
        assert api.delete("Leads", ids=too_many).json["code"] == "LIMIT_EXCEEDED"


def test_deleted_records_are_listed(api: Api) -> None:
    assert api.get("Leads/deleted").status_code == 204
    lead = api.first_id("Leads")
    name = api.record("Leads", lead)["Full_Name"]
    api.delete(f"Leads/{lead}")
    entry = api.get("Leads/deleted", type="recycle").json["data"][0]
    assert (entry["id"], entry["display_name"], entry["type"]) == (lead, name, "recycle")
    assert entry["deleted_by"]["name"]
    assert api.get("Leads/deleted", type="permanent").status_code == 204
    api.org.clock.advance(61 * 86400)
    api.caller.connect()
    entry = api.get("Leads/deleted", type="permanent").json["data"][0]
    assert (entry["id"], entry["display_name"], entry["type"]) == (lead, None, "permanent")
    api.org.clock.advance(60 * 86400)
    api.caller.connect()
    assert api.get("Leads/deleted", type="all").status_code == 204
    assert api.get("Leads/deleted", type="odd").status_code == 400


def test_ids_never_repeat(api: Api) -> None:
    known = {record_id for table in api.org.records.tables.values() for record_id in table.rows}
    for _ in range(3):
        lead = api.create("Leads", Last_Name="X")
        assert lead not in known
        known.add(lead)
        api.delete(f"Leads/{lead}")


def test_clone_copies_the_record(api: Api) -> None:
    quote = api.first_id("Quotes")
    answer = api.post(f"Quotes/{quote}/actions/clone", {"data": [{"Subject": "Copy"}]})
    assert answer.status_code == 201
    copy = api.record("Quotes", answer.json["data"][0]["details"]["id"])
    source = api.record("Quotes", quote)
    name = "Product_Details" if api.is_v2 else "Quoted_Items"
    assert copy["Subject"] == "Copy"
    assert copy["Grand_Total"] == source["Grand_Total"]
    assert {row["id"] for row in copy[name]}.isdisjoint(row["id"] for row in source[name])
    assert copy["Quote_Number"] != source["Quote_Number"]
    lead = api.first_id("Leads")
    changes = {"data": [{"External_Reference": "Another"}]}
    answer = api.post(f"Leads/{lead}/actions/clone", changes)
    clone = api.record("Leads", answer.json["data"][0]["details"]["id"])
    assert clone["External_Reference"] == "Another"


def test_insert_into_a_module_without_records_is_refused(api: Api) -> None:
    for module in ("Attachments", "Quoted_Items", "Activities"):
        assert api.post(module, {"data": [{}]}).json["code"] == "INVALID_MODULE"


def test_multi_lookup_links_several_records(v2: Api, v8: Api) -> None:
    for api in (v2, v8):
        first, second, third = (row["id"] for row in api.rows("Products", per_page=3))

        def named(*products: str, api: Api = api) -> list[dict[str, Any]]:
            return [{"Products_Used": api.lookup(product)} for product in products]

        def used(project: str, api: Api = api) -> list[str]:
            links = api.record("Projects", project)["Products_Used"]
            return [link["Products_Used"]["id"] for link in links]

        project = api.create("Projects", Name="P", Products_Used=named(first, second))
        assert used(project) == [first, second]
        assert project in {row["id"] for row in api.rows(f"Products/{first}/Projects", "Name")}
        linked = api.rows(f"Projects/{project}/Products_Used", "Product_Name")
        assert {row["id"] for row in linked} == {first, second}
        api.put(f"Projects/{project}", {"data": [{"Products_Used": named(third)}]})
        assert used(project) == ([third] if api.is_v2 else [first, second, third])
        link = api.record("Projects", project)["Products_Used"][0]["id"]
        gone = {"Products_Used": [{"id": link, "_delete": None}]}
        api.put(f"Projects/{project}", {"data": [gone]})
        assert used(project) == ([] if api.is_v2 else [second, third])
        assert api.put(f"Projects/{project}", {"data": [gone]}).json["data"][0]["status"] == "error"
        api.put(f"Projects/{project}/Products_Used/{first}", {"data": [{}]})
        assert first in used(project)
        api.put(f"Projects/{project}", {"data": [{"Products_Used": []}]})
        assert used(project) == []
        assert api.refused("Projects", Name="P", Products_Used=named("123"))
        assert api.refused("Projects", Name="P", Products_Used={})
    assert "Products_Used" not in v8.rows("Projects", "Name,Products_Used")[0]
