"""Responses that leave the outcome of a request open, and requests without a token."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from copy import copy
from typing import Any

import pytest

from django_zcrm.zoho.auth.accounts import throttle_error
from django_zcrm.zoho.auth.tokens import AccessToken
from django_zcrm.zoho.errors import (
    ConfigurationError,
    ConsentWithdrawn,
    ServerFault,
    TimedOut,
    Unreachable,
    UnreadableResponse,
    ZCRMError,
)
from tests.cases import check_each
from tests.zoho.fakes import FakeTokens, client, make_response, outcome, refusal


@check_each(
    "answer",
    [
        {},
        {"info": {"more_records": False}},
        {"code": "SUCCESS", "status": "success", "message": "done", "details": {"id": "1"}},
        {"status": "success"},
        ["data"],
        "data",
        7,
    ],
)
@check_each("status", [200, 202])
def test_a_reply_without_data_is_not_taken_for_rows(answer: Any, status: int) -> None:
    crm, _ = client(make_response(answer, status))
    calls: list[Callable[[], Any]] = [
        lambda: crm.records.create("Leads", [{"n": 0}, {"n": 1}]),
        lambda: crm.records.delete("Leads", ["1"]),
        lambda: crm.records.list("Leads", fields=["id"]),
        lambda: crm.records.get("Leads", "1"),
        lambda: crm.records.search("Leads", word="x", fields=["id"]),
        lambda: crm.coql.query("select id from Leads where id = 1"),
        lambda: crm.users.list(),
        lambda: crm.records.count("Leads"),
    ]
    for call in calls:
        with pytest.raises(UnreadableResponse) as caught:
            call()
        assert caught.value.operation
        assert caught.value.status == status


@pytest.mark.parametrize("answer", [{}, {"data": []}, {"data": [{}]}, {"info": {}}, [], "x", 7])
def test_a_single_write_without_an_outcome_is_not_taken_for_done(answer: Any) -> None:
    crm, _ = client(make_response(answer))
    calls: list[Callable[[], Any]] = [
        lambda: crm.records.create_one("Leads", {"n": 0}),
        lambda: crm.records.delete_one("Leads", "1"),
        lambda: crm.photos.upload("Leads", "1", ("a.png", b"x")),
    ]
    for call in calls:
        with pytest.raises(UnreadableResponse, match="no outcome"):
            call()


def test_a_write_may_be_answered_by_nothing() -> None:
    """Some operations document 204, such as merging records (OAS 3.0 record-merge)."""
    crm, _ = client(make_response(None, 204))
    assert crm.records.delete_one("Leads", "1").ok


def test_item_missing_in_the_response_got_no_reply() -> None:
    crm, _ = client(make_response({"data": [outcome(0)]}), make_response({"data": []}))
    for answered in (1, 0):
        result = crm.records.create("Leads", [{"n": 0}, {"n": 1}, {"n": 2}])
        assert [each.code for each in result[answered:]] == ["NO_RESPONSE"] * (3 - answered)
        assert [each.input for each in result] == [{"n": 0}, {"n": 1}, {"n": 2}]
        assert len(result.failed) == 3 - answered
        assert all(isinstance(each.error, UnreadableResponse) for each in result.failed)
        assert result.failed[0].error.operation == "POST /crm/{version}/{module}"  # type: ignore[union-attr]


def test_a_later_batch_that_is_answered_without_data_got_no_reply() -> None:
    first = make_response({"data": [outcome(n) for n in range(100)]}, 201)
    crm, _ = client(first, make_response({"code": "SUCCESS", "status": "success"}))
    result = crm.records.create("Leads", [{"n": n} for n in range(250)])
    assert len(result.accepted) == 100
    assert {each.code for each in result[100:200]} == {"NO_RESPONSE"}
    assert {each.code for each in result[200:]} == {"NOT_SENT"}


class WithoutTokens(FakeTokens):
    """A token source that fails after a first token."""

    def __init__(self, error: ZCRMError) -> None:
        super().__init__()
        self.error = error
        self.calls = 0

    def current(self) -> AccessToken:
        self.calls += 1
        if self.calls > 1:
            raise self.error
        return super().current()

    def renew(self, refused: AccessToken) -> AccessToken:
        raise self.error


NO_TOKEN: list[ZCRMError] = [
    TimedOut("Another process has been renewing the access token for too long"),
    TimedOut("Zoho did not answer in time"),
    Unreachable("The connection to Zoho broke before the whole response arrived"),
    throttle_error(400),
    ServerFault("INTERNAL_ERROR", "Zoho's accounts server failed", status=500),
    UnreadableResponse("not JSON", 200),
    ConsentWithdrawn("gone"),
    ConfigurationError("no secret"),
]


@pytest.mark.parametrize("error", NO_TOKEN, ids=repr)
def test_records_for_which_there_was_no_token_were_not_sent(error: ZCRMError) -> None:
    first = make_response({"data": [outcome(n) for n in range(100)]}, 201)
    crm, transport = client(first, tokens=WithoutTokens(copy(error)))
    result = crm.records.create("Leads", [{"n": n} for n in range(250)])
    assert len(transport.sent) == 1
    assert len(result.accepted) == 100
    assert {each.code for each in result.failed} == {"NOT_SENT"}
    assert type(result.failed[0].error) is type(error)


@pytest.mark.parametrize("error", NO_TOKEN, ids=repr)
def test_records_with_a_refused_token_that_was_not_renewed_were_not_sent(error: ZCRMError) -> None:
    tokens = WithoutTokens(copy(error))
    crm, _ = client(refusal("INVALID_TOKEN", 401), tokens=tokens)
    with pytest.raises(type(error)) as caught:
        crm.records.create("Leads", [{"n": 0}])
    assert getattr(caught.value, "sent", False) is False
    back = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert getattr(back, "sent", False) is False


def test_an_upload_whose_organisation_cannot_be_learnt_was_not_sent(waits: list[float]) -> None:
    crm, transport = client(refusal("INTERNAL_ERROR", 500))
    with pytest.raises(ServerFault) as caught:
        crm.bulk_write.upload(("a.zip", b"x"))
    assert caught.value.sent is False
    assert {request.method for request in transport.sent} == {"GET"}
