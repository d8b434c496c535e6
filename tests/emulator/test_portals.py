"""Client portals, and the people invited to them."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api

Item = dict[str, Any]


def first(api: Api, collection: str, number: int = 0) -> Item:
    return list(api.org.settings.items(collection).values())[number]


def portal_type(api: Api) -> tuple[str, str]:
    portal = first(api, "portals")
    user_type = next(iter(api.org.settings.items("user_type", portal["id"])))
    return portal["name"], user_type


def test_people_are_invited_into_a_portal(v8: Api) -> None:
    portal, user_type = portal_type(v8)
    users = f"settings/portals/{portal}/user_type/{user_type}/users"
    assert v8.get(users).status_code == 204
    contacts = [row["id"] for row in v8.rows("Contacts", per_page=2)]
    nobody = v8.create("Contacts", Last_Name="No mail")
    rows = [
        {"id": contact, "user_type_id": user_type, "type": "invite"}
        for contact in (*contacts, nobody, 9)
    ]
    started = v8.post("Contacts/actions/portal_invite", {"portal_invite": [{"data": rows}]})
    job = started.json["portal_invite"][0]["details"]["job_id"]
    looks = [
        v8.get("Contacts/actions/portal_invite", job_id=job).json["portal_invite"][0]
        for _ in range(2)
    ]
    assert [look["status"] for look in looks] == ["in_progress", "completed"]
    assert [row["code"] for row in looks[1]["data"]] == [
        "SUCCESS",
        "SUCCESS",
        "CANNOT_PROCESS",
        "INVALID_DATA",
    ]
    listed = v8.get(users).json
    assert [user["personality_id"] for user in listed["users"]] == contacts
    assert listed["info"] == {"total_count": 2}
    status = f"{users}/{contacts[0]}/actions/change_status"
    assert v8.put(status, active="false").status_code == 200
    assert v8.post(status, active="true").status_code == 200
    assert v8.post(status, active="true").json["code"] == "ALREADY_ACTIVATED"
    many = {"change_status": [{"users": [{"personality_id": contacts[1], "active": False}]}]}
    assert v8.post(f"{users}/actions/change_status", many).json["change_status"][0]["code"] == (
        "SCHEDULED"
    )
    assert [user["active"] for user in v8.get(users).json["users"]] == [True, False]
    assert v8.delete(users, personality_ids=contacts[0]).status_code == 200
    assert v8.delete(users, personality_ids=contacts[0]).json["code"] == "INVALID_DATA"


def test_portal_users_are_transferred_to_another_type(v8: Api) -> None:
    portal, user_type = portal_type(v8)
    contact = v8.first_id("Contacts")
    invite = v8.post(
        f"Contacts/{contact}/actions/portal_invite", user_type_id=user_type, type="invite"
    )
    assert invite.status_code == 200, invite.text
    stored = v8.get(f"settings/portals/{portal}/user_type/{user_type}").json["user_type"][0]
    other = v8.post(
        f"settings/portals/{portal}/user_type",
        {
            "user_type": [
                {
                    "name": "Partners",
                    "personality_module": {"api_name": "Contacts"},
                    "modules": stored["modules"],
                    "invitation_field": {"id": stored["invitation_field"]["id"]},
                }
            ]
        },
    ).json["user_type"][0]["details"]["id"]
    users = f"settings/portals/{portal}/user_type/{user_type}/users"
    moved = v8.post(f"{users}/action/transfer", transfer_To=other, personality_ids=contact)
    assert moved.status_code == 200, moved.text
    assert v8.get(users).status_code == 204
    there = v8.get(f"settings/portals/{portal}/user_type/{other}/users").json["users"]
    assert [user["personality_id"] for user in there] == [contact]
    assert v8.post(f"{users}/action/transfer", transfer_To="9").json["code"] == "INVALID_DATA"


@pytest.mark.parametrize("data", [None, [], "x", [{}], [{"id": 1, "user_type_id": 2}]])
def test_invalid_portal_invitation_is_refused(v8: Api, data: Any) -> None:
    answer = v8.post("Contacts/actions/portal_invite", {"portal_invite": [{"data": data}]})
    assert answer.status_code == 400


def test_portals_are_created_and_deleted(v8: Api) -> None:
    name = first(v8, "portals")["name"]
    short = v8.post("settings/portals", {"portals": [{"name": "My Shop!"}]}).json["portals"][0]
    assert short["code"] == "PATTERN_NOT_MATCHED"
    used = v8.post("settings/portals", {"portals": [{"name": name}]}).json["portals"][0]
    assert used["code"] == "ALREADY_USED"
    meta = v8.get("settings/portals/meta", module="Contacts").json["related_lists"]
    assert "Deals" in [row["module"]["api_name"] for row in meta]
    assert v8.delete(f"settings/portals/{name}").json["portals"][0]["status"] == "success"
    assert v8.get("settings/portals").status_code == 204
