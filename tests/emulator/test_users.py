"""Users: listed, added, changed, transferred, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api
from .caller import make_caller

Item = dict[str, Any]


def role_id(api: Api, name: str) -> str:
    return next(str(role["id"]) for role in api.org.roles.values() if role["name"] == name)


def profile_id(api: Api, name: str) -> str:
    return next(
        str(profile["id"]) for profile in api.org.profiles.values() if profile["name"] == name
    )


def newcomer(api: Api, **changes: Any) -> Item:
    return {
        "first_name": "Lena",
        "last_name": "Ruiz",
        "email": "lena.ruiz@brightwater.example",
        "role": {"id": role_id(api, "Sales Representative")},
        "profile": {"id": profile_id(api, "Standard")},
        **changes,
    }


def add_user(api: Api, **changes: Any) -> str:
    answer = api.post("users", {"users": [newcomer(api, **changes)]})
    assert answer.status_code == 201, answer.text
    result = answer.json["users"][0]
    assert result["message"] == "User added"
    return str(result["details"]["id"])


def add_refused_user(api: Api, **changes: Any) -> Item:
    answer = api.post("users", {"users": [newcomer(api, **changes)]})
    assert answer.status_code == (202 if api.is_v2 else 400), answer.text
    item: Item = answer.json["users"][0]
    return item


def find_user(api: Api, first_name: str) -> str:
    return next(user.id for user in api.org.users.values() if user.first_name == first_name)


def count_owned(api: Api, user_id: str) -> int:
    return sum(len(table.find("Owner", user_id)) for table in api.org.records.tables.values())


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
def test_users_are_filtered_by_type(kind: str, names: list[str]) -> None:
    answer = make_caller(data="demo").get(f"/crm/v8/users?type={kind}").json
    assert [user["first_name"] for user in answer["users"]] == names
    assert answer["info"] == {
        "per_page": 200,
        "count": len(names),
        "page": 1,
        "more_records": False,
    }


def test_users_of_an_empty_type_are_204_and_of_an_unknown_type_400() -> None:
    caller = make_caller(data="demo")
    assert caller.get("/crm/v8/users?type=DeletedUsers").status_code == 204
    assert caller.get("/crm/v8/users?type=Nobody").json["code"] == "INVALID_DATA"


def test_users_are_paged() -> None:
    caller = make_caller(data="demo")
    answer = caller.get("/crm/v8/users?per_page=4&page=1").json
    assert (len(answer["users"]), answer["info"]["more_records"]) == (4, True)
    answer = caller.get("/crm/v8/users?per_page=4&page=2").json
    assert (len(answer["users"]), answer["info"]["more_records"]) == (2, False)
    assert caller.get("/crm/v8/users?per_page=201").status_code == 400


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_user_is_returned_by_id(version: str) -> None:
    caller = make_caller(data="demo")
    listed = caller.get(f"/crm/{version}/users").json["users"]
    user = caller.get(f"/crm/{version}/users/{listed[1]['id']}").json["users"][0]
    assert user == listed[1]
    assert user["role"]["name"] == "Sales Manager"
    assert user["Reporting_To"] == {"name": "Mara Lindqvist", "id": listed[0]["id"]}
    assert ("type__s" in user) is (version == "v8")


@pytest.mark.parametrize("what", ["users", "settings/roles", "settings/profiles"])
def test_unknown_id_is_refused(what: str) -> None:
    caller = make_caller()
    assert caller.get(f"/crm/v8/{what}/999").status_code == 204
    answer = caller.get(f"/crm/v8/{what}/abc")
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_DATA")
    assert answer.json["details"] == {"resource_path_index": what.count("/") + 1}


def test_new_user_is_not_confirmed(api: Api) -> None:
    user_id = add_user(api, phone="+49 30 1234")
    user = api.get(f"users/{user_id}").json["users"][0]
    assert (user["full_name"], user["confirm"], user["phone"]) == (
        "Lena Ruiz",
        False,
        "+49 30 1234",
    )
    assert user["role"]["name"] == "Sales Representative"
    assert user["created_by"]["name"] == "Mara Lindqvist"
    listed = api.get("users", type="NotConfirmedUsers").json["users"]
    assert user_id in [row["id"] for row in listed]


@pytest.mark.parametrize("name", ["last_name", "email", "role", "profile"])
def test_user_without_a_mandatory_key_is_refused(api: Api, name: str) -> None:
    error = add_refused_user(api, **{name: None})
    assert (error["code"], error["details"]["api_name"]) == ("MANDATORY_NOT_FOUND", name)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"email": "no address"}, "INVALID_DATA"),
        ({"email": "mara.lindqvist@brightwater.example"}, "DUPLICATE_DATA"),
        ({"role": {"id": "99"}}, "INVALID_DATA"),
        ({"status": "asleep"}, "INVALID_DATA"),
        ({"time_zone": "Nowhere/Else"}, "INVALID_DATA"),
        ({"time_zone": "../etc"}, "INVALID_DATA"),
    ],
)
def test_invalid_user_is_refused(v8: Api, changes: Item, code: str) -> None:
    assert add_refused_user(v8, **changes)["code"] == code


def test_user_is_changed(v8: Api) -> None:
    user_id = add_user(v8)
    answer = v8.put(f"users/{user_id}", {"users": [{"city": "Rome", "status": "inactive"}]})
    assert answer.json["users"][0]["message"] == "User updated"
    user = v8.get(f"users/{user_id}").json["users"][0]
    assert (user["city"], user["status"], user["last_name"]) == ("Rome", "inactive", "Ruiz")
    both = v8.put("users", {"users": [{"id": user_id, "alias": "L"}, {"id": "99"}]})
    assert both.status_code == 207
    assert v8.get(f"users/{user_id}").json["users"][0]["alias"] == "L"


def test_address_of_a_confirmed_user_cannot_be_changed(v8: Api) -> None:
    other = find_user(v8, "Ines")
    answer = v8.put(f"users/{other}", {"users": [{"email": "x@brightwater.example"}]})
    assert answer.json["users"][0]["code"] == "EMAIL_UPDATE_NOT_ALOWED"
    fresh = add_user(v8)
    changed = v8.put(f"users/{fresh}", {"users": [{"email": "x@brightwater.example"}]})
    assert changed.status_code == 200


def test_deleted_user_is_listed_apart_and_cannot_be_changed(v8: Api) -> None:
    user_id = add_user(v8)
    assert v8.delete(f"users/{user_id}").json["users"][0]["message"] == "User deleted"
    assert [user["id"] for user in v8.get("users", type="DeletedUsers").json["users"]] == [user_id]
    assert user_id not in [user["id"] for user in v8.get("users").json["users"]]
    again = v8.delete(f"users/{user_id}")
    assert (again.status_code, again.json["code"]) == (400, "ID_ALREADY_DELETED")
    changed = v8.put(f"users/{user_id}", {"users": [{"city": "Rome"}]}).json["users"][0]
    assert changed["code"] == "CANNOT_UPDATE_DELETED_USER"
    assert add_user(v8) != user_id


def test_own_user_cannot_be_deleted_or_deactivated(v8: Api) -> None:
    me = v8.get("users", type="CurrentUser").json["users"][0]["id"]
    assert v8.delete(f"users/{me}").json["code"] == "NOT_ALLOWED"
    answer = v8.put(f"users/{me}", {"users": [{"status": "inactive"}]})
    assert answer.json["users"][0]["code"] == "NOT_ALLOWED"


def test_token_of_a_deleted_user_is_invalid(v8: Api) -> None:
    v8.caller.connect(email="jun.weber@brightwater.example")
    held = v8.caller.token
    v8.caller.connect()
    assert v8.delete(f"users/{find_user(v8, 'Jun')}").status_code == 200
    v8.caller.token = held
    assert v8.get("users", type="CurrentUser").json["code"] == "INVALID_TOKEN"


def test_users_are_counted(v8: Api) -> None:
    assert v8.get("users/actions/count").json == {"count": 6}
    assert v8.get("users/actions/count", type="DeactiveUsers").json == {"count": 1}


def test_data_of_a_user_is_transferred_to_another(v8: Api) -> None:
    manager, heir = find_user(v8, "Tomás"), find_user(v8, "Ines")
    before = v8.get(f"users/{manager}/actions/validate_before_transfer").json
    assert before["validate_before_transfer"][0]["subordinates"] is True
    total = count_owned(v8, manager) + count_owned(v8, heir)
    body = {
        "transfer": {"id": heir, "records": True, "criteria": True},
        "move_subordinate": {"id": heir},
    }
    answer = v8.post(f"users/{manager}/actions/transfer", {"transfer": [body]})
    assert answer.status_code == 201, answer.text
    assert answer.json["transfer"][0]["code"] == "SCHEDULED"
    assert (count_owned(v8, manager), count_owned(v8, heir)) == (0, total)
    job_id = answer.json["transfer"][0]["details"]["job_id"]
    states = [
        v8.get("users/actions/transfer", job_id=job_id).json["transfer"][0]["status"]
        for _ in range(2)
    ]
    assert states == ["in_progress", "completed"]
    after = v8.get(f"users/{manager}/actions/validate_before_transfer").json
    assert after["validate_before_transfer"][0] == {
        "id": manager,
        "name": "Tomás Okafor",
        "assignment": False,
        "criteria": False,
        "subordinates": False,
    }


def test_user_is_deleted_after_the_transfer(v8: Api) -> None:
    leaver, heir = find_user(v8, "Jun"), find_user(v8, "Ines")
    body = {"transfer": {"id": heir, "records": True}}
    path = f"users/{leaver}/actions/transfer_and_delete"
    answer = v8.post(path, {"transfer_and_delete": [body]})
    assert answer.status_code == 200, answer.text
    details = answer.json["transfer_and_delete"][0]["details"]
    assert details["id"] == leaver
    assert v8.org.users[leaver].status == "deleted"
    status = v8.get("users/actions/transfer_and_delete", job_id=details["job_id"])
    assert status.json == {"transfer_and_delete": [{"status": "in_progress"}]}
    missing = v8.get("users/actions/transfer_and_delete")
    assert missing.json["code"] == "REQUIRED_PARAM_MISSING"
    nobody = {"id": leaver, "transfer": {"id": leaver}}
    again = v8.post("users/actions/transfer_and_delete", {"transfer_and_delete": [nobody]})
    assert again.json["transfer_and_delete"][0]["code"] == "INVALID_DATA"
