"""The recycle bin: back, or gone for good."""

from __future__ import annotations

from .api import Api


def test_restored_record_leaves_the_recycle_bin(v8: Api) -> None:
    project = v8.create("Projects", Name="P", Milestones=[{"Title": "One"}], Project_Code="C")
    v8.post(f"Projects/{project}/Notes", {"data": [{"Note_Content": "N"}]})
    lead = v8.first_id("Leads")
    order = [row["id"] for row in v8.rows("Leads")]
    v8.delete(f"Projects/{project}")
    v8.delete(f"Leads/{order[5]}")
    listed = v8.get("settings/recycle_bin").json
    assert {entry["id"] for entry in listed["recycle_bin"]} == {project, order[5]}
    assert v8.get("settings/recycle_bin/actions/count").json == {"count": 2}
    deleted = v8.get(f"settings/recycle_bin/{project}").json["recycle_bin"][0]
    assert deleted["module"]["api_name"] == "Projects"
    assert deleted["owner"]["name"]
    answer = v8.post("settings/recycle_bin/actions/restore", {"ids": [order[5], lead]})
    assert answer.status_code == 207
    assert [item["status"] for item in answer.json["recycle_bin"]] == ["success", "error"]
    assert [row["id"] for row in v8.rows("Leads")] == order
    assert v8.post(f"settings/recycle_bin/{project}/actions/restore").status_code == 200
    record = v8.record("Projects", project)
    assert record["Milestones"][0]["Title"] == "One"
    assert v8.rows(f"Projects/{project}/Notes")
    assert v8.refused("Projects", Name="Q", Project_Code="C")["code"] == "DUPLICATE_DATA"
    assert v8.get("settings/recycle_bin").status_code == 204


def test_permanently_deleted_record_cannot_be_restored(v8: Api) -> None:
    first, second, third = (row["id"] for row in v8.rows("Leads", per_page=3))
    v8.delete("Leads", ids=f"{first},{second},{third}")
    assert v8.delete(f"settings/recycle_bin/{first}").status_code == 200
    assert v8.get(f"settings/recycle_bin/{first}").status_code == 204
    assert v8.delete("settings/recycle_bin", ids=second).status_code == 200
    answer = v8.post("settings/recycle_bin/actions/empty")
    assert answer.json["code"] == "SUCCESS"
    permanent = v8.get("Leads/deleted", type="permanent").json["data"]
    assert {entry["id"] for entry in permanent} == {first, second, third}
    answer = v8.post("settings/recycle_bin/actions/restore", {"ids": [first]})
    assert answer.status_code == 400
    assert v8.post("settings/recycle_bin/actions/restore", {}).status_code == 400


def test_restore_of_all_empties_the_recycle_bin(v8: Api) -> None:
    before = {row["id"] for row in v8.rows("Leads")}
    v8.delete("Leads", ids=",".join(sorted(before)[:10]))
    answer = v8.post("settings/recycle_bin/actions/restore", {"restore_all_records": True})
    assert answer.status_code == 200
    assert {row["id"] for row in v8.rows("Leads")} == before
