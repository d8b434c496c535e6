"""The accounts server's codes and tokens: how they are issued, used, limited and revoked."""

from __future__ import annotations

import base64

import pytest

from django_zcrm.emulator.state.grants import CLIENT_ID, CLIENT_SECRET

from .caller import CALLBACK, Caller, callback_of, make_caller


def test_code_works_once() -> None:
    caller = Caller()
    code = caller.grant_code()
    assert "access_token" in caller.exchange(code)
    assert caller.exchange(code) == {"error": "invalid_code"}


def test_code_expires_after_two_minutes() -> None:
    caller = Caller()
    code = caller.grant_code()
    caller.emulator.zoho.clock.advance(121)
    assert caller.exchange(code) == {"error": "invalid_code"}


def test_self_client_code_may_have_a_longer_life() -> None:
    caller = Caller()
    code = caller.grant_code(expires_in=600)
    caller.emulator.zoho.clock.advance(590)
    assert "access_token" in caller.exchange(code)


def test_code_with_another_redirect_uri_is_refused() -> None:
    caller = Caller()
    code = callback_of(caller.consent())["code"]
    assert caller.exchange(code, redirect_uri="http://localhost/") == {
        "error": "invalid_redirect_uri"
    }
    assert "access_token" in caller.exchange(code, redirect_uri=CALLBACK)


def test_online_access_has_no_refresh_token() -> None:
    caller = Caller()
    for access_type in ("online", ""):
        code = callback_of(caller.consent(access_type=access_type))["code"]
        assert "refresh_token" not in caller.exchange(code, redirect_uri=CALLBACK)


def test_second_consent_without_prompt_has_no_refresh_token() -> None:
    caller = Caller()

    def gets_refresh_token(**changes: str) -> bool:
        code = callback_of(caller.consent(**changes))["code"]
        return "refresh_token" in caller.exchange(code, redirect_uri=CALLBACK)

    assert gets_refresh_token()
    assert not gets_refresh_token()
    assert gets_refresh_token(prompt="consent")


def test_token_parameters_may_be_in_the_query() -> None:
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


def test_client_credentials_may_be_in_a_basic_header() -> None:
    caller = Caller()
    pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    answer = caller.http.post(
        "/oauth/v2/token",
        headers={"Authorization": f"Basic {pair}"},
        data={"grant_type": "authorization_code", "code": caller.grant_code()},
    )
    assert "access_token" in answer.json


def test_refresh_returns_an_access_token_only() -> None:
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
def test_token_errors_have_status_200(form: dict[str, str], error: str) -> None:
    answer = Caller().http.post(
        "/oauth/v2/token", data={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **form}
    )
    assert (answer.status_code, answer.json) == (200, {"error": error})


def test_token_request_without_grant_type_is_400() -> None:
    assert Caller().http.post("/oauth/v2/token").status_code == 400
    answer = Caller().http.get("/oauth/v2/token")
    assert (answer.status_code, answer.json) == (400, {"error": "invalid_request"})


def test_expires_in_may_be_in_milliseconds() -> None:
    tokens = Caller(milliseconds=True).connect()
    assert (tokens["expires_in"], tokens["expires_in_sec"]) == (3_600_000, 3600)


def test_token_has_the_configured_address() -> None:
    assert Caller(base_url="https://zoho.test").connect()["api_domain"] == "https://zoho.test"


def status_with(caller: Caller, token: str) -> tuple[int, str | None]:
    caller.token = token
    answer = caller.get("/crm/v8/org")
    return answer.status_code, answer.json.get("code")


def test_sixteenth_access_token_evicts_the_first() -> None:
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
    caller.emulator.zoho.clock.advance(3601)
    tokens = [caller.refresh(first["refresh_token"])["access_token"] for _ in range(15)]
    assert status_with(caller, tokens[0]) == (200, None)


def test_twenty_first_refresh_token_ends_the_oldest_with_its_access_tokens() -> None:
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


def test_access_token_lives_an_hour() -> None:
    caller = make_caller()
    caller.emulator.zoho.clock.advance(3599)
    assert caller.get("/crm/v8/org").status_code == 200
    caller.emulator.zoho.clock.advance(2)
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
def test_revocation_by_another_client_is_refused(client_id: str, secret: str, error: str) -> None:
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


def test_revocation_needs_no_secret() -> None:
    caller = Caller()
    form = {"token": caller.connect()["refresh_token"], "client_id": CLIENT_ID}
    assert caller.http.post("/oauth/v2/token/revoke", data=form).json == {"status": "success"}


def test_revoking_an_access_token_leaves_the_refresh_token() -> None:
    caller = Caller()
    tokens = caller.connect()
    caller.http.post("/oauth/v2/token/revoke", data={"token": tokens["access_token"]})
    assert status_with(caller, tokens["access_token"]) == (401, "INVALID_TOKEN")
    assert "access_token" in caller.refresh(tokens["refresh_token"])


def test_eleventh_refresh_within_ten_minutes_is_throttled() -> None:
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
    caller.emulator.zoho.clock.advance(599)
    assert "access_token" not in caller.refresh(token)
    caller.emulator.zoho.clock.advance(2)
    assert "access_token" in caller.refresh(token)


def test_tokens_without_the_options_are_not_throttled() -> None:
    caller = Caller()
    token = caller.connect()["refresh_token"]
    for _ in range(25):
        assert "access_token" in caller.refresh(token)
        assert "code" in callback_of(caller.consent())


def test_seed_makes_tokens_repeat() -> None:
    assert Caller(seed=7).connect() == Caller(seed=7).connect()
    assert Caller().connect() != Caller().connect()
