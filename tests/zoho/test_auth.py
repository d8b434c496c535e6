from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

from django_zcrm.zoho.auth.tokens import AccessToken, StaticToken
from django_zcrm.zoho.calls.authorization import send_authorized
from django_zcrm.zoho.calls.steps import Send, Token
from django_zcrm.zoho.errors import (
    ConfigurationError,
    ConsentWithdrawn,
    Forbidden,
    Unauthenticated,
)
from django_zcrm.zoho.http.messages import ZohoRequest
from django_zcrm.zoho.secret import Secret
from tests.zoho.fakes import BASE, FakeTokens, client, make_response, refusal

GET = ZohoRequest(method="GET", path="/", safe=True)
DEAD = ["INVALID_TOKEN", "AUTHENTICATION_FAILURE", "INVALID_OAUTHTOKEN"]


def tokens_sent(transport: Any) -> list[str]:
    return [request.headers["Authorization"] for request in transport.sent]


@pytest.mark.parametrize("code", DEAD)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_dead_token_is_renewed_once_and_the_call_replayed(code: str, wrapped: bool) -> None:
    body = {"code": code, "status": "error"}
    tokens = FakeTokens()
    crm, transport = client(
        make_response({"data": [body]} if wrapped else body, 401),
        make_response({"data": [{"code": "SUCCESS", "details": {"id": "1"}}]}),
        tokens=tokens,
    )
    assert crm.records.create("Leads", [{"Last_Name": "A"}]).ids == ["1"]
    assert tokens_sent(transport) == ["Zoho-oauthtoken token-1", "Zoho-oauthtoken token-2"]
    first, second = transport.sent
    assert (first.body, first.path, first.params) == (second.body, second.path, second.params)
    assert tokens.renewals == 1


@pytest.mark.parametrize("code", DEAD)
def test_second_refusal_is_raised(code: str, waits: list[float]) -> None:
    tokens = FakeTokens()
    crm, transport = client(refusal(code, 401), tokens=tokens, retries=5)
    with pytest.raises(Unauthenticated, match=code):
        crm.users.list()
    assert (len(transport.sent), tokens.renewals, waits) == (2, 1, [])


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal("OAUTH_SCOPE_MISMATCH", 401), Forbidden),
        (refusal("NO_PERMISSION", 403), Forbidden),
        (refusal("INVALID_TOKEN", 400), Exception),
        (refusal("OTHER", 401), Unauthenticated),
        (make_response([1], 401), Unauthenticated),
        (make_response({"data": [1]}, 401), Unauthenticated),
        (make_response(None, 401), Unauthenticated),
        (make_response(b"<html>", 401), Exception),
    ],
)
def test_other_refusals_renew_nothing(answer: Any, kind: type[Exception]) -> None:
    tokens = FakeTokens()
    crm, transport = client(answer, tokens=tokens)
    with pytest.raises(kind):
        crm.users.list()
    assert (len(transport.sent), tokens.renewals) == (1, 0)


def test_a_file_is_sent_again_from_where_it_stood() -> None:
    read: list[bytes] = []

    def reading(request: ZohoRequest) -> Any:
        read.append(request.files[0].content.read())  # type: ignore[union-attr]
        if len(read) == 1:
            return refusal("INVALID_TOKEN", 401)
        return make_response({"data": [{"code": "SUCCESS", "details": {"id": "1"}}]})

    file = io.BytesIO(b"0123456789")
    file.seek(4)
    crm, _ = client(reading)
    assert crm.attachments.upload("Leads", "1", ("a.txt", file)).id == "1"
    assert read == [b"456789", b"456789"]


class Pipe(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        return b""


def test_a_stream_is_not_replayed_but_the_token_is_renewed() -> None:
    tokens = FakeTokens()
    crm, transport = client(refusal("INVALID_TOKEN", 401), tokens=tokens)
    with pytest.raises(Unauthenticated):
        crm.attachments.upload("Leads", "1", ("a.txt", Pipe()))  # type: ignore[arg-type]
    assert (len(transport.sent), tokens.renewals) == (1, 1)


def test_a_token_that_cannot_be_renewed_is_not_tried_twice() -> None:
    source = StaticToken(AccessToken(Secret("only"), BASE))
    crm, transport = client(refusal("INVALID_TOKEN", 401), tokens=source)
    with pytest.raises(Unauthenticated):
        crm.users.list()
    assert len(transport.sent) == 1


def test_withdrawn_consent_reaches_the_caller() -> None:
    class Withdrawn(FakeTokens):
        def renew(self, refused: AccessToken) -> AccessToken:
            raise ConsentWithdrawn("Connect again.")

    crm, transport = client(refusal("INVALID_TOKEN", 401), tokens=Withdrawn())
    with pytest.raises(ConsentWithdrawn):
        crm.users.list()
    assert len(transport.sent) == 1


class SecondHand(FakeTokens):
    """First has a token that another process got, and only then its own."""

    def renew(self, refused: AccessToken) -> AccessToken:
        return replace(super().renew(refused), is_renewed_elsewhere=self.renewals == 1)


def test_a_token_of_another_process_may_be_dead_too() -> None:
    tokens = SecondHand()
    dead = refusal("INVALID_TOKEN", 401)
    crm, transport = client(dead, dead, make_response({"users": []}), tokens=tokens)
    assert list(crm.users.list()) == []
    assert tokens_sent(transport) == [f"Zoho-oauthtoken token-{n}" for n in (1, 2, 3)]


def test_refusal_of_a_new_token_is_raised() -> None:
    tokens = SecondHand()
    crm, transport = client(refusal("INVALID_TOKEN", 401), tokens=tokens)
    with pytest.raises(Unauthenticated):
        crm.users.list()
    assert (len(transport.sent), tokens.renewals) == (3, 2)


def test_replay_uses_host_of_fresh_token() -> None:
    class Moved(FakeTokens):
        def renew(self, refused: AccessToken) -> AccessToken:
            self.api_url = "https://moved.test/"
            return super().renew(refused)

    crm, transport = client(
        refusal("INVALID_TOKEN", 401), make_response({"users": []}), tokens=Moved()
    )
    crm.users.list()
    assert transport.urls == [BASE, "https://moved.test"]


def test_caller_authorization_header_is_not_sent() -> None:
    crm, transport = client(make_response({}))
    crm.request("GET", "/x", headers={"authorization": "Bearer theirs"})
    crm.API.ORG.get(headers={"AUTHORIZATION": "Bearer theirs"})
    for request in transport.sent:
        assert request.headers == {"Authorization": "Zoho-oauthtoken token-1"}


def test_a_host_that_was_not_given_is_named() -> None:
    token = AccessToken(Secret("t"), BASE)
    assert token.url("api") == BASE
    with pytest.raises(ConfigurationError, match="upload host"):
        token.url("upload")


def test_the_flow_ends_after_one_good_answer() -> None:
    steps = send_authorized(GET)
    assert next(steps) == Token()
    sent = steps.send(AccessToken(Secret("t"), BASE))
    assert isinstance(sent, Send)
    assert sent.request.headers["Authorization"] == "Zoho-oauthtoken t"
    assert "Authorization" not in GET.headers
    good = make_response({})
    with pytest.raises(StopIteration) as finished:
        steps.send(good)
    assert finished.value.value is good


def test_no_repr_shows_a_token() -> None:
    token = AccessToken(Secret("CANARY"), BASE)
    assert "CANARY" not in repr(token) + repr(StaticToken(token)) + str(token)
    steps = send_authorized(GET)
    next(steps)
    assert "CANARY" not in repr(steps.send(token))
