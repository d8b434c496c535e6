"""Territories, their users and their records."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api


def lead(api: Api, **values: Any) -> str:
    return api.create("Leads", **{"Last_Name": "Ruiz", "Company": "Acme", **values})


Item = dict[str, Any]


def territory(api: Api, name: str) -> str:
    rows = api.get("settings/territories").json["territories"]
    return str(next(row["id"] for row in rows if row["name"] == name))


def test_records_go_into_territories_and_out(v8: Api) -> None:
    top, child = list(v8.org.settings.items("territories").values())[:2]
    assert child["reporting_to"] == top["id"]
    record = lead(v8)
    body = {"data": [{"Territories": [{"id": child["id"]}]}]}
    done = v8.post(f"Leads/{record}/actions/assign_territories", body)
    assert done.json["data"][0]["details"] == {"id": record}
    assert v8.rows("Leads", territory_id=child["id"]) == [{"id": record}]
    assert v8.rows("Leads", territory_id=top["id"]) == []
    assert v8.rows("Leads", territory_id=top["id"], include_child="true") == [{"id": record}]
    again = v8.post(f"Leads/{record}/actions/assign_territories", body)
    assert again.json["data"][0]["code"] == "DUPLICATE_DATA"
    body["data"][0]["id"] = record  # type: ignore[assignment]
    assert v8.post("Leads/actions/remove_territories", body).status_code == 200
    gone = v8.post("Leads/actions/remove_territories", body).json["data"][0]
    assert (gone["code"], gone["details"]["json_path"]) == (
        "INVALID_DATA",
        "$.data[0].Territories[0].id",
    )
    assert v8.post("Leads/actions/assign_territories", body).status_code == 200
    assert v8.get("Leads", fields="id", territory_id="9").json["details"] == {
        "param_name": "territory_id"
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MANDATORY_NOT_FOUND"),
        ({"Territories": "x"}, "INVALID_DATA"),
        ({"Territories": [{}]}, "MANDATORY_NOT_FOUND"),
        ({"Territories": [{"id": "9"}]}, "INVALID_DATA"),
    ],
)
def test_invalid_territory_is_refused(v8: Api, body: Item, code: str) -> None:
    answer = v8.post(f"Leads/{lead(v8)}/actions/assign_territories", {"data": [body]})
    assert answer.json["data"][0]["code"] == code


def test_assignment_without_territories_is_refused(v8: Api) -> None:
    answer = v8.post("Tasks/actions/assign_territories", {"data": [{}]})
    assert answer.json["code"] == "NOT_SUPPORTED"
    empty = Api("v8", data="empty")
    answer = empty.post("Leads/actions/assign_territories", {"data": [{}]})
    assert (answer.status_code, answer.json["code"]) == (403, "TERRITORY_NOT_ENABLED")


def test_territories_form_a_tree(v8: Api) -> None:
    europe = territory(v8, "Europe")
    children = v8.get(f"settings/territories/{europe}/__child_territories").json
    assert [territory["name"] for territory in children["territories"]] == ["Germany", "France"]
    assert children["info"]["count"] == 2
    leaf = territory(v8, "France")
    assert v8.get(f"settings/territories/{leaf}/__child_territories").status_code == 204
    stored = v8.get(f"settings/territories/{leaf}").json["territories"][0]
    assert stored["reporting_to"] == {"name": "Europe", "id": europe}
    assert "lead_rule_criteria" in stored


def test_territories_are_made_moved_and_deleted(v8: Api) -> None:
    europe, overseas = territory(v8, "Europe"), territory(v8, "Overseas")
    body = {
        "name": "Austria",
        "reporting_to": {"id": europe},
        "permission_type": "read_only",
    }
    answer = v8.post("settings/territories", {"territories": [body]})
    assert answer.status_code == 201, answer.text
    new = answer.json["territories"][0]["details"]["id"]
    circle = v8.put(
        f"settings/territories/{europe}", {"territories": [{"reporting_to": {"id": new}}]}
    )
    assert circle.json["territories"][0]["code"] == "INVALID_DATA"
    assert v8.delete(f"settings/territories/{europe}").json["code"] == "NOT_ALLOWED"
    gone = v8.post(
        f"settings/territories/{europe}/actions/transfer_and_delete",
        {"territories": [{"transfer_to_id": overseas}]},
    )
    assert gone.status_code == 200, gone.text
    assert v8.get(f"settings/territories/{europe}").status_code == 204
    moved = v8.get(f"settings/territories/{new}").json["territories"][0]
    assert moved["reporting_to"]["name"] == "Overseas"
    deleted = v8.get("settings/territories/actions/deleted_associated_territories").json
    assert [territory["name"] for territory in deleted["territories"]] == ["Europe"]
    assert v8.delete(f"settings/territories/{new}").status_code == 200


def test_territory_users_are_added_and_removed(v8: Api) -> None:
    france = territory(v8, "France")
    path = f"settings/territories/{france}/users"
    before = v8.get(path).json["users"]
    assert [user["first_name"] for user in before] == ["Jun"]
    mara = next(iter(v8.org.users))
    answer = v8.put(path, {"users": [{"id": mara}, {"id": "99"}]})
    assert answer.status_code == 207
    assert len(v8.get(path).json["users"]) == 2
    counts = v8.get("settings/territories/actions/associated_users_count").json
    assert {"territory": {"id": france, "name": "France"}, "count": "2"} in counts[
        "associated_users_count"
    ]
    assert v8.get(f"{path}/{mara}").json["users"][0]["id"] == mara
    assert v8.delete(f"{path}/{mara}").status_code == 200
    assert v8.get(f"{path}/{mara}").status_code == 204
    assert v8.put(f"{path}/{mara}").status_code == 200
    removed = v8.delete(path, ids=mara)
    assert removed.json["users"][0]["status"] == "success"


def test_user_territories_are_added_and_removed(v8: Api) -> None:
    user = next(user.id for user in v8.org.users.values() if user.first_name == "Ines")
    path = f"users/{user}/territories"
    rows = v8.get(path).json["territories"]
    assert [row["Name"] for row in rows] == ["Europe", "Germany"]
    assert rows[1]["Reporting_To"]["Name"] == "Europe"
    france = territory(v8, "France")
    assert v8.put(path, {"territories": [{"id": france}]}).status_code == 200
    assert v8.get(f"{path}/{france}").json["territories"][0]["Name"] == "France"
    assert v8.delete(f"{path}/{france}").status_code == 200
    assert v8.delete(f"{path}/{france}").status_code == 400
    assert v8.delete(path, ids=",".join(row["id"] for row in rows)).status_code == 200
    assert v8.get(path).status_code == 204


@pytest.mark.parametrize("version", ["v3", "v5", "v7"])
def test_user_leaves_a_territory_and_another_one_gets_the_records(version: str) -> None:
    api = Api(version)
    person, heir = list(api.org.users)[:2]
    territory = list(api.org.settings.items("territories"))[-1]
    path = f"users/{person}/territories"
    api.put(path, {"territories": [{"id": territory}]})
    leads = [api.create("Leads", Last_Name=name, Owner={"id": person}) for name in "ab"]
    won = api.create(
        "Deals",
        Deal_Name="Won",
        Stage="Closed Won",
        Closing_Date="2026-01-01",
        Owner={"id": person},
    )
    for module, record in (("Leads", leads[0]), ("Deals", won)):
        assigned = api.org.settings.items("record_territories")
        assigned[record] = {"id": record, "module": module, "territories": [territory]}

    def waiting() -> dict[str, bool]:
        answer = api.get(f"{path}/actions/validate_before_transfer")
        rows = answer.json["validate_before_transfer"] if answer.status_code == 200 else []
        return {row["id"]: row["records"] for row in rows}

    assert waiting()[territory] is True
    validation = api.get(f"{path}/{territory}/actions/validate_before_transfer").json
    assert validation["validate_before_transfer"][0]["records"] is True

    def transfer(**body: object) -> Item:
        answer = api.put(f"{path}/actions/transfer_and_delink", {"transfer_and_delink": [{**body}]})
        done: Item = answer.json["transfer_and_delink"][0]
        return done

    assert transfer(id=territory)["code"] == "DEPENDENT_FIELD_MISSING"
    assert transfer(id=territory, transfer_to_user={"id": person})["code"] == "INVALID_DATA"
    assert transfer(id="1", transfer_to_user={"id": heir})["code"] == "INVALID_DATA"
    done = transfer(id=territory, transfer_to_user={"id": heir})
    assert done["message"] == "Territory is delinked from user successfully"
    owners = [api.record("Leads", lead)["Owner"]["id"] for lead in leads]
    assert owners == [heir, person]
    assert api.record("Deals", won)["Owner"]["id"] == person
    assert territory not in waiting()


def test_user_leaves_the_territory_in_the_path() -> None:
    api = Api("v6")
    person, heir = list(api.org.users)[:2]
    territory = list(api.org.settings.items("territories"))[-1]
    api.put(f"users/{person}/territories", {"territories": [{"id": territory}]})
    path = f"users/{person}/territories/{territory}/actions"
    body = {"transfer_and_delink": [{"transfer_to_user": {"id": heir}}]}
    assert api.put(f"{path}/transfer_and_delink", body).status_code == 200
    assert api.get(f"{path}/validate_before_transfer").status_code == 400
    assert Api("v8").put(f"{path}/transfer_and_delink", body).status_code == 404
