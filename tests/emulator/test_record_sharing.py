"""Records are shared with users."""

from __future__ import annotations

from .api import Api


def test_sharing() -> None:
    api = Api("v8")
    api.caller.connect("ZohoCRM.share.leads.ALL,ZohoCRM.modules.ALL")
    lead = api.first_id("Leads")
    path = f"Leads/{lead}/actions/share"
    first, second = list(api.org.users)[1:3]
    assert api.get(path).status_code == 204
    made = api.post(path, {"share": [{"shared_with": {"id": first}, "permission": "read_write"}]})
    assert made.status_code == 201
    shown = api.get(path).json["share"]
    assert [(one["shared_with"]["id"], one["permission"]) for one in shown] == [
        (first, "read_write")
    ]
    api.put(path, {"share": [{"shared_with": {"id": second}}]})
    assert [one["shared_with"]["id"] for one in api.get(path).json["share"]] == [second]
    refused = api.post(path, {"share": [{"shared_with": {"id": "123"}}]})
    assert (refused.status_code, refused.json["share"][0]["code"]) == (200, "INVALID_DATA")
    assert api.delete(path).status_code == 200
    assert api.get(path).status_code == 204
