"""The accounts server's consent page: valid requests, and where the browser is sent with what."""

from __future__ import annotations

import re

import pytest

from .caller import CALLBACK, Caller, authorisation, callback_of

TOKEN_LOOK = re.compile(r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}")


def test_code_flow_from_the_page_to_a_call() -> None:
    caller = Caller()
    page = caller.http.get("/oauth/v2/auth", query_string=authorisation())
    assert page.status_code == 200
    assert "Accept" in page.text
    assert "Reject" in page.text
    assert "<script" not in page.text
    back = callback_of(caller.consent())
    assert back["state"] == "a b&c/=ü"
    assert back["location"] == "us"
    assert back["accounts-server"] == "http://localhost"
    assert TOKEN_LOOK.fullmatch(back["code"])
    tokens = caller.exchange(back["code"], redirect_uri=CALLBACK)
    assert TOKEN_LOOK.fullmatch(tokens["access_token"])
    assert TOKEN_LOOK.fullmatch(tokens["refresh_token"])
    assert {name: tokens[name] for name in ("scope", "api_domain", "token_type", "expires_in")} == {
        "scope": "ZohoCRM.modules.ALL",
        "api_domain": "http://localhost",
        "token_type": "Bearer",
        "expires_in": 3600,
    }


def test_consent_page_keeps_the_parameters_in_its_form() -> None:
    page = Caller().http.get("/oauth/v2/auth", query_string=authorisation(state='"><b>'))
    assert 'name="state" value="&#34;&gt;&lt;b&gt;"' in page.text
    assert "<b>" not in page.text


def test_rejected_consent_redirects_with_access_denied_and_state() -> None:
    back = callback_of(Caller().consent(decision="reject"))
    assert back == {"error": "access_denied", "state": "a b&c/=ü"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "invalid_response_type"),
        ({"response_type": ""}, "invalid_response_type"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "ZohoCRM.nothing.READ"}, "invalid_scope"),
        ({"scope": "Nobody.users.READ"}, "invalid_scope"),
    ],
)
def test_invalid_consent_request_redirects_with_an_error(
    change: dict[str, str], error: str
) -> None:
    answer = Caller().http.get("/oauth/v2/auth", query_string=authorisation(**change))
    assert callback_of(answer) == {"error": error, "state": "a b&c/=ü"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "1000.NOBODY"}, "invalid_client"),
        ({"redirect_uri": "https://example.com/"}, "invalid_redirect_uri"),
        ({"redirect_uri": "javascript://localhost/"}, "invalid_redirect_uri"),
        ({"redirect_uri": "http://localhost.example.com/"}, "invalid_redirect_uri"),
        ({"redirect_uri": ""}, "invalid_redirect_uri"),
        ({"redirect_uri": "http://[127.0.0.1/"}, "invalid_redirect_uri"),
        ({"redirect_uri": "http://localhost:port/"}, "invalid_redirect_uri"),
        ({"redirect_uri": "http://localhost:99999/"}, "invalid_redirect_uri"),
        ({"redirect_uri": "http://a..localhost/"}, "invalid_redirect_uri"),
    ],
)
def test_consent_with_an_invalid_redirect_uri_shows_an_error_page(
    change: dict[str, str], error: str
) -> None:
    answer = Caller().http.get("/oauth/v2/auth", query_string=authorisation(**change))
    assert answer.status_code == 400
    assert error in answer.text


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:1/x",
        "https://127.0.0.7/cb",
        "http://[::1]:9/",
        "http://zcrm.localhost/?a=b",
    ],
)
def test_any_loopback_redirect_uri_is_accepted(uri: str) -> None:
    answer = Caller().http.get("/oauth/v2/auth", query_string=authorisation(redirect_uri=uri))
    assert answer.status_code == 200


def test_registered_redirect_uris_are_the_only_ones() -> None:
    caller = Caller(redirect_uris=("https://site.example/cb",))
    query = authorisation(redirect_uri="https://site.example/cb")
    assert caller.http.get("/oauth/v2/auth", query_string=query).status_code == 200
    assert caller.http.get("/oauth/v2/auth", query_string=authorisation()).status_code == 400


def test_consent_is_for_the_chosen_user_and_organisation() -> None:
    caller = Caller(data="demo", environments=("production", "sandbox"))
    sandbox = list(caller.emulator.zoho.organisations.values())[1]
    page = caller.http.get("/oauth/v2/auth", query_string=authorisation())
    colleague = list(sandbox.users.values())[1]
    assert f'value="{sandbox.id}:{colleague.email}"' in page.text
    scope = "ZohoCRM.org.READ,ZohoCRM.users.READ"
    back = callback_of(caller.consent(scope=scope, account=f"{sandbox.id}:{colleague.email}"))
    caller.token = caller.exchange(back["code"], redirect_uri=CALLBACK)["access_token"]
    assert caller.get("/crm/v8/org").json["org"][0]["type"] == "sandbox"
    user = caller.get("/crm/v8/users?type=CurrentUser").json["users"][0]
    assert user["email"] == colleague.email


def test_unknown_account_gets_no_code() -> None:
    assert Caller().consent(account="1:nobody@example.com").status_code == 400


def test_consent_without_a_choice_is_for_the_first_user() -> None:
    caller = Caller(data="demo")
    answer = caller.http.post(
        "/oauth/v2/auth",
        data={**authorisation(scope="AaaServer.profile.READ"), "decision": "accept"},
    )
    code = callback_of(answer)["code"]
    caller.token = caller.exchange(code, redirect_uri=CALLBACK)["access_token"]
    assert caller.get("/oauth/user/info").json["First_Name"] == "Mara"


def test_throttled_codes_look_like_a_refusal() -> None:
    caller = Caller(throttle_codes=True)
    for _ in range(10):
        assert "code" in callback_of(caller.consent())
    assert callback_of(caller.consent())["error"] == "access_denied"
    answer = caller.post("/emulator/grant-codes", {"scope": "ZohoCRM.modules.ALL"})
    assert (answer.status_code, answer.json["code"]) == (429, "ACCESS_DENIED")
