"""The accounts server: consent, codes, tokens, their limits and their end."""

from __future__ import annotations

import base64
import re

import pytest

from django_zcrm.emulator.accounts.books import CLIENT_ID, CLIENT_SECRET

from .caller import CALLBACK, Caller, authorisation, callback_of, connected

TOKEN_LOOK = re.compile(r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}")


def test_the_code_flow_from_the_page_to_a_call() -> None:
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


def test_the_page_carries_what_was_asked_through_its_form() -> None:
    page = Caller().http.get("/oauth/v2/auth", query_string=authorisation(state='"><b>'))
    assert 'name="state" value="&quot;&gt;&lt;b&gt;"' in page.text
    assert "<b>" not in page.text


def test_refusing_sends_access_denied_and_the_state() -> None:
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
def test_wrong_requests_go_back_with_an_error(change: dict[str, str], error: str) -> None:
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
    ],
)
def test_where_nobody_can_be_sent_back_a_page_says_so(change: dict[str, str], error: str) -> None:
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
def test_any_loopback_redirect_uri_will_do(uri: str) -> None:
    answer = Caller().http.get("/oauth/v2/auth", query_string=authorisation(redirect_uri=uri))
    assert answer.status_code == 200


def test_registered_redirect_uris_are_the_only_ones() -> None:
    caller = Caller(redirect_uris=("https://site.example/cb",))
    asked = authorisation(redirect_uri="https://site.example/cb")
    assert caller.http.get("/oauth/v2/auth", query_string=asked).status_code == 200
    assert caller.http.get("/oauth/v2/auth", query_string=authorisation()).status_code == 400


def test_the_user_chooses_who_and_where() -> None:
    caller = Caller(data="demo", environments=("production", "sandbox"))
    sandbox = list(caller.emulator.world.organisations.values())[1]
    page = caller.http.get("/oauth/v2/auth", query_string=authorisation())
    colleague = list(sandbox.users.values())[1]
    assert f'value="{sandbox.id}:{colleague.email}"' in page.text
    scope = "ZohoCRM.org.READ,ZohoCRM.users.READ"
    back = callback_of(caller.consent(scope=scope, account=f"{sandbox.id}:{colleague.email}"))
    caller.token = caller.exchange(back["code"], redirect_uri=CALLBACK)["access_token"]
    assert caller.get("/crm/v8/org").json["org"][0]["type"] == "sandbox"
    user = caller.get("/crm/v8/users?type=CurrentUser").json["users"][0]
    assert user["email"] == colleague.email


def test_an_unknown_account_gets_no_code() -> None:
    assert Caller().consent(account="1:nobody@example.com").status_code == 400


def test_without_a_choice_it_is_the_first_user() -> None:
    caller = Caller(data="demo")
    answer = caller.http.post(
        "/oauth/v2/auth",
        data={**authorisation(scope="AaaServer.profile.READ"), "decision": "accept"},
    )
    code = callback_of(answer)["code"]
    caller.token = caller.exchange(code, redirect_uri=CALLBACK)["access_token"]
    assert caller.get("/oauth/user/info").json["First_Name"] == "Mara"


def test_a_code_works_once() -> None:
    caller = Caller()
    code = caller.grant_code()
    assert "access_token" in caller.exchange(code)
    assert caller.exchange(code) == {"error": "invalid_code"}


def test_a_code_does_not_live_long() -> None:
    caller = Caller()
    code = caller.grant_code()
    caller.emulator.world.clock.advance(121)
    assert caller.exchange(code) == {"error": "invalid_code"}


def test_a_self_client_code_may_live_longer() -> None:
    caller = Caller()
    code = caller.grant_code(expires_in=600)
    caller.emulator.world.clock.advance(590)
    assert "access_token" in caller.exchange(code)


def test_a_code_belongs_to_its_redirect_uri() -> None:
    caller = Caller()
    code = callback_of(caller.consent())["code"]
    assert caller.exchange(code, redirect_uri="http://localhost/") == {
        "error": "invalid_redirect_uri"
    }
    assert "access_token" in caller.exchange(code, redirect_uri=CALLBACK)


def test_online_access_brings_no_refresh_token() -> None:
    caller = Caller()
    for access_type in ("online", ""):
        code = callback_of(caller.consent(access_type=access_type))["code"]
        assert "refresh_token" not in caller.exchange(code, redirect_uri=CALLBACK)


def test_only_the_first_consent_brings_a_refresh_token_unless_forced() -> None:
    caller = Caller()

    def gets_refresh_token(**changes: str) -> bool:
        code = callback_of(caller.consent(**changes))["code"]
        return "refresh_token" in caller.exchange(code, redirect_uri=CALLBACK)

    assert gets_refresh_token()
    assert not gets_refresh_token()
    assert gets_refresh_token(prompt="consent")


def test_parameters_may_stand_in_the_query() -> None:
    caller = Caller()
    answer = caller.http.post(
        "/oauth/v2/token",
        query_string={
            "grant_type": "authorization_code",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "code": caller.grant_code(),
        },
    )
    assert "access_token" in answer.json


def test_a_basic_header_may_bring_the_client() -> None:
    caller = Caller()
    pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    answer = caller.http.post(
        "/oauth/v2/token",
        headers={"Authorization": f"Basic {pair}"},
        data={"grant_type": "authorization_code", "code": caller.grant_code()},
    )
    assert "access_token" in answer.json


def test_a_refresh_gives_another_access_token_and_no_refresh_token() -> None:
    caller = Caller()
    first = caller.connect()
    second = caller.refresh(first["refresh_token"])
    assert set(second) == {"access_token", "scope", "api_domain", "token_type", "expires_in"}
    assert second["access_token"] != first["access_token"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "1000.x.y"}, "invalid_code"),
        ({"grant_type": "authorization_code", "code": "1000.x.y"}, "invalid_code"),
        ({"grant_type": "refresh_token", "client_id": "1000.NOBODY"}, "invalid_client"),
        ({"grant_type": "refresh_token", "client_secret": "wrong"}, "invalid_client_secret"),
        ({"grant_type": "password"}, "invalid_client"),
    ],
)
def test_token_errors_come_with_status_200(form: dict[str, str], error: str) -> None:
    answer = Caller().http.post(
        "/oauth/v2/token", data={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **form}
    )
    assert (answer.status_code, answer.json) == (200, {"error": error})


def test_without_a_grant_type_it_is_400() -> None:
    assert Caller().http.post("/oauth/v2/token").status_code == 400
    answer = Caller().http.get("/oauth/v2/token")
    assert (answer.status_code, answer.json) == (400, {"error": "invalid_request"})


def test_expires_in_may_be_in_milliseconds() -> None:
    tokens = Caller(milliseconds=True).connect()
    assert (tokens["expires_in"], tokens["expires_in_sec"]) == (3_600_000, 3600)


def test_an_own_address_may_be_given() -> None:
    assert Caller(base_url="https://zoho.test").connect()["api_domain"] == "https://zoho.test"


def status_with(caller: Caller, token: str) -> tuple[int, str | None]:
    caller.token = token
    answer = caller.get("/crm/v8/org")
    return answer.status_code, answer.json.get("code")


def test_the_sixteenth_access_token_kills_the_first() -> None:
    caller = Caller()
    first = caller.connect()
    later = [caller.refresh(first["refresh_token"])["access_token"] for _ in range(15)]
    assert status_with(caller, first["access_token"]) == (401, "INVALID_OAUTHTOKEN")
    assert all(status_with(caller, token) == (200, None) for token in later)


def test_expired_access_tokens_do_not_count_among_the_fifteen() -> None:
    caller = Caller()
    first = caller.connect()
    for _ in range(14):
        caller.refresh(first["refresh_token"])
    caller.emulator.world.clock.advance(3601)
    tokens = [caller.refresh(first["refresh_token"])["access_token"] for _ in range(15)]
    assert status_with(caller, tokens[0]) == (200, None)


def test_the_twenty_first_refresh_token_ends_the_oldest_with_its_access_tokens() -> None:
    caller = Caller()
    grants = [caller.connect() for _ in range(20)]
    other = caller.connect(email="somebody.else@example.com")
    assert status_with(caller, grants[0]["access_token"]) == (200, None)
    caller.token = None
    caller.connect()
    assert caller.refresh(grants[0]["refresh_token"]) == {"error": "invalid_code"}
    assert status_with(caller, grants[0]["access_token"]) == (401, "INVALID_TOKEN")
    for alive in (grants[1], other):
        assert "access_token" in caller.refresh(alive["refresh_token"])


def test_an_access_token_lives_an_hour() -> None:
    caller = connected()
    caller.emulator.world.clock.advance(3599)
    assert caller.get("/crm/v8/org").status_code == 200
    caller.emulator.world.clock.advance(2)
    assert status_with(caller, caller.token or "") == (401, "INVALID_TOKEN")


@pytest.mark.parametrize("path", ["/oauth/v2/token/revoke", "/oauth/v2/revoke/token"])
def test_revoking_a_refresh_token_ends_its_access_tokens(path: str) -> None:
    caller = Caller()
    tokens = caller.connect()
    answer = caller.http.post(path, data={"token": tokens["refresh_token"]})
    assert (answer.status_code, answer.json) == (200, {"status": "success"})
    assert caller.refresh(tokens["refresh_token"]) == {"error": "invalid_code"}
    assert status_with(caller, tokens["access_token"]) == (401, "INVALID_TOKEN")
    assert caller.http.post(f"{path}?token={tokens['refresh_token']}").status_code == 400


@pytest.mark.parametrize(
    ("client_id", "secret", "error"),
    [(CLIENT_ID, "wrong", "invalid_client_secret"), ("1000.NOBODY", "x", "invalid_client")],
)
def test_another_client_revokes_nothing(client_id: str, secret: str, error: str) -> None:
    caller = Caller()
    tokens = caller.connect()
    pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    answer = caller.http.post(
        "/oauth/v2/revoke/token",
        data={"token": tokens["refresh_token"], "token_type": "refresh_token"},
        headers={"Authorization": f"Basic {pair}"},
    )
    assert (answer.status_code, answer.json) == (400, {"error": error})
    assert "access_token" in caller.refresh(tokens["refresh_token"])


def test_revoking_an_access_token_leaves_the_refresh_token() -> None:
    caller = Caller()
    tokens = caller.connect()
    caller.http.post("/oauth/v2/token/revoke", data={"token": tokens["access_token"]})
    assert status_with(caller, tokens["access_token"]) == (401, "INVALID_TOKEN")
    assert "access_token" in caller.refresh(tokens["refresh_token"])


def test_user_info_in_pascal_case() -> None:
    info = connected().get("/oauth/user/info")
    assert info.json == {
        "First_Name": "Mara",
        "Last_Name": "Lindqvist",
        "Display_Name": "Mara Lindqvist",
        "Email": "mara.lindqvist@brightwater.example",
        "ZUID": 700000001,
    }


def test_user_info_needs_a_token_and_its_scope() -> None:
    caller = Caller()
    assert caller.get("/oauth/user/info").status_code == 401
    caller.connect(scope="ZohoCRM.users.READ")
    assert caller.get("/oauth/user/info").json["code"] == "OAUTH_SCOPE_MISMATCH"


def test_discovery_names_endpoints_that_exist() -> None:
    caller = Caller()
    found = caller.get("/.well-known/openid-configuration").json
    for name in (
        "authorization_endpoint",
        "token_endpoint",
        "revocation_endpoint",
        "userinfo_endpoint",
        "dc_info",
    ):
        path = found[name].removeprefix("http://localhost")
        assert caller.get(path).status_code != 404
    assert caller.get("/oauth/serverinfo").json["locations"] == {"us": "http://localhost"}


def test_throttled_refreshes() -> None:
    caller = Caller(throttle_refreshes=True)
    token = caller.connect()["refresh_token"]
    assert all("access_token" in caller.refresh(token) for _ in range(10))
    answer = caller.http.post(
        "/oauth/v2/token",
        data={
            "grant_type": "refresh_token",
            "refresh_token": token,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        },
    )
    assert answer.status_code == 400
    assert answer.json["status"] == "failure"
    assert "too many requests" in answer.json["error_description"]
    caller.emulator.world.clock.advance(599)
    assert "access_token" not in caller.refresh(token)
    caller.emulator.world.clock.advance(2)
    assert "access_token" in caller.refresh(token)


def test_throttled_codes_look_like_a_refusal() -> None:
    caller = Caller(throttle_codes=True)
    for _ in range(10):
        assert "code" in callback_of(caller.consent())
    assert callback_of(caller.consent())["error"] == "access_denied"
    answer = caller.post("/emulator/grant-codes", {"scope": "ZohoCRM.modules.ALL"})
    assert (answer.status_code, answer.json["code"]) == (429, "ACCESS_DENIED")


def test_without_the_options_nothing_is_throttled() -> None:
    caller = Caller()
    token = caller.connect()["refresh_token"]
    for _ in range(25):
        assert "access_token" in caller.refresh(token)
        assert "code" in callback_of(caller.consent())


def test_a_seed_makes_tokens_repeat() -> None:
    assert Caller(seed=7).connect() == Caller(seed=7).connect()
    assert Caller().connect() != Caller().connect()
