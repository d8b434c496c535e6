"""Roles: listed, made, changed, deleted."""

from __future__ import annotations

import pytest

from .api import Api
from .caller import make_caller


def role_id(api: Api, name: str) -> str:
    return next(str(role["id"]) for role in api.org.roles.values() if role["name"] == name)


def find_user(api: Api, first_name: str) -> str:
    return next(user.id for user in api.org.users.values() if user.first_name == first_name)


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_roles_are_listed(version: str) -> None:
    caller = make_caller()
    roles = caller.get(f"/crm/{version}/settings/roles").json["roles"]
    assert [role["name"] for role in roles] == ["CEO", "Sales Manager", "Sales Representative"]
    assert roles[1]["reporting_to"] == {"name": "CEO", "id": roles[0]["id"]}
    assert ("created_by__s" in roles[0]) is (version == "v8")
    listed = caller.get(f"/crm/{version}/settings/roles/{roles[2]['id']}").json["roles"]
    assert listed == [roles[2]]


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
    assert v8.org.users[find_user(v8, "Tomás")].role_id == new
    below = v8.get(f"settings/roles/{role_id(v8, 'Sales Representative')}").json["roles"][0]
    assert below["reporting_to"]["name"] == "Support Lead"


def test_invalid_role_is_refused(v8: Api) -> None:
    top = role_id(v8, "CEO")
    below = role_id(v8, "Sales Manager")
    taken = v8.post("settings/roles", {"roles": [{"name": "CEO", "reporting_to": {"id": top}}]})
    assert taken.json["roles"][0]["code"] == "DUPLICATE_DATA"
    bare = v8.post("settings/roles", {"roles": [{"name": "X"}]}).json["roles"][0]
    assert bare["details"]["api_name"] == "reporting_to"
    circle = v8.put(f"settings/roles/{top}", {"roles": [{"reporting_to": {"id": below}}]})
    assert circle.json["roles"][0]["code"] == "INVALID_DATA"
    assert v8.delete(f"settings/roles/{top}", transfer_to_id=below).json["code"] == "NOT_ALLOWED"
