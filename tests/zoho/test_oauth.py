from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from django_zcrm.zoho.auth.accounts import (
    MAX_LIFETIME,
    OAuthClient,
    read_revocation,
    read_tokens,
)
from django_zcrm.zoho.auth.scope_names import missing_scopes, split_scopes
from django_zcrm.zoho.errors import (
    ConfigurationError,
    ConsentWithdrawn,
    Invalid,
    Limited,
    ServerFault,
    UnreadableResponse,
)
from django_zcrm.zoho.secret import Secret
from tests.cases import check_each
from tests.zoho.fakes import make_response

ACCOUNTS = "https://accounts.zoho.eu"
CLIENT = OAuthClient("1000.ID", Secret("CANARY-secret"), "https://site.test/cb?a=1&b=ü", ACCOUNTS)


def make_oauth_response(value: Any, status: int = 200, operation: str = "oauth refresh") -> Any:
    response = make_response(value, status)
    response.operation = operation
    return response


def test_authorization_url_contains_all_parameters() -> None:
    url = CLIENT.authorize_url(["ZohoCRM.modules.ALL", "ZohoCRM.org.READ"], "st&te=é")
    assert url.startswith(f"{ACCOUNTS}/oauth/v2/auth?")
    assert dict(parse_qsl(urlsplit(url).query)) == {
        "response_type": "code",
        "client_id": "1000.ID",
        "scope": "ZohoCRM.modules.ALL,ZohoCRM.org.READ",
        "redirect_uri": "https://site.test/cb?a=1&b=ü",
        "access_type": "offline",
        "prompt": "consent",
        "state": "st&te=é",
    }
    assert "CANARY" not in url


def test_exchange_refresh_and_revoke_send_the_form_of_the_sdk() -> None:
    exchange, refresh = CLIENT.exchange("1000.code"), CLIENT.refresh("1000.refresh")
    assert dict(exchange.form) == {
        "grant_type": "authorization_code",
        "client_id": "1000.ID",
        "client_secret": "CANARY-secret",
        "redirect_uri": "https://site.test/cb?a=1&b=ü",
        "code": "1000.code",
    }
    assert dict(refresh.form) == {
        "grant_type": "refresh_token",
        "client_id": "1000.ID",
        "client_secret": "CANARY-secret",
        "refresh_token": "1000.refresh",
    }
    for request in (exchange, refresh):
        assert (request.method, request.path, request.host) == (
            "POST",
            "/oauth/v2/token",
            "accounts",
        )
        assert not request.params
        assert not request.safe
    revoke = CLIENT.revoke("1000.refresh")
    assert (revoke.path, dict(revoke.form)) == (
        "/oauth/v2/token/revoke",
        {"token": "1000.refresh"},
    )


def test_a_self_client_has_no_redirect_uri() -> None:
    alone = OAuthClient("1000.ID", Secret("s"), "", ACCOUNTS)
    assert "redirect_uri" not in dict(alone.exchange("c").form)


def test_tokens_are_read() -> None:
    tokens = read_tokens(
        make_oauth_response(
            {
                "access_token": "1000.a",
                "refresh_token": "1000.r",
                "api_domain": "https://www.zohoapis.eu/",
                "token_type": "Bearer",
                "expires_in": 3600,
                "scope": "ZohoCRM.modules.ALL ZohoCRM.org.READ,AaaServer.profile.READ",
            }
        ),
        accounts_url=ACCOUNTS,
    )
    assert (tokens.access_token, tokens.refresh_token) == (Secret("1000.a"), Secret("1000.r"))
    assert (tokens.api_domain, tokens.expires_in) == ("https://www.zohoapis.eu", 3600)
    assert tokens.scopes == ("ZohoCRM.modules.ALL", "ZohoCRM.org.READ", "AaaServer.profile.READ")


@check_each(
    ("fields", "seconds"),
    [
        ({"expires_in": 3600}, 3600),
        ({"expires_in": "3600"}, 3600),
        ({"expires_in": 3_600_000, "expires_in_sec": 3600}, 3600),
        ({"expires_in": 5_000, "expires_in_sec": 5}, 5),
        ({"expires_in": 5_000, "expires_in_sec": 0}, 3600),
        ({"expires_in": 5_000, "expires_in_sec": "soon"}, 3600),
        ({"expires_in": 3_600_000, "expires_in_sec": None}, 3_600_000),
        ({"expires_in": 12.9}, 12),
        ({"expires_in": -5}, 3600),
        ({"expires_in": 0}, 3600),
        ({"expires_in": 0.5}, 3600),
        ({"expires_in": True}, 3600),
        ({}, 3600),
        ({"expires_in": None}, 3600),
        ({"expires_in": "soon"}, 3600),
        ({"expires_in": []}, 3600),
        ({"expires_in": "inf"}, 3600),
        ({"expires_in": 10**30}, MAX_LIFETIME),
        ({"expires_in": 1e308}, MAX_LIFETIME),
        ({"expires_in": "nan"}, 3600),
    ],
)
def test_the_life_of_a_token_is_in_seconds_whatever_zoho_sends(
    fields: dict[str, Any], seconds: int
) -> None:
    tokens = read_tokens(
        make_oauth_response({"access_token": "a", **fields}), accounts_url=ACCOUNTS
    )
    assert tokens.expires_in == seconds
    assert (tokens.refresh_token, tokens.scopes, tokens.api_domain) == (Secret(), (), "")


@pytest.mark.parametrize("error", ["invalid_code", "invalid_grant"])
def test_a_refresh_token_that_is_gone_and_a_grant_token_that_is_spent(error: str) -> None:
    with pytest.raises(ConsentWithdrawn) as caught:
        read_tokens(make_oauth_response({"error": error}), accounts_url=ACCOUNTS)
    assert caught.value.operation == "oauth refresh"
    with pytest.raises(Invalid) as spent:
        read_tokens(
            make_oauth_response({"error": error}, operation="oauth exchange"), accounts_url=ACCOUNTS
        )
    assert spent.value.code == error


@pytest.mark.parametrize(
    ("error", "setting"),
    [
        ("invalid_client", "CLIENT_ID"),
        ("invalid_client_secret", "CLIENT_SECRET"),
        ("invalid_redirect_uri", "REDIRECT_URI"),
        ("unauthorized_client", "CLIENT_ID"),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_client_that_zoho_refuses_names_the_setting(
    error: str, setting: str, status: int
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_tokens(make_oauth_response({"error": error}, status), accounts_url=ACCOUNTS)
    assert caught.value.setting == setting
    assert "'eu'" in str(caught.value)
    with pytest.raises(ConfigurationError, match=r"http://127.0.0.1"):
        read_tokens(make_oauth_response({"error": error}), accounts_url="http://127.0.0.1:8900")


def test_a_wrong_secret_speaks_of_several_only_at_another_data_center() -> None:
    response = make_oauth_response({"error": "invalid_client_secret"})
    texts = []
    for home in ("", "eu", "us"):
        with pytest.raises(ConfigurationError, match="copy the secret") as caught:
            read_tokens(response, accounts_url=ACCOUNTS, home=home)
        texts.append(str(caught.value))
    assert [" is a dict" in text for text in texts] == [False, False, True]


@pytest.mark.parametrize("status", [200, 400, 429])
@pytest.mark.parametrize(
    "body",
    [
        {
            "error_description": "You have made too many requests continuously.",
            "error": "Access Denied",
            "status": "failure",
        },
        {"error_description": "您的请求过于频繁", "error": "拒绝访问", "status": "failure"},
    ],
)
def test_the_throttle_is_known_by_its_shape_in_any_language(
    status: int, body: dict[str, Any]
) -> None:
    with pytest.raises(Limited) as caught:
        read_tokens(make_oauth_response(body, status), accounts_url=ACCOUNTS)
    assert caught.value.retry_after == 600
    assert caught.value.operation == "oauth refresh"


@pytest.mark.parametrize("body", [{}, None, [1], b"<html>slow down</html>"])
def test_a_plain_429_is_a_throttle_too(body: Any) -> None:
    with pytest.raises(Limited) as caught:
        read_tokens(make_oauth_response(body, 429), accounts_url=ACCOUNTS)
    assert caught.value.operation == "oauth refresh"


@check_each(
    ("answer", "error_class"),
    [
        (make_oauth_response({"error": "general_error"}), Invalid),
        (make_oauth_response({"error": "access_denied"}), Invalid),
        (make_oauth_response({"error": {"odd": 1}}), Invalid),
        (make_oauth_response({}), Invalid),
        (make_oauth_response({"access_token": ""}), Invalid),
        (make_oauth_response({"access_token": None, "error": "general_error"}), Invalid),
        (make_oauth_response([1]), UnreadableResponse),
        (make_oauth_response(None), UnreadableResponse),
        (make_oauth_response(b"<html>"), UnreadableResponse),
        (make_oauth_response(b"<html>", 400), UnreadableResponse),
        (make_oauth_response(b"<html>", 502), ServerFault),
        (make_oauth_response({"access_token": "a"}, 500), ServerFault),
    ],
)
def test_unexpected_response_raises(answer: Any, error_class: type[Exception]) -> None:
    with pytest.raises(error_class) as caught:
        read_tokens(answer, accounts_url=ACCOUNTS)
    assert caught.value.operation == "oauth refresh"  # type: ignore[attr-defined]


ODD = [
    True,
    5,
    1.5,
    ["1000.a"],
    {"a": 1},
    "a\r\nX-Evil: 1",
    "a b",
    "a\0",
    "1000.名",
    "é",
    "a" * 5000,
]


@check_each("token", ODD)
@check_each("name", ["access_token", "refresh_token"])
@check_each("operation", ["oauth refresh", "oauth exchange"])
def test_a_token_that_no_header_can_hold_is_not_taken(
    operation: str, name: str, token: Any
) -> None:
    whole = {"access_token": "1000.a", "refresh_token": "1000.r"}
    with pytest.raises(UnreadableResponse, match=name) as caught:
        read_tokens(
            make_oauth_response({**whole, name: token}, operation=operation), accounts_url=ACCOUNTS
        )
    assert caught.value.operation == operation
    assert "Evil" not in str(caught.value)


@pytest.mark.parametrize("nothing", [None, ""])
def test_missing_refresh_token_is_empty(nothing: Any) -> None:
    body = {"access_token": "1000.a", "refresh_token": nothing}
    assert read_tokens(make_oauth_response(body), accounts_url=ACCOUNTS).refresh_token == Secret()


@pytest.mark.parametrize("domain", [True, 5, ["https://www.zohoapis.eu"], [], "https://é.test"])
def test_an_api_domain_that_is_none_is_not_taken(domain: Any) -> None:
    body = {"access_token": "1000.a", "api_domain": domain}
    with pytest.raises(UnreadableResponse, match="api_domain"):
        read_tokens(make_oauth_response(body), accounts_url=ACCOUNTS)


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [
        ("ZohoCRM.org.READ <b>x</b> a\0b", ("ZohoCRM.org.READ",)),
        (["ZohoCRM.org.READ"], ()),
        (True, ()),
        (5, ()),
        (None, ()),
    ],
)
def test_scopes_that_are_none_are_left_out(scope: Any, scopes: tuple[str, ...]) -> None:
    body = {"access_token": "1000.a", "scope": scope}
    assert read_tokens(make_oauth_response(body), accounts_url=ACCOUNTS).scopes == scopes


@pytest.mark.parametrize("code", ["x" * 41, "a<b>", "1000.abc.def", "a\nb", 5, True, ["x"]])
def test_error_that_is_not_a_code_is_not_quoted(code: Any) -> None:
    with pytest.raises(Invalid) as caught:
        read_tokens(make_oauth_response({"error": code}), accounts_url=ACCOUNTS)
    assert caught.value.code == "invalid_response"


@pytest.mark.parametrize(
    ("body", "was_known"),
    [
        ({"status": "success"}, True),
        ({"error": "invalid_code"}, False),
        ({"error": "invalid_token"}, False),
    ],
)
def test_revocation_returns_whether_token_was_known(body: dict[str, Any], was_known: bool) -> None:
    assert read_revocation(make_oauth_response(body, operation="oauth revoke")) is was_known


@pytest.mark.parametrize(
    ("answer", "error_class"),
    [
        (make_oauth_response({"error": "general_error"}, operation="oauth revoke"), Invalid),
        (make_oauth_response(None, 503, operation="oauth revoke"), ServerFault),
        (make_oauth_response(b"<html>", operation="oauth revoke"), UnreadableResponse),
        (make_oauth_response({}, 429, operation="oauth revoke"), Limited),
        (make_oauth_response({"error": ["invalid_code"]}, operation="oauth revoke"), Invalid),
    ],
)
def test_failed_revocation_raises(answer: Any, error_class: type[Exception]) -> None:
    with pytest.raises(error_class):
        read_revocation(answer)


@pytest.mark.parametrize(
    ("value", "scopes"),
    [
        ("a,b c,  a", ("a", "b", "c")),
        (["a", "b", "a", ""], ("a", "b")),
        ("", ()),
        ([], ()),
    ],
)
def test_scopes_are_split(value: Any, scopes: tuple[str, ...]) -> None:
    assert split_scopes(value) == scopes


def test_no_repr_shows_a_secret() -> None:
    tokens = read_tokens(
        make_oauth_response({"access_token": "CANARY", "refresh_token": "CANARY"}),
        accounts_url=ACCOUNTS,
    )
    text = repr([CLIENT, tokens, CLIENT.exchange("CANARY"), CLIENT.refresh("CANARY")])
    assert "CANARY" not in text


@check_each(
    ("needed", "granted", "missing"),
    [
        (["ZohoCRM.modules.ALL"], ["ZohoCRM.modules.ALL"], ()),
        (["ZohoCRM.modules.leads.READ"], ["ZohoCRM.modules.ALL"], ()),
        (["ZohoCRM.modules.leads.READ"], ["ZohoCRM.modules.READ"], ()),
        (["ZohoCRM.modules.leads.READ"], ["ZohoCRM.modules.leads.ALL"], ()),
        (["ZohoCRM.modules.ALL"], ["ZohoCRM.modules.READ"], ("ZohoCRM.modules.ALL",)),
        (["ZohoCRM.modules.leads.CREATE"], ["ZohoCRM.modules.READ"], None),
        (["ZohoCRM.org.READ"], ["ZohoCRM.modules.ALL"], None),
        (["ZohoCRM.coql.READ"], ["zohocrm.coql.read"], ()),
        (["ZohoFiles.files.ALL", "ZohoCRM.org.READ"], [], None),
        ([], [], ()),
    ],
)
def test_missing_scopes_are_found(
    needed: list[str], granted: list[str], missing: tuple[str, ...] | None
) -> None:
    assert missing_scopes(needed, granted) == (tuple(needed) if missing is None else missing)
