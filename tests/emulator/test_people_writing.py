"""Users, roles and profiles: create, change, transfer, delete."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api

Item = dict[str, Any]


def role_id(api: Api, name: str) -> str:
    return next(str(role["id"]) for role in api.org.roles.values() if role["name"] == name)


def profile_id(api: Api, name: str) -> str:
    return next(str(one["id"]) for one in api.org.profiles.values() if one["name"] == name)


def newcomer(api: Api, **changes: Any) -> Item:
    return {
        "first_name": "Lena",
        "last_name": "Ruiz",
        "email": "lena.ruiz@brightwater.example",
        "role": {"id": role_id(api, "Sales Representative")},
        "profile": {"id": profile_id(api, "Standard")},
        **changes,
    }


def added(api: Api, **changes: Any) -> str:
    answer = api.post("users", {"users": [newcomer(api, **changes)]})
    assert answer.status_code == 201, answer.text
    result = answer.json["users"][0]
    assert result["message"] == "User added"
    return str(result["details"]["id"])


def refused(api: Api, **changes: Any) -> Item:
    answer = api.post("users", {"users": [newcomer(api, **changes)]})
    assert answer.status_code == (202 if api.is_v2 else 400), answer.text
    item: Item = answer.json["users"][0]
    return item


def user_named(api: Api, first_name: str) -> str:
    return next(user.id for user in api.org.users.values() if user.first_name == first_name)


def test_a_new_user_is_not_confirmed(api: Api) -> None:
    user_id = added(api, phone="+49 30 1234")
    user = api.get(f"users/{user_id}").json["users"][0]
    assert (user["full_name"], user["confirm"], user["phone"]) == (
        "Lena Ruiz",
        False,
        "+49 30 1234",
    )
    assert user["role"]["name"] == "Sales Representative"
    assert user["created_by"]["name"] == "Mara Lindqvist"
    listed = api.get("users", type="NotConfirmedUsers").json["users"]
    assert user_id in [one["id"] for one in listed]


@pytest.mark.parametrize("name", ["last_name", "email", "role", "profile"])
def test_what_a_user_must_have(api: Api, name: str) -> None:
    error = refused(api, **{name: None})
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
def test_users_that_are_refused(v8: Api, changes: Item, code: str) -> None:
    assert refused(v8, **changes)["code"] == code


def test_a_user_is_changed(v8: Api) -> None:
    user_id = added(v8)
    answer = v8.put(f"users/{user_id}", {"users": [{"city": "Rome", "status": "inactive"}]})
    assert answer.json["users"][0]["message"] == "User updated"
    user = v8.get(f"users/{user_id}").json["users"][0]
    assert (user["city"], user["status"], user["last_name"]) == ("Rome", "inactive", "Ruiz")
    both = v8.put("users", {"users": [{"id": user_id, "alias": "L"}, {"id": "99"}]})
    assert both.status_code == 207
    assert v8.get(f"users/{user_id}").json["users"][0]["alias"] == "L"


def test_addresses_of_confirmed_users_stay(v8: Api) -> None:
    other = user_named(v8, "Ines")
    answer = v8.put(f"users/{other}", {"users": [{"email": "x@brightwater.example"}]})
    assert answer.json["users"][0]["code"] == "EMAIL_UPDATE_NOT_ALOWED"
    fresh = added(v8)
    changed = v8.put(f"users/{fresh}", {"users": [{"email": "x@brightwater.example"}]})
    assert changed.status_code == 200


def test_a_deleted_user_is_listed_apart_and_cannot_be_changed(v8: Api) -> None:
    user_id = added(v8)
    assert v8.delete(f"users/{user_id}").json["users"][0]["message"] == "User deleted"
    assert [one["id"] for one in v8.get("users", type="DeletedUsers").json["users"]] == [user_id]
    assert user_id not in [one["id"] for one in v8.get("users").json["users"]]
    again = v8.delete(f"users/{user_id}")
    assert (again.status_code, again.json["code"]) == (400, "ID_ALREADY_DELETED")
    changed = v8.put(f"users/{user_id}", {"users": [{"city": "Rome"}]}).json["users"][0]
    assert changed["code"] == "CANNOT_UPDATE_DELETED_USER"
    assert added(v8) != user_id


def test_nobody_deletes_or_deactivates_themselves(v8: Api) -> None:
    me = v8.get("users", type="CurrentUser").json["users"][0]["id"]
    assert v8.delete(f"users/{me}").json["code"] == "NOT_ALLOWED"
    answer = v8.put(f"users/{me}", {"users": [{"status": "inactive"}]})
    assert answer.json["users"][0]["code"] == "NOT_ALLOWED"


def test_a_deleted_user_is_let_in_no_more(v8: Api) -> None:
    v8.caller.connect(email="jun.weber@brightwater.example")
    held = v8.caller.token
    v8.caller.connect()
    assert v8.delete(f"users/{user_named(v8, 'Jun')}").status_code == 200
    v8.caller.token = held
    assert v8.get("users", type="CurrentUser").json["code"] == "INVALID_TOKEN"


def test_users_are_counted(v8: Api) -> None:
    assert v8.get("users/actions/count").json == {"count": 6}
    assert v8.get("users/actions/count", type="DeactiveUsers").json == {"count": 1}


def owned(api: Api, user_id: str) -> int:
    return sum(len(table.find("Owner", user_id)) for table in api.org.records.tables.values())


def test_what_a_user_has_goes_to_another(v8: Api) -> None:
    manager, heir = user_named(v8, "Tomás"), user_named(v8, "Ines")
    before = v8.get(f"users/{manager}/actions/validate_before_transfer").json
    assert before["validate_before_transfer"][0]["subordinates"] is True
    total = owned(v8, manager) + owned(v8, heir)
    body = {
        "transfer": {"id": heir, "records": True, "criteria": True},
        "move_subordinate": {"id": heir},
    }
    answer = v8.post(f"users/{manager}/actions/transfer", {"transfer": [body]})
    assert answer.status_code == 201, answer.text
    assert answer.json["transfer"][0]["code"] == "SCHEDULED"
    assert (owned(v8, manager), owned(v8, heir)) == (0, total)
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


def test_a_user_leaves_after_handing_over(v8: Api) -> None:
    leaver, heir = user_named(v8, "Jun"), user_named(v8, "Ines")
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


def test_roles_are_made_changed_and_deleted(v8: Api) -> None:
    top = role_id(v8, "CEO")
    body = {"name": "Support Lead", "reporting_to": {"id": top}, "share_with_peers": True}
    answer = v8.post("settings/roles", {"roles": [body]})
    assert answer.status_code == 201, answer.text
    new = answer.json["roles"][0]["details"]["id"]
    role = v8.get(f"settings/roles/{new}").json["roles"][0]
    assert (role["reporting_to"]["name"], role["share_with_peers"]) == ("CEO", True)
    v8.put(f"settings/roles/{top}", {"roles": [{"name": "Chief"}]})
    assert v8.get(f"settings/roles/{new}").json["roles"][0]["reporting_to"]["name"] == "Chief"
    manager = role_id(v8, "Sales Manager")
    assert v8.delete(f"settings/roles/{manager}").json["code"] == "REQUIRED_PARAM_MISSING"
    gone = v8.delete(f"settings/roles/{manager}", transfer_to_id=new)
    assert gone.status_code == 200, gone.text
    assert v8.org.users[user_named(v8, "Tomás")].role_id == new
    below = v8.get(f"settings/roles/{role_id(v8, 'Sales Representative')}").json["roles"][0]
    assert below["reporting_to"]["name"] == "Support Lead"


def test_roles_that_are_refused(v8: Api) -> None:
    top = role_id(v8, "CEO")
    below = role_id(v8, "Sales Manager")
    taken = v8.post("settings/roles", {"roles": [{"name": "CEO", "reporting_to": {"id": top}}]})
    assert taken.json["roles"][0]["code"] == "DUPLICATE_DATA"
    bare = v8.post("settings/roles", {"roles": [{"name": "X"}]}).json["roles"][0]
    assert bare["details"]["api_name"] == "reporting_to"
    circle = v8.put(f"settings/roles/{top}", {"roles": [{"reporting_to": {"id": below}}]})
    assert circle.json["roles"][0]["code"] == "INVALID_DATA"
    assert v8.delete(f"settings/roles/{top}", transfer_to_id=below).json["code"] == "NOT_ALLOWED"


def test_a_profile_is_copied_changed_and_deleted(v8: Api) -> None:
    source = profile_id(v8, "Standard")
    path = f"settings/profiles/{source}/actions/clone"
    answer = v8.post(path, {"profiles": [{"name": "Interns", "description": "For a while"}]})
    assert answer.status_code == 201, answer.text
    new = answer.json["profiles"][0]["details"]["id"]
    profile = v8.get(f"settings/profiles/{new}").json["profiles"][0]
    assert (profile["name"], profile["custom"]) == ("Interns", True)
    permission = next(one for one in profile["permissions_details"] if one["enabled"])
    change = {"permissions_details": [{"id": permission["id"], "enabled": False}]}
    assert v8.put(f"settings/profiles/{new}", {"profiles": [change]}).status_code == 200
    after = v8.get(f"settings/profiles/{new}").json["profiles"][0]["permissions_details"]
    assert [one["enabled"] for one in after if one["id"] == permission["id"]] == [False]
    v8.put(f"users/{user_named(v8, 'Ines')}", {"users": [{"profile": {"id": new}}]})
    assert v8.delete(f"settings/profiles/{new}").json["details"] == {"param_name": "transfer_to"}
    gone = v8.delete(f"settings/profiles/{new}", transfer_to=source)
    assert gone.json == {
        "code": "SUCCESS",
        "details": {},
        "message": "Profile deleted",
        "status": "success",
    }
    assert v8.org.users[user_named(v8, "Ines")].profile_id == source


def test_standard_profiles_stay(v8: Api) -> None:
    standard, other = profile_id(v8, "Standard"), profile_id(v8, "Read Only")
    answer = v8.delete(f"settings/profiles/{standard}", transfer_to=other)
    assert answer.json["code"] == "CANNOT_DELETE"
    renamed = v8.put(f"settings/profiles/{standard}", {"profiles": [{"name": "Plain"}]})
    assert renamed.json["profiles"][0]["code"] == "NOT_ALLOWED"
