"""Web forms, signatures of mails, and signals."""

from __future__ import annotations

import pytest

from .api import Api, Item

FORM: Item = {
    "name": "Newsletter",
    "module": {"api_name": "Leads"},
    "fields": [{"api_name": "Last_Name"}, {"api_name": "Email", "required": True}],
}


def form(api: Api, **changes: object) -> Item:
    """The body of a form."""
    layout = {"id": api.org.metadata.modules["Leads"].layout_id}
    return {"webforms": [{**FORM, "layout": layout, **changes}]}


def test_webform_is_stored(v8: Api) -> None:
    made = v8.post("settings/webforms", form(v8), module="Leads")
    form_id = made.json["webforms"][0]["details"]["id"]

    (stored,) = v8.get(f"settings/webforms/{form_id}", module="Leads").json["webforms"]
    assert (stored["name"], stored["module"]["api_name"]) == ("Newsletter", "Leads")
    assert [field["field_label"] for field in stored["fields"]] == ["Last Name", "Email"]
    assert form_id in stored["embed_code"]
    preview = v8.get(f"settings/webforms/{form_id}/actions/preview", module="Leads").json
    assert preview["webforms"][0]["id"] == form_id

    v8.put(f"settings/webforms/{form_id}", {"webforms": [{"active": False}]}, module="Leads")
    listed = v8.get("settings/webforms", module="Leads", active="false").json["webforms"]
    assert [item["id"] for item in listed] == [form_id]
    assert v8.get("settings/webforms", module="Deals").status_code == 204
    assert v8.delete(f"settings/webforms/{form_id}", module="Leads").status_code == 200
    assert v8.get(f"settings/webforms/{form_id}").status_code == 204


@pytest.mark.parametrize(
    ("changes", "code", "key"),
    [
        ({"name": "no <b> please"}, "INVALID_DATA", "name"),
        ({"layout": {"id": "1"}}, "INVALID_DATA", "id"),
        ({"fields": [{"api_name": "Nope"}]}, "INVALID_DATA", "api_name"),
        ({"fields": None}, "MANDATORY_NOT_FOUND", "fields"),
    ],
)
def test_invalid_webform_is_refused(v8: Api, changes: Item, code: str, key: str) -> None:
    (refused,) = v8.post("settings/webforms", form(v8, **changes)).json["webforms"]
    assert (refused["code"], refused["details"]["api_name"]) == (code, key)


def test_another_modules_layout_is_refused(v8: Api) -> None:
    layout = {"id": v8.org.metadata.modules["Deals"].layout_id}
    (refused,) = v8.post("settings/webforms", form(v8, layout=layout)).json["webforms"]
    assert refused["code"] == "INVALID_DATA"


SIGNATURES = "/crm/email/v8/settings/compose/email_signatures"


def test_users_have_signatures_of_their_own(v8: Api) -> None:
    first, second = list(v8.org.users)[:2]
    body = {"email_signatures": [{"name": "Short", "content": "Bye"}]}
    made = v8.caller.post(f"{SIGNATURES}?user_id={second}", body).json["email_signatures"]
    signature = made[0]["details"]["id"]

    mine = v8.caller.get(f"{SIGNATURES}?user_id={first}").json["email_signatures"]
    theirs = v8.caller.get(f"{SIGNATURES}?user_id={second}").json["email_signatures"]
    assert [item["name"] for item in mine] == ["Sales"]
    assert [(item["id"], item["editor_mode"]) for item in theirs] == [(signature, "rich_text")]

    change = {"email_signatures": [{"content": "Kind regards"}]}
    assert v8.caller.request("PUT", f"{SIGNATURES}/{signature}", json=change).status_code == 200
    (changed,) = v8.caller.get(f"{SIGNATURES}/{signature}").json["email_signatures"]
    assert changed["content"] == "Kind regards"
    again = v8.caller.post(SIGNATURES, body).json["email_signatures"]
    assert again[0]["code"] == "DUPLICATE_DATA"
    v8.caller.request("DELETE", f"{SIGNATURES}?ids={signature}")
    assert v8.caller.get(f"{SIGNATURES}/{signature}").status_code == 204
    nobody = v8.caller.post(f"{SIGNATURES}?user_id=1", body).json["email_signatures"]
    assert nobody[0]["details"]["api_name"] == "user_id"


SIGNAL: Item = {
    "signal_namespace": "brightwatersurvey.responded",
    "subject": "An answer",
    "message": "*Five* stars",
    "actions": [
        {"type": "link", "open_in": "tab", "display_name": "Open", "url": "https://s.example"}
    ],
}


def raise_signal(api: Api, **changes: object) -> Item:
    """The outcome of raising a signal."""
    body = {"signals": [{**SIGNAL, **changes}]}
    outcome: Item = api.post("signals/notifications", body).json["signals"][0]
    return outcome


def test_signal_is_raised_for_a_record() -> None:
    api = Api("v8", data="demo")
    names = [signal["namespace"] for signal in api.get("settings/signals").json["signals"]]
    assert SIGNAL["signal_namespace"] in names
    lead = api.create("Leads", Last_Name="Wong", Email="wong@signal.example")

    done = raise_signal(api, email="wong@signal.example")
    assert (done["code"], done["message"]) == ("SUCCESS", "Signal notified successfully")
    assert raise_signal(api, id=lead, module="Leads")["code"] == "SUCCESS"
    notices = api.org.settings.items("signal_notifications").values()
    assert [notice["record"] for notice in notices] == [lead, lead]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"email": "nobody@signal.example"}, "EMAIL_NOT_FOUND_FOR_MODULE"),
        ({"email": "a@b.example", "module": "Nope"}, "INVALID_MODULE"),
        ({"email": "a@b.example", "signal_namespace": "nope"}, "INVALID_DATA"),
        ({"email": "a@b.example", "subject": "x" * 101}, "INVALID_DATA"),
        ({"email": "a@b.example", "actions": None}, "MANDATORY_NOT_FOUND"),
        ({}, "MANDATORY_NOT_FOUND"),
    ],
)
def test_invalid_signal_is_refused(v8: Api, changes: Item, code: str) -> None:
    assert raise_signal(v8, **changes)["code"] == code
