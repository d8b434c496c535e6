"""Records are shared with users."""

from __future__ import annotations

from .api import Api


def test_shared_record_lists_its_shares() -> None:
    api = Api("v8")
    api.caller.connect("ZohoCRM.share.leads.ALL,ZohoCRM.modules.ALL")
    lead = api.first_id("Leads")
    path = f"Leads/{lead}/actions/share"
    first, second = list(api.org.users)[1:3]
    assert api.get(path).status_code == 204
    made = api.post(path, {"share": [{"shared_with": {"id": first}, "permission": "read_write"}]})
    assert made.status_code == 201
    shares = api.get(path).json["share"]
    assert [(share["shared_with"]["id"], share["permission"]) for share in shares] == [
        (first, "read_write")
    ]
    api.put(path, {"share": [{"shared_with": {"id": second}}]})
    assert [share["shared_with"]["id"] for share in api.get(path).json["share"]] == [second]
    refused = api.post(path, {"share": [{"shared_with": {"id": "123"}}]})
    assert (refused.status_code, refused.json["share"][0]["code"]) == (200, "INVALID_DATA")
    assert api.delete(path).status_code == 200
    assert api.get(path).status_code == 204


def shared_lead(api: Api, sharer: dict[str, str]) -> tuple[str, dict[str, object]]:
    """Share the newest lead; return the path and what is shown of the sharer."""
    api.caller.connect("ZohoCRM.share.leads.ALL,ZohoCRM.modules.ALL")
    path = f"Leads/{api.first_id('Leads')}/actions/share"
    assert api.post(path, {"share": [{"shared_with": sharer}]}).status_code == 201
    [share] = api.get(path).json["share"]
    return path, share["shared_with"]


def test_shared_with_has_a_type(v8: Api) -> None:
    user = list(v8.org.users.values())[1]

    _, target = shared_lead(v8, {"id": user.id})

    assert (target["type"], target["zuid"], target["id"]) == ("users", user.zuid, user.id)


def test_record_can_be_shared_with_a_role(v8: Api) -> None:
    role_id = next(iter(v8.org.roles))

    _, target = shared_lead(v8, {"id": role_id, "type": "roles"})

    assert target == {"id": role_id, "type": "roles", "name": v8.org.roles[role_id]["name"]}


def test_user_is_no_role(v8: Api) -> None:
    v8.caller.connect("ZohoCRM.share.leads.ALL,ZohoCRM.modules.ALL")
    path = f"Leads/{v8.first_id('Leads')}/actions/share"
    sharer = {"id": next(iter(v8.org.users)), "type": "roles"}

    answer = v8.post(path, {"share": [{"shared_with": sharer}]})

    assert answer.json["share"][0]["code"] == "INVALID_DATA"
    assert v8.get(path).status_code == 204


def test_sharing_with_nobody_is_refused(v8: Api) -> None:
    v8.caller.connect("ZohoCRM.share.leads.ALL,ZohoCRM.modules.ALL")
    path = f"Leads/{v8.first_id('Leads')}/actions/share"

    nobody = v8.post(path, {"share": []})
    unnamed = v8.post(path, {"share": [{"permission": "read_only"}]})

    assert (nobody.status_code, nobody.json["code"]) == (400, "INVALID_DATA")
    assert (unnamed.status_code, unnamed.json["code"]) == (400, "MANDATORY_NOT_FOUND")
    assert unnamed.json["details"]["json_path"] == "$.share[0].shared_with"


def test_sharing_is_revoked_once(v8: Api) -> None:
    path, _ = shared_lead(v8, {"id": list(v8.org.users)[1]})

    first, second = v8.delete(path).json["share"], v8.delete(path).json["share"]

    assert (first["code"], first["message"]) == ("SUCCESS", "Sharing Revoked")
    assert (second["status"], second["code"]) == ("error", "BAD_REQUEST")
