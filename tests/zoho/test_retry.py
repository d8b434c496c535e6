from __future__ import annotations

from typing import Any

import pytest

from django_zcrm.zoho.calls.retry import MAX_WAIT, backoff, next_delay
from django_zcrm.zoho.errors import (
    Limited,
    ServerFault,
    TimedOut,
    TransportError,
    Unreachable,
)
from django_zcrm.zoho.http.messages import FilePart, ZohoRequest
from tests.cases import check_each
from tests.zoho.fakes import client, make_response, refusal
from tests.zoho.test_results import unsent

GET = ZohoRequest(method="GET", path="/", safe=True)
POST = ZohoRequest(method="POST", path="/")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_call_that_changes_nothing_is_tried_again(status: int) -> None:
    assert next_delay(0, GET, make_response(None, status), 2, 0.0) == 0.5
    assert next_delay(1, GET, make_response(None, status), 2, 0.0) == 1.0
    assert next_delay(1, GET, make_response(None, status), 2, 1.0) == 2.0
    assert next_delay(2, GET, make_response(None, status), 2, 0.0) is None
    assert next_delay(0, GET, make_response(None, status), 0, 0.0) is None
    assert next_delay(0, POST, make_response(None, status), 2, 0.0) is None


@check_each("status", [200, 204, 304, 400, 401, 403, 404, 412, 413, 501])
def test_other_statuses_are_not_retried(status: int) -> None:
    assert next_delay(0, GET, make_response(None, status), 2, 0.0) is None


@pytest.mark.parametrize("error", [TimedOut("late"), Unreachable("broke"), TransportError("odd")])
def test_request_that_may_have_arrived_is_retried_only_if_safe(error: Any) -> None:
    assert next_delay(0, GET, error, 2, 0.0) == 0.5
    assert next_delay(0, POST, error, 2, 0.0) is None


def test_unsent_request_is_retried() -> None:
    assert next_delay(0, POST, unsent(), 2, 0.0) == 0.5
    stream = ZohoRequest(method="POST", path="/", files=[FilePart("file", "a", object())])  # type: ignore[arg-type]
    assert next_delay(0, stream, unsent(), 2, 0.0) is None


@check_each(
    ("advised", "delay"),
    [
        ("0", 0.0),
        ("3", 3.0),
        (str(MAX_WAIT), MAX_WAIT),
        ("10.1", None),
        ("3600", None),
        ("x", 0.5),
        ("Wed, 21 Oct 2026 07:28:09 GMT", 9.0),
        ("Wed, 21 Oct 2026 07:28:11 GMT", None),
    ],
)
def test_advice_is_taken_and_long_waits_are_the_callers(advised: str, delay: Any) -> None:
    now = "Wed, 21 Oct 2026 07:28:00 GMT"
    assert (
        next_delay(0, GET, make_response(None, 503, retry_after=advised, date=now), 2, 0.0) == delay
    )


def test_own_waits_never_grow_past_the_longest() -> None:
    assert next_delay(10, GET, make_response(None, 503), 20, 0.0) is None


def test_a_session_tries_again_until_it_works(waits: list[float]) -> None:
    crm, transport = client(
        make_response(None, 503),
        Unreachable("broke"),
        make_response({"data": [{"id": "1"}]}),
        retries=2,
    )
    assert crm.records.get("Leads", "1") == {"id": "1"}
    assert len(transport.sent) == 3
    assert 0.5 <= waits[0] <= 1
    assert 1 <= waits[1] <= 2


def test_session_after_the_last_retry_raises(waits: list[float]) -> None:
    crm, transport = client(make_response(b"<html>", 502), retries=2)
    with pytest.raises(ServerFault) as caught:
        crm.records.get("Leads", "1")
    assert (caught.value.code, caught.value.status) == ("HTTP_502", 502)
    assert len(transport.sent) == 3

    crm, transport = client(TimedOut("late"), retries=1)
    with pytest.raises(TimedOut):
        crm.users.list()
    assert len(transport.sent) == 2


def test_session_with_retry_after_waits_that_long(waits: list[float]) -> None:
    limited = refusal("TOO_MANY_REQUESTS", 429)
    limited.headers = make_response(None, retry_after="4").headers
    crm, _ = client(limited, make_response({"users": []}))
    crm.users.list()
    assert waits == [4.0]


def test_a_gateways_page_can_say_how_long_to_wait(waits: list[float]) -> None:
    crm, _ = client(make_response(b"<html>slow down</html>", 429, retry_after="60"))
    with pytest.raises(Limited) as caught:
        crm.users.list()
    assert (caught.value.code, caught.value.retry_after) == ("HTTP_429", 60)


def test_a_session_does_not_wait_for_an_hour(waits: list[float]) -> None:
    crm, transport = client(
        make_response({"code": "TOO_MANY_REQUESTS", "status": "error"}, 429, retry_after="3600")
    )
    with pytest.raises(Limited) as caught:
        crm.users.list()
    assert caught.value.retry_after == 3600
    assert (len(transport.sent), waits) == (1, [])


@pytest.mark.parametrize(
    "failure", [make_response(None, 503), TimedOut("late"), Unreachable("broke")]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_change_is_never_made_twice(method: str, failure: Any, waits: list[float]) -> None:
    crm, transport = client(failure, retries=5)
    with pytest.raises((ServerFault, TransportError)):
        crm.request(method, "/crm/{version}/Leads", json={})
    assert (len(transport.sent), waits) == (1, [])


def test_a_change_that_was_not_sent_is_made(waits: list[float]) -> None:
    crm, transport = client(unsent(), unsent(), make_response({"ok": True}))
    assert crm.request("POST", "/crm/{version}/Leads", json={})["ok"]
    assert len(transport.sent) == 3


def test_each_wait_is_twice_as_long_as_the_last_up_to_the_longest() -> None:
    assert [backoff(attempt, 5.0, 60.0) for attempt in range(5)] == [5.0, 10.0, 20.0, 40.0, 60.0]
    assert backoff(10_000, 5.0, 60.0) == 60.0
