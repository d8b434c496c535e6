"""A secret shows itself nowhere, and is masked where a response repeats it."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import pprint
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from django_zcrm.zoho.auth.accounts import OAuthClient, read_tokens
from django_zcrm.zoho.auth.tokens import AccessToken
from django_zcrm.zoho.errors import ConfigurationError, Invalid, UnreadableResponse
from django_zcrm.zoho.http.messages import Headers, ZohoRequest, ZohoResponse
from django_zcrm.zoho.secret import MASK, MIN_LENGTH, JSONSecret, Secret, mask, reveal
from tests.cases import check_each
from tests.zoho.fakes import FakeTokens, client, make_response

CANARY = "1000.c4nary.c4nary"


@dataclass
class HeldSlot:
    secret: Secret


def test_only_reveal_shows_the_secret(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(CANARY)
    logging.getLogger("x").warning("%s %r %s", secret, secret, [secret])
    texts = [
        str(secret),
        repr(secret),
        f"{secret} {secret!r} {secret!s}",
        "{}".format(secret),  # noqa: UP032
        "%s" % secret,  # noqa: UP031
        pprint.pformat({"a": [secret]}),
        repr(asdict(HeldSlot(secret))),
        repr(vars(AccessToken(secret, "https://zoho.test"))),
        caplog.text,
    ]
    assert CANARY not in "".join(texts)
    assert all(MASK in text for text in texts)
    assert secret.reveal() == reveal(secret) == reveal(CANARY) == CANARY


def test_secrets_with_equal_text_are_equal() -> None:
    assert Secret("a") == Secret("a") == "a"
    assert Secret("a") != Secret("b")
    assert Secret("a") != "é"
    assert Secret("\ud800") == Secret("\ud800")
    assert Secret("a") != 5
    assert {Secret("a"): 1}[Secret("a")] == 1
    assert Secret(Secret("a")) == Secret("a")
    assert Secret("a")
    assert not Secret()
    assert (str(Secret()), repr(Secret())) == ("", "<Secret, empty>")


def test_secret_can_be_copied_but_not_pickled() -> None:
    secret = Secret("a")
    assert copy.copy(secret) is copy.deepcopy(secret) is secret
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(secret)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(AccessToken(secret, "https://zoho.test"))
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_it_has_no_place_where_texts_are_made_of_values() -> None:
    crm, transport = client(make_response({}))
    calls: list[Any] = [
        lambda: crm.request("GET", "/x", params={"token": Secret(CANARY)}),
        lambda: crm.request("POST", "/x", data={"token": Secret(CANARY)}),
        lambda: crm.request("POST", "/x", json={"token": Secret(CANARY)}),
        lambda: crm.request("POST", "/x", headers={"token": Secret(CANARY)}),  # type: ignore[dict-item]
        lambda: crm.records.get("Leads", Secret(CANARY)),  # type: ignore[arg-type]
    ]
    for call in calls:
        with pytest.raises(ConfigurationError) as caught:
            call()
        assert CANARY not in str(caught.value)
    assert not transport.sent


def test_body_with_json_secret_sends_its_text_and_never_shows_it() -> None:
    crm, transport = client(make_response({}))
    body = {"watch": [{"token": JSONSecret(CANARY)}]}
    crm.request("POST", "/x", json=body)
    assert json.loads(transport.sent[0].body or b"") == {"watch": [{"token": CANARY}]}
    assert CANARY not in repr([body, JSONSecret(CANARY)])


def test_plain_text_becomes_a_secret_where_one_is_kept() -> None:
    token: Any = CANARY
    assert AccessToken(token, "https://zoho.test").value == Secret(CANARY)
    oauth = OAuthClient("1000.ID", token, "", "https://zoho.test")
    assert oauth.client_secret == Secret(CANARY)
    for request in (oauth.exchange(CANARY), oauth.refresh(CANARY), oauth.revoke(CANARY)):
        assert CANARY not in repr([request, vars(request)])
        assert Secret(CANARY) in request.secrets


def test_text_with_repeated_secret_is_masked() -> None:
    long, longer = Secret("12345678"), Secret("123456789")
    echo = {"a 12345678": ["x12345678x", {"b": "123456789"}, 5, None, True, "1234567"]}
    assert mask(echo, [long, longer]) == {
        f"a {MASK}": [f"x{MASK}x", {"b": MASK}, 5, None, True, "1234567"]
    }
    assert mask("abc", [Secret("abc")]) == "abc"  # too short to be one
    assert len("abc") < MIN_LENGTH


ECHO = {
    "code": f"BAD_{CANARY}",
    "message": f"the token {CANARY} is not good",
    "details": {"api_name": CANARY, CANARY: [CANARY]},
    "status": "error",
}


@check_each("status", [200, 400, 401, 403, 429, 500])
@check_each("wrapped", [False, True])
@check_each("escaped", [False, True])
def test_an_error_does_not_repeat_the_token(status: int, wrapped: bool, escaped: bool) -> None:
    text = json.dumps({"data": [ECHO]} if wrapped else ECHO)
    if escaped:
        text = text.replace("1000.", "\\u0031000\\u002e")

    def answer(request: ZohoRequest) -> ZohoResponse:
        return ZohoResponse(status, Headers(), text.encode(), secrets=request.secrets)

    tokens = FakeTokens()
    tokens.current = lambda: AccessToken(Secret(CANARY), "https://zoho.test")  # type: ignore[method-assign]
    tokens.renew = lambda refused: tokens.current()  # type: ignore[method-assign]
    crm, _ = client(answer, tokens=tokens, retries=0)
    with pytest.raises(Exception, match=MASK) as caught:
        crm.records.create_one("Leads", {"Last_Name": "A"})
    error = caught.value
    assert CANARY not in repr([str(error), repr(error), error.args, vars(error)])
    assert CANARY not in repr(pickle.loads(pickle.dumps(error)).__dict__)  # noqa: S301


ACCOUNTS = "https://accounts.zoho.eu"
CLIENT = OAuthClient("1000.ID", Secret(f"{CANARY}-secret"), "", ACCOUNTS)


def respond(body: Any, request: ZohoRequest, escaped: bool = False) -> ZohoResponse:
    text = json.dumps(body)
    if escaped:
        text = text.replace("1000.", "\\u0031000\\u002e")
    operation = request.operation
    return ZohoResponse(200, Headers(), text.encode(), secrets=request.secrets, operation=operation)


@check_each("escaped", [False, True])
@check_each("where", ["error", "scope", "api_domain", "error_description", "status"])
def test_accounts_error_does_not_quote_sent_secrets(where: str, escaped: bool) -> None:
    for request in (CLIENT.refresh(CANARY), CLIENT.exchange(CANARY)):
        body = {"access_token": "1000.new", where: f"https://{CANARY} {CANARY}-secret"}
        if where in {"error", "error_description", "status"}:
            del body["access_token"]
        try:
            text = repr(read_tokens(respond(body, request, escaped), accounts_url=ACCOUNTS))
        except Exception as error:
            text = repr([str(error), error, error.args, vars(error)])
        assert CANARY not in text


def test_a_refresh_token_that_is_repeated_stays_the_one_that_was_sent() -> None:
    body = {"access_token": "1000.new", "refresh_token": CANARY}
    tokens = read_tokens(respond(body, CLIENT.refresh(CANARY)), accounts_url=ACCOUNTS)
    assert (tokens.access_token, tokens.refresh_token) == (Secret("1000.new"), Secret())


def test_token_response_that_repeats_refresh_token_is_refused() -> None:
    body = {"access_token": CANARY}
    with pytest.raises(UnreadableResponse, match="access_token"):
        read_tokens(respond(body, CLIENT.refresh(CANARY)), accounts_url=ACCOUNTS)


@pytest.mark.parametrize("kind", [f"text/html; {CANARY}", CANARY, f"a/{CANARY} x", "", "text/html"])
def test_invalid_content_type_is_not_named(kind: str) -> None:
    with pytest.raises(UnreadableResponse) as caught:
        _ = ZohoResponse(200, Headers({"content-type": kind}), b"<html>").json
    assert CANARY not in str(caught.value)
    assert ("text/html" in str(caught.value)) == kind.startswith("text/html")


@pytest.mark.parametrize("count", [10, 20_000])
def test_records_that_hold_no_secret_are_not_searched_through(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "django_zcrm.zoho.http.messages.mask", lambda *args: pytest.fail("searched")
    )
    request = ZohoRequest(method="GET", path="/x").with_header(
        "Authorization", Secret(f"x {CANARY}")
    )
    page = ZohoResponse(200, Headers(), b'{"data": ["' + b"\\u540d" * count + b'"]}')
    page.secrets = request.secrets
    assert len(page.json["data"][0]) == count


def test_invalid_is_still_named() -> None:
    crm, _ = client(
        make_response({"code": "INVALID_DATA", "message": "no", "status": "error"}, 400)
    )
    with pytest.raises(Invalid, match="INVALID_DATA: no"):
        crm.users.list()
