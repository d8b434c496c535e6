"""Drafts of mails."""

from __future__ import annotations

from .api import Api

MARA = "mara.lindqvist@brightwater.example"


def lead(api: Api) -> str:
    return api.create("Leads", Last_Name="Ruiz", Company="Acme", Email="ruiz@acme.example")


def test_drafts_are_stored_changed_and_deleted(v8: Api) -> None:
    record = lead(v8)
    path = f"Leads/{record}/__email_drafts"
    assert v8.get(path).status_code == 204
    body = {"from": MARA, "rich_text": True, "subject": "Later", "content": "<b>x</b>"}
    made = v8.post(path, {"__email_drafts": [body, {"from": MARA}]})
    assert made.status_code == 207
    draft = made.json["__email_drafts"][0]["details"]["id"]
    stored = v8.get(f"{path}/{draft}").json["__email_drafts"][0]
    assert (stored["subject"], stored["summary"], stored["to"]) == ("Later", "x", [])
    assert v8.put(f"{path}/{draft}", {"__email_drafts": [{"subject": "Now"}]}).status_code == 200
    many = v8.put(path, {"__email_drafts": [{"id": draft, "to": [{"email": "a@b.example"}]}]})
    assert many.status_code == 200, many.text
    stored = v8.get(path).json["__email_drafts"][0]
    assert (stored["subject"], stored["to"]) == ("Now", [{"email": "a@b.example"}])
    assert v8.delete(f"{path}/{draft}").status_code == 200
    assert v8.get(f"{path}/{draft}").status_code == 204
    assert v8.delete(f"{path}/{draft}").status_code == 400
