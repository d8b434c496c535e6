"""Org, users, roles and profiles."""

from __future__ import annotations

import pytest

from .caller import connected


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_the_organisation(version: str) -> None:
    org = connected().get(f"/crm/{version}/org").json["org"][0]
    assert org["company_name"] == "Brightwater Trading"
    assert org["primary_email"] == "mara.lindqvist@brightwater.example"
    assert org["license_details"]["paid_type"] == "enterprise"
    assert ("hierarchy_preferences" in org) is (version == "v8")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("AllUsers", ["Mara", "Tomás", "Ines", "Jun", "Pavel", "Aiko"]),
        ("ActiveUsers", ["Mara", "Tomás", "Ines", "Jun", "Aiko"]),
        ("DeactiveUsers", ["Pavel"]),
        ("NotConfirmedUsers", ["Aiko"]),
        ("ActiveConfirmedUsers", ["Mara", "Tomás", "Ines", "Jun"]),
        ("AdminUsers", ["Mara"]),
        ("CurrentUser", ["Mara"]),
    ],
)
def test_users_by_type(kind: str, names: list[str]) -> None:
    answer = connected(data="demo").get(f"/crm/v8/users?type={kind}").json
    assert [user["first_name"] for user in answer["users"]] == names
    assert answer["info"] == {
        "per_page": 200,
        "count": len(names),
        "page": 1,
        "more_records": False,
    }


def test_no_users_of_a_type_is_204_and_no_such_type_is_400() -> None:
    caller = connected(data="demo")
    assert caller.get("/crm/v8/users?type=DeletedUsers").status_code == 204
    assert caller.get("/crm/v8/users?type=Nobody").json["code"] == "INVALID_DATA"


def test_pages_of_users() -> None:
    caller = connected(data="demo")
    answer = caller.get("/crm/v8/users?per_page=4&page=1").json
    assert (len(answer["users"]), answer["info"]["more_records"]) == (4, True)
    answer = caller.get("/crm/v8/users?per_page=4&page=2").json
    assert (len(answer["users"]), answer["info"]["more_records"]) == (2, False)
    assert caller.get("/crm/v8/users?per_page=201").status_code == 400


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_one_user(version: str) -> None:
    caller = connected(data="demo")
    listed = caller.get(f"/crm/{version}/users").json["users"]
    user = caller.get(f"/crm/{version}/users/{listed[1]['id']}").json["users"][0]
    assert user == listed[1]
    assert user["role"]["name"] == "Sales Manager"
    assert user["Reporting_To"] == {"name": "Mara Lindqvist", "id": listed[0]["id"]}
    assert ("type__s" in user) is (version == "v8")


@pytest.mark.parametrize("what", ["users", "settings/roles", "settings/profiles"])
def test_ids_that_lead_nowhere(what: str) -> None:
    caller = connected()
    assert caller.get(f"/crm/v8/{what}/999").status_code == 204
    answer = caller.get(f"/crm/v8/{what}/abc")
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_DATA")
    assert answer.json["details"] == {"resource_path_index": what.count("/") + 1}


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_roles(version: str) -> None:
    caller = connected()
    roles = caller.get(f"/crm/{version}/settings/roles").json["roles"]
    assert [role["name"] for role in roles] == ["CEO", "Sales Manager", "Sales Representative"]
    assert roles[1]["reporting_to"] == {"name": "CEO", "id": roles[0]["id"]}
    assert ("created_by__s" in roles[0]) is (version == "v8")
    one = caller.get(f"/crm/{version}/settings/roles/{roles[2]['id']}").json["roles"]
    assert one == [roles[2]]


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_profiles(version: str) -> None:
    caller = connected()
    profiles = caller.get(f"/crm/{version}/settings/profiles").json["profiles"]
    assert [profile["name"] for profile in profiles] == ["Administrator", "Standard", "Read Only"]
    assert profiles[2]["category" if version == "v2" else "custom"] is True
    assert "permissions_details" not in profiles[0]
    one = caller.get(f"/crm/{version}/settings/profiles/{profiles[1]['id']}").json["profiles"][0]
    enabled = {item["name"]: item["enabled"] for item in one["permissions_details"]}
    assert enabled["Crm_Implied_Edit_Leads"]
    assert not enabled["Crm_Implied_Manage_Users"]
    in_sections = {
        permission
        for section in one["sections"]
        for category in section["categories"]
        for permission in category["permissions_details"]
    }
    assert in_sections == {item["id"] for item in one["permissions_details"]}
