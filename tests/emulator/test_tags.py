"""Tags: creating and changing them, adding them to records and removing them."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api


def post_tags(
    api: Api,
    action: str,
    record: str | None,
    names: list[str],
    over_write: bool = False,
    ids: list[str] | None = None,
) -> Any:
    path = f"Leads/{record}/actions/{action}" if record else f"Leads/actions/{action}"
    if api.is_v2:
        params: dict[str, Any] = {"tag_names": ",".join(names)}
        if over_write:
            params["over_write"] = "true"
        if ids:
            params["ids"] = ",".join(ids)
        return api.post(path, **params)
    body: dict[str, Any] = {"tags": [{"name": name} for name in names], "over_write": over_write}
    return api.post(path, {**body, "ids": ids} if ids else body)


def names_on(api: Api, record: str) -> list[str]:
    return [tag["name"] for tag in api.record("Leads", record)["Tag"]]


def test_many_tags_are_deleted_at_once(v8: Api) -> None:
    made = v8.post("settings/tags", {"tags": [{"name": "a1"}, {"name": "a2"}]}, module="Leads")
    ids = [tag["details"]["id"] for tag in made.json["tags"]]
    body = {"module": {"api_name": "Leads"}, "tags": [{"id": record_id} for record_id in ids]}
    answer = v8.post("settings/tags/actions/mass_delete", {"mass_delete": [body]})
    assert (answer.status_code, answer.json["code"]) == (202, "SCHEDULED")
    job_id = answer.json["details"]["job_id"]
    states = [
        v8.get("settings/tags/actions/mass_delete", job_id=job_id).json["mass_delete"][0]["status"]
        for _ in range(2)
    ]
    assert states == ["RUNNING", "COMPLETED"]
    left = v8.get("settings/tags", module="Leads").json["tags"]
    assert not {tag["id"] for tag in left} & set(ids)
    again = v8.post("settings/tags/actions/mass_delete", {"mass_delete": [body]})
    assert again.json["details"]["json_path"] == "$.mass_delete[0].tags[0].id"


def test_tags_are_added_to_records(api: Api) -> None:
    lead = api.create("Leads", Last_Name="A")
    other = api.create("Leads", Last_Name="B")
    answer = post_tags(api, "add_tags", None, ["Hot", "Brand new"], ids=[lead, other])
    assert answer.status_code == 200
    assert (answer.json["success_count"], answer.json["locked_count"]) == ("2", "0")
    details = answer.json["data"][0]["details"]
    assert details["id"] == lead
    tags = details["tags"] if api.is_v2 else [tag["name"] for tag in details["tags"]]
    assert tags == ["Hot", "Brand new"]
    assert names_on(api, lead) == names_on(api, other) == ["Hot", "Brand new"]
    post_tags(api, "remove_tags", lead, ["hot"])
    assert names_on(api, lead) == ["Brand new"]
    post_tags(api, "add_tags", lead, ["Other"], over_write=True)
    assert names_on(api, lead) == ["Other"]
    post_tags(api, "remove_tags", None, ["Hot", "Unheard of"], ids=[other])
    assert names_on(api, other) == ["Brand new"]


def test_tags_are_objects_with_colours_in_v8(v2: Api, v8: Api) -> None:
    tag = {}
    for api in (v2, v8):
        lead = api.create("Leads", Last_Name="A")
        post_tags(api, "add_tags", lead, ["Hot"])
        tag = api.record("Leads", lead)["Tag"][0]
        assert set(tag) == {"name", "id"} | (set() if api.is_v2 else {"color_code"})
    assert tag["color_code"] == "#F17574"


def test_tagging_an_unknown_record_is_refused(v2: Api, v8: Api) -> None:
    for api, status in ((v2, 202), (v8, 207)):
        lead = api.first_id("Leads")
        answer = post_tags(api, "add_tags", None, ["Hot"], ids=[lead, "123"])
        assert answer.status_code == status
        assert [item["status"] for item in answer.json["data"]] == ["success", "error"]
        assert answer.json["success_count"] == "1"
        assert post_tags(api, "add_tags", None, ["Hot"]).json["code"] == "REQUIRED_PARAM_MISSING"


def test_tags_of_a_new_record_are_created(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="A", Tag=[{"name": "Hot"}, {"name": "Made here"}])
    assert names_on(v8, lead) == ["Hot", "Made here"]
    item = v8.refused("Leads", Last_Name="A", Tag=[{"name": "x" * 26}])
    assert item["details"]["maximum_length"] == 25


def test_tags_of_a_module_are_managed(api: Api) -> None:
    answer = api.post("settings/tags", {"tags": [{"name": "One"}, {"name": "Two"}]}, module="Leads")
    assert answer.status_code == 201
    first, second = (item["details"]["id"] for item in answer.json["tags"])
    assert answer.json["tags"][0]["message"] == "tags created successfully"
    listed = api.get("settings/tags", module="Leads").json
    assert {"One", "Two", "Hot"} <= {tag["name"] for tag in listed["tags"]}
    again = api.post("settings/tags", {"tags": [{"name": "one"}]}, module="Leads")
    assert again.json["tags"][0]["code"] == "DUPLICATE_DATA"
    renamed = api.put(f"settings/tags/{first}", {"tags": [{"name": "Uno"}]}, module="Leads")
    assert renamed.json["tags"][0]["message"] == "tags updated successfully"
    api.put("settings/tags", {"tags": [{"id": second, "name": "Due"}]}, module="Leads")
    names = {tag["name"] for tag in api.get("settings/tags", module="Leads").json["tags"]}
    assert {"Uno", "Due"} <= names
    assert names.isdisjoint({"One", "Two"})
    gone = api.delete(f"settings/tags/{first}")
    assert [item["message"] for item in gone.json["tags"]] == ["tags deleted successfully"]
    assert api.delete(f"settings/tags/{first}").status_code == 400
    assert api.get("settings/tags", module="Vendors").status_code == 204


def test_tags_are_counted_and_merged(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="A", Tag=[{"name": "Keep"}, {"name": "Lose"}])
    other = v8.create("Leads", Last_Name="B", Tag=[{"name": "Lose"}])
    ids = {tag["name"]: tag["id"] for tag in v8.get("settings/tags", module="Leads").json["tags"]}

    def count(name: str) -> Any:
        return v8.get(f"settings/tags/{ids[name]}/actions/records_count", module="Leads").json

    assert count("Lose") == {"count": "2"}
    answer = v8.post(
        f"settings/tags/{ids['Keep']}/actions/merge", {"tags": [{"conflict_id": ids["Lose"]}]}
    )
    assert answer.status_code == 200
    assert names_on(v8, lead) == names_on(v8, other) == ["Keep"]
    assert count("Keep") == {"count": "2"}


def test_deleted_tag_is_removed_from_records(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="A", Tag=[{"name": "Short lived"}])
    tag = v8.record("Leads", lead)["Tag"][0]["id"]
    v8.delete(f"settings/tags/{tag}")
    assert names_on(v8, lead) == []


def test_tag_colours_are_checked(v8: Api) -> None:
    answer = v8.post(
        "settings/tags",
        {
            "tags": [
                {"name": "Blue", "color_code": "#57B1FD"},
                {"name": "Odd", "color_code": "#123456"},
            ]
        },
        module="Leads",
    )
    assert answer.status_code == 207
    assert [item["status"] for item in answer.json["tags"]] == ["success", "error"]
    assert answer.json["tags"][0]["details"]["color_code"] == "#57B1FD"


@pytest.mark.parametrize("change", [{"color_code": "#123456"}, {"name": " "}])
def test_changed_tag_is_checked_like_a_new_one(v8: Api, change: dict[str, str]) -> None:
    tag = next(tag.id for tag in v8.org.records.tags.values() if tag.module == "Leads")

    answer = v8.put(f"settings/tags/{tag}", {"tags": [change]}, module="Leads")

    assert answer.status_code == 400
    assert answer.json["tags"][0]["details"]["api_name"] == next(iter(change))
