"""Mass update, delete and conversion."""

from __future__ import annotations

from typing import Any

from .api import Api


def finish_job(api: Api, path: str, job_id: str) -> dict[str, Any]:
    first = api.get(path, job_id=job_id).json["data"][0]
    assert first["Status"] == "RUNNING"
    last: dict[str, Any] = api.get(path, job_id=job_id).json["data"][0]
    assert last["Status"] == "COMPLETED"
    return last


def view_of(api: Api, name: str) -> str:
    views = api.get("settings/custom_views", module="Leads").json["custom_views"]
    return str(next(view["id"] for view in views if view["name"] == name))


def test_mass_update_by_ids_changes_these_records(api: Api) -> None:
    ids = [row["id"] for row in api.rows("Leads", per_page=3)]
    answer = api.post(
        "Leads/actions/mass_update", {"data": [{"City": "Bern"}], "ids": [*ids, "123"]}
    )
    assert answer.status_code == (202 if api.is_v2 else 207)
    assert [item["status"] for item in answer.json["data"]] == ["success"] * 3 + ["error"]
    assert {api.record("Leads", lead)["City"] for lead in ids} == {"Bern"}


def test_mass_update_by_view_is_a_job(v8: Api) -> None:
    view = view_of(v8, "Not Contacted")
    before = v8.get("Leads/actions/count", cvid=view).json["count"]
    answer = v8.post("Leads/actions/mass_update", {"data": [{"City": "Bern"}], "cvid": view})
    item = answer.json["data"][0]
    assert item["message"] == "mass update scheduled successfully"
    counts = finish_job(v8, "Leads/actions/mass_update", item["details"]["job_id"])
    assert (counts["Total_Count"], counts["Updated_Count"], counts["Failed_Count"]) == (
        before,
        before,
        0,
    )
    assert {row["City"] for row in v8.rows("Leads", "City", cvid=view)} == {"Bern"}


def test_mass_update_adds_unless_it_overwrites(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="X", Languages=["English"])
    body = {"data": [{"Languages": ["German"]}], "ids": [lead]}
    v8.post("Leads/actions/mass_update", body)
    assert v8.record("Leads", lead)["Languages"] == ["English", "German"]
    v8.post("Leads/actions/mass_update", {**body, "over_write": True})
    assert v8.record("Leads", lead)["Languages"] == ["German"]


def test_invalid_mass_update_is_refused(v8: Api) -> None:
    path = "Leads/actions/mass_update"

    def code(**body: Any) -> Any:
        answer = v8.post(path, {"data": [{"City": "Bern"}], **body})
        assert answer.status_code == 400
        return answer.json["code"]

    assert code() == "MANDATORY_NOT_FOUND"
    assert code(ids=["1"], cvid="2") == "AMBIGUITY_DURING_PROCESSING"
    assert code(ids=["1"] * 501) == "LIMIT_EXCEEDED"
    assert code(cvid="2") == "INVALID_DATA"
    assert code(ids=[v8.first_id("Leads")], trigger=5) == "INVALID_DATA"
    assert code(ids=["1"], data=[{"City": "B", "State": "C"}]) == "LIMIT_EXCEEDED"
    assert v8.get(path).json["code"] == "REQUIRED_PARAM_MISSING"
    assert v8.get(path, job_id="1").json["code"] == "INVALID_DATA"


def test_mass_delete_removes_records(v8: Api) -> None:
    ids = [row["id"] for row in v8.rows("Leads", per_page=2)]
    answer = v8.post("Leads/actions/mass_delete", {"ids": ids})
    assert [item["message"] for item in answer.json["data"]] == ["record is deleted"] * 2
    view = view_of(v8, "Not Contacted")
    answer = v8.post("Leads/actions/mass_delete", {"cvid": view})
    counts = finish_job(
        v8, "Leads/actions/mass_delete", answer.json["data"][0]["details"]["job_id"]
    )
    assert counts["Deleted_Count"] == counts["Total_Count"] > 0
    assert v8.get("Leads", fields="id", cvid=view).status_code == 204


def test_mass_delete_with_an_id_twice_refuses_the_second(v8: Api) -> None:
    lead = v8.first_id("Leads")

    answer = v8.post("Leads/actions/mass_delete", {"ids": [lead, lead]})

    assert answer.status_code == 207
    assert [item["code"] for item in answer.json["data"]] == ["SUCCESS", "INVALID_DATA"]


def test_mass_conversion_is_a_job(v8: Api) -> None:
    ids = [v8.create("Leads", Last_Name=f"N{number}", Company=f"C{number}") for number in range(3)]
    v8.post("Leads/actions/add_tags", {"ids": ids, "tags": [{"name": "Hot"}]})
    answer = v8.post(
        "Leads/actions/mass_convert",
        {
            "ids": ids,
            "Deals": {"Stage": "Qualification", "Closing_Date": "2027-01-01"},
            "carry_over_tags": [{"api_name": "Contacts", "id": "1"}],
        },
    )
    assert answer.json["code"] == "SCHEDULED"
    counts = finish_job(v8, "Leads/actions/mass_convert", answer.json["details"]["job_id"])
    assert (counts["Converted_Count"], counts["Not_Converted_Count"]) == (3, 0)
    for lead in ids:
        [record] = v8.get(f"Leads/{lead}", converted="true").json["data"]
        assert record["Converted_Deal"]
        contact = v8.record("Contacts", record["Converted_Contact"]["id"])
        assert [tag["name"] for tag in contact["Tag"]] == ["Hot"]
    answer = v8.post("Leads/actions/mass_convert", {"ids": ids})
    counts = finish_job(v8, "Leads/actions/mass_convert", answer.json["details"]["job_id"])
    assert (counts["Converted_Count"], counts["Failed_Count"]) == (0, 3)
    assert v8.post("Leads/actions/mass_convert", {}).status_code == 400


def test_mass_conversion_after_a_tag_was_deleted_carries_the_others(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="Wong", Tag=[{"name": "Gone"}, {"name": "Here"}])
    [gone] = [tag.id for tag in v8.org.records.tags.values() if tag.name == "Gone"]
    v8.delete(f"settings/tags/{gone}")
    body = {"ids": [lead], "carry_over_tags": [{"api_name": "Contacts"}]}

    assert v8.post("Leads/actions/mass_convert", body).json["code"] == "SCHEDULED"

    [record] = v8.get(f"Leads/{lead}", converted="true").json["data"]
    contact = v8.record("Contacts", record["Converted_Contact"]["id"])
    assert [tag["name"] for tag in contact["Tag"]] == ["Here"]


def test_owners_are_changed(v8: Api) -> None:
    first, second = [user.id for user in v8.org.users.values() if user.status == "active"][:2]
    account = v8.create("Accounts", Account_Name="X", Owner={"id": first})
    contact = v8.create(
        "Contacts", Last_Name="Y", Account_Name={"id": account}, Owner={"id": first}
    )
    answer = v8.post(
        f"Accounts/{account}/actions/change_owner",
        {
            "owner": {"id": second},
            "notify": True,
            "related_modules": [{"api_name": "Contacts"}],
        },
    )
    assert answer.status_code == 200
    assert answer.json["data"][0]["message"] == "owner is successfully updated"
    assert v8.record("Accounts", account)["Owner"]["id"] == second
    assert v8.record("Contacts", contact)["Owner"]["id"] == second
    answer = v8.post(
        "Accounts/actions/change_owner", {"ids": [account, "123"], "owner": {"id": first}}
    )
    assert [item["status"] for item in answer.json["data"]] == ["success", "error"]
    assert v8.record("Accounts", account)["Owner"]["id"] == first
    for body in ({"ids": [account]}, {"owner": {"id": first}}, {"ids": [account], "owner": {}}):
        answer = v8.post("Accounts/actions/change_owner", body)
        assert (answer.status_code, answer.json["code"]) == (400, "MANDATORY_NOT_FOUND")
    answer = v8.post("Accounts/actions/change_owner", {"ids": [account], "owner": {"id": account}})
    assert answer.json["code"] == "INVALID_DATA"


def test_owners_are_changed_by_view(v8: Api) -> None:
    view, owner = view_of(v8, "Not Contacted"), list(v8.org.users)[1]
    answer = v8.post("Leads/actions/mass_change_owner", {"cvid": view, "owner": {"id": owner}})
    counts = finish_job(
        v8, "Leads/actions/mass_change_owner", answer.json["data"][0]["details"]["job_id"]
    )
    assert counts["Updated_Count"] == counts["Total_Count"] > 0
    owners = {row["Owner"]["id"] for row in v8.rows("Leads", "Owner", cvid=view)}
    assert owners == {owner}
