"""Profiles: listed, copied, changed, deleted."""

from __future__ import annotations

import pytest

from .api import Api
from .caller import make_caller


def profile_id(api: Api, name: str) -> str:
    return next(
        str(profile["id"]) for profile in api.org.profiles.values() if profile["name"] == name
    )


def find_user(api: Api, first_name: str) -> str:
    return next(user.id for user in api.org.users.values() if user.first_name == first_name)


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_profiles_are_listed(version: str) -> None:
    caller = make_caller()
    profiles = caller.get(f"/crm/{version}/settings/profiles").json["profiles"]
    assert [profile["name"] for profile in profiles] == ["Administrator", "Standard", "Read Only"]
    assert profiles[2]["category" if version == "v2" else "custom"] is True
    assert "permissions_details" not in profiles[0]
    detail = caller.get(f"/crm/{version}/settings/profiles/{profiles[1]['id']}").json["profiles"][0]
    enabled = {item["name"]: item["enabled"] for item in detail["permissions_details"]}
    assert enabled["Crm_Implied_Edit_Leads"]
    assert not enabled["Crm_Implied_Manage_Users"]
    in_sections = {
        permission
        for section in detail["sections"]
        for category in section["categories"]
        for permission in category["permissions_details"]
    }
    assert in_sections == {item["id"] for item in detail["permissions_details"]}


def test_profile_is_copied_changed_and_deleted(v8: Api) -> None:
    source = profile_id(v8, "Standard")
    path = f"settings/profiles/{source}/actions/clone"
    answer = v8.post(path, {"profiles": [{"name": "Interns", "description": "For a while"}]})
    assert answer.status_code == 201, answer.text
    new = answer.json["profiles"][0]["details"]["id"]
    profile = v8.get(f"settings/profiles/{new}").json["profiles"][0]
    assert (profile["name"], profile["custom"]) == ("Interns", True)
    permission = next(
        permission for permission in profile["permissions_details"] if permission["enabled"]
    )
    change = {"permissions_details": [{"id": permission["id"], "enabled": False}]}
    assert v8.put(f"settings/profiles/{new}", {"profiles": [change]}).status_code == 200
    after = v8.get(f"settings/profiles/{new}").json["profiles"][0]["permissions_details"]
    assert [row["enabled"] for row in after if row["id"] == permission["id"]] == [False]
    v8.put(f"users/{find_user(v8, 'Ines')}", {"users": [{"profile": {"id": new}}]})
    assert v8.delete(f"settings/profiles/{new}").json["details"] == {"param_name": "transfer_to"}
    gone = v8.delete(f"settings/profiles/{new}", transfer_to=source)
    assert gone.json == {
        "code": "SUCCESS",
        "details": {},
        "message": "Profile deleted",
        "status": "success",
    }
    assert v8.org.users[find_user(v8, "Ines")].profile_id == source


def test_standard_profile_cannot_be_changed_or_deleted(v8: Api) -> None:
    standard, other = profile_id(v8, "Standard"), profile_id(v8, "Read Only")
    answer = v8.delete(f"settings/profiles/{standard}", transfer_to=other)
    assert answer.json["code"] == "CANNOT_DELETE"
    renamed = v8.put(f"settings/profiles/{standard}", {"profiles": [{"name": "Plain"}]})
    assert renamed.json["profiles"][0]["code"] == "NOT_ALLOWED"
