"""The settings of the mail composer."""

from __future__ import annotations

from typing import Any

from .api import Api


def test_composer_is_set_for_a_kind_of_mail(v8: Api) -> None:
    def compose(method: str, **more: Any) -> Any:
        path = "/crm/email/v8/settings/compose"
        return v8.caller.request(method, path, **more)

    kinds = [entry["type"] for entry in compose("GET").json["email_compose"]]
    assert kinds == ["default", "emailin", "mass_mail"]
    change = {"type": "mass_mail", "font": {"size": 14, "family": "Arial"}}
    assert compose("PUT", json={"email_compose": [change]}).status_code == 200
    settings = compose("GET", query_string={"type": "mass_mail"}).json["email_compose"]
    assert settings[0]["font"] == {"size": 14, "family": "Arial"}
    wrong = compose("PUT", json={"email_compose": [{"type": "fax"}]})
    assert wrong.json["email_compose"][0]["code"] == "INVALID_DATA"


def test_addresses_and_the_composer(v8: Api) -> None:
    path = "settings/emails/actions/from_addresses"
    person = list(v8.org.users.values())[1]
    own = v8.get(path, user_id=person.id).json["from_addresses"][0]
    assert own["email"] == person.email
    assert v8.get(path, user_id="9").json["code"] == "INVALID_DATA"

    def compose(method: str, body: Any = None, **params: str) -> Any:
        return v8.caller.request(
            method, "/crm/email/v8/settings/compose", json=body, query_string=params
        )

    font = {"size": 12, "family": "Arial"}
    done = compose("PUT", {"email_compose": [{"type": "default", "font": font}]})
    assert done.status_code == 200, done.text
    assert compose("GET", type="default").json["email_compose"][0]["font"] == font
    assert len(compose("GET").json["email_compose"]) == 3
    wrong = compose("PUT", {"email_compose": [{"type": "other"}]})
    assert wrong.json["email_compose"][0]["code"] == "INVALID_DATA"
    assert compose("GET", type="x").json["details"]["param_name"] == "type"
