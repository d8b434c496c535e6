from __future__ import annotations

import json
import pickle
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from django_zcrm.zoho.calls.slots import is_refused
from django_zcrm.zoho.errors import (
    Forbidden,
    Invalid,
    Limited,
    NotConnected,
    ServerFault,
    TimedOut,
    Unauthenticated,
    Unreachable,
    UnreadableResponse,
    ZohoError,
)
from django_zcrm.zoho.http.messages import ZohoRequest, ZohoResponse
from django_zcrm.zoho.operations.results import BatchResult, Outcome, PartialFailure
from tests.zoho.fakes import client, make_response, outcome, refusal


def outcomes_of(request: ZohoRequest) -> ZohoResponse:
    """Accept every record except those with a name that asks for a refusal."""
    sent = json.loads(request.body or b"{}")["data"]
    rows = [outcome(row["n"], row.get("code", "SUCCESS")) for row in sent]
    return make_response({"data": rows}, 201)


@pytest.mark.parametrize("status", [200, 201, 202, 207, 400])
def test_refused_items_are_found_under_any_status(status: int) -> None:
    rows = [outcome(0), outcome(1, "INVALID_DATA"), outcome(2)]
    crm, _ = client(make_response({"data": rows, "wf_scheduler": {}}, status))
    sent = [{"n": 0}, {"n": 1}, {"n": 2}]
    result = crm.records.create("Leads", sent)
    assert [each.ok for each in result] == [True, False, True]
    assert [each.index for each in result] == [0, 1, 2]
    assert [each.input for each in result] == sent
    assert result.ids == ["0", "2"]
    assert len(result) == 3
    assert result[1] is result.failed[0]
    assert result.extra == {"wf_scheduler": {}}
    error = result.failed[0].error
    assert isinstance(error, Invalid)
    assert (error.field, error.status) == ("Email", status)
    assert str(PartialFailure(BatchResult([result.failed[0]]))).startswith(
        "1 of 1 item failed, the"
    )
    with pytest.raises(
        PartialFailure, match="1 of 3 items failed, the first with INVALID_DATA"
    ) as c:
        result.raise_for_failures()
    assert c.value.result is result
    assert c.value.operation == "POST /crm/{version}/{module}"


def test_outcomes_are_those_of_what_was_sent_whatever_becomes_of_the_callers_list() -> None:
    rows = [[outcome(0)], outcome(1, "INVALID_DATA"), outcome(2)]
    crm, _ = client(make_response({"data": rows}), make_response({"data": rows}))
    buffer = [{"n": 0}, {"n": 1}]
    result, same = (crm.records.create("Leads", buffer) for _ in range(2))
    buffer.clear()
    assert [each.input for each in result] == [{"n": 0}, {"n": 1}, None]
    assert [each.id for each in result.outcomes[::2]] == ["0", "2"]
    assert (result.outcomes == same.outcomes) is False  # each has a different error
    assert result.outcomes == list(result.outcomes)
    assert repr(result.outcomes) == repr(list(result.outcomes))
    assert pickle.loads(pickle.dumps(same)).ids == same.ids  # noqa: S301


def test_result_without_failures_raises_nothing() -> None:
    crm, _ = client(outcomes_of)
    result = crm.records.create("Leads", [{"n": 0}])
    assert result.raise_for_failures() is result
    assert not result.failed


def test_upsert_outcome_has_action() -> None:
    row = {**outcome(1), "action": "update", "duplicate_field": "Email"}
    crm, _ = client(make_response({"data": [row]}))
    assert crm.records.upsert("Leads", [{"n": 1}])[0].action == "update"


def test_more_than_a_hundred_records_go_out_in_order() -> None:
    crm, transport = client(outcomes_of)
    records = [{"n": n, "code": "INVALID_DATA" if n == 123 else "SUCCESS"} for n in range(250)]
    result = crm.records.create("Leads", records, trigger=[])
    assert [len(json.loads(r.body or b"")["data"]) for r in transport.sent] == [
        100,
        100,
        50,
    ]
    assert all(json.loads(r.body or b"")["trigger"] == [] for r in transport.sent)
    assert [each.index for each in result] == list(range(250))
    assert [each.input for each in result] == records
    assert [each.index for each in result.failed] == [123]
    assert result.ids == [str(n) for n in range(250) if n != 123]


@pytest.mark.parametrize("count", [1, 99, 100, 101])
def test_batches_have_at_most_100_items(count: int) -> None:
    crm, transport = client(outcomes_of)
    assert len(crm.records.create("Leads", [{"n": n} for n in range(count)])) == count
    assert len(transport.sent) == (2 if count > 100 else 1)


def unsent() -> Unreachable:
    error = Unreachable("refused")
    error.sent = False
    return error


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (TimedOut("late"), "NO_RESPONSE"),
        (Unreachable("broke"), "NO_RESPONSE"),
        (unsent(), "NOT_SENT"),
        (NotConnected("another user disconnected it"), "NOT_SENT"),
        (refusal("NO_PERMISSION", 403), "NO_PERMISSION"),
        (refusal("TOO_MANY_REQUESTS", 429), "TOO_MANY_REQUESTS"),
        (make_response(b"<html>", 502), "HTTP_502"),
    ],
)
def test_a_later_call_that_fails_does_not_hide_what_was_done(
    failure: Any, code: str, waits: list[float]
) -> None:
    first = make_response({"data": [outcome(n) for n in range(100)]}, 201)
    crm, transport = client(first, failure, retries=0)
    records = [{"n": n} for n in range(250)]
    result = crm.records.create("Leads", records)
    assert len(transport.sent) == 2
    assert [each.index for each in result] == list(range(250))
    assert [each.input for each in result] == records
    assert len(result.accepted) == 100
    assert {each.code for each in result[100:200]} == {code}
    assert {each.code for each in result[200:]} == {"NOT_SENT"}
    assert all(each.error is not None for each in result.failed)
    back = pickle.loads(pickle.dumps(result))  # noqa: S301
    assert [each.code for each in back] == [each.code for each in result]


def test_a_later_item_that_cannot_be_written_was_not_sent() -> None:
    crm, transport = client(outcomes_of)
    records: list[dict[str, Any]] = [{"n": n} for n in range(250)]
    records[150]["When"] = datetime(2026, 1, 1)  # without a time zone
    result = crm.records.create("Leads", records)
    assert len(transport.sent) == 1
    assert len(result.accepted) == 100
    assert {each.code for each in result.failed} == {"NOT_SENT"}


def test_repr_of_result_of_many_items_shows_failed_ones() -> None:
    crm, _ = client(outcomes_of)
    assert repr(crm.records.create("Leads", [{"n": 1}])).startswith(
        "BatchResult(outcomes=[Outcome(index=0, code='SUCCESS'"
    )
    records: list[dict[str, Any]] = [{"n": n} for n in range(250)]
    records[150]["When"] = datetime(2026, 1, 1)
    text = repr(crm.records.create("Leads", records))
    assert text.startswith("BatchResult(100 accepted, 150 failed: outcomes=[Outcome(index=100,")
    assert text.count("Outcome(") == 20
    assert text.endswith(", ...], operation='POST /crm/{version}/{module}')")


def test_result_with_failed_items_is_not_ok_and_false() -> None:
    crm, _ = client(outcomes_of)
    complete = crm.records.create("Leads", [{"n": n} for n in range(3)])
    assert complete.ok
    assert complete
    assert (len(complete.accepted), complete.failed) == (3, [])
    failure = Outcome(3, "X", "", error=ZohoError("no"))
    partial = replace(complete, outcomes=[*complete, failure])
    assert not partial.ok
    assert not partial
    assert (len(partial.accepted), [each.code for each in partial.failed]) == (3, ["X"])
    assert len(partial) == 4
    every_row_failed = BatchResult(partial.failed)
    assert not every_row_failed
    assert BatchResult([])
    assert not hasattr(complete, "__int__")


def test_a_first_call_that_fails_is_raised(waits: list[float]) -> None:
    crm, transport = client(TimedOut("late"))
    with pytest.raises(TimedOut):
        crm.records.create("Leads", [{"n": n} for n in range(250)])
    assert len(transport.sent) == 1


@pytest.mark.parametrize(
    ("answer", "error_class"),
    [
        (refusal("INVALID_DATA"), Invalid),
        (refusal("NO_PERMISSION", 403), Forbidden),
        (make_response({"data": [outcome(0, "NO_PERMISSION")]}, 403), Forbidden),
        (make_response({"data": [outcome(0, "INVALID_TOKEN")]}, 401), Unauthenticated),
        (make_response({"data": [outcome(0, "TOO_MANY_REQUESTS")]}, 429), Limited),
        (make_response({"data": [outcome(0, "INVALID_MODULE")]}, 400), Invalid),
        (make_response(b"<html>bad gateway</html>", 502), ServerFault),
        (make_response({"data": {"odd": 1}}), UnreadableResponse),
        (make_response(None, 204), UnreadableResponse),
        (make_response(b"<html>login</html>", 200), UnreadableResponse),
        (make_response(b"<html>no</html>", 403), UnreadableResponse),
    ],
)
def test_a_refusal_of_the_whole_batch_is_raised(
    answer: ZohoResponse, error_class: type[Exception], waits: list[float]
) -> None:
    crm, _ = client(answer)
    with pytest.raises(error_class):
        crm.records.create("Leads", [{"n": 0}, {"n": 1}])


def test_outcomes_may_stand_under_data_instead_of_their_own_key() -> None:
    crm, _ = client(
        make_response({"data": [{"code": "SUCCESS", "status": "success", "details": {}}]})
    )
    result = crm.emails.associate("Leads", "1", [{"subject": "s"}])
    assert [outcome.code for outcome in result] == ["SUCCESS"]
    assert result.extra == {}


def test_an_item_that_is_no_object_counts_as_failed() -> None:
    crm, _ = client(make_response({"data": ["odd", None, outcome(2)]}, 200))
    result = crm.records.create("Leads", [{"n": 0}, {"n": 1}, {"n": 2}])
    assert [each.code for each in result] == ["UNKNOWN", "UNKNOWN", "SUCCESS"]
    assert all(isinstance(each.error, UnreadableResponse) for each in result.failed)


@pytest.mark.parametrize("status", [200, 202, 400])
def test_a_single_record_that_is_refused_is_raised(status: int) -> None:
    crm, _ = client(make_response({"data": [outcome(0, "DUPLICATE_DATA")]}, status))
    with pytest.raises(Invalid, match="DUPLICATE_DATA") as caught:
        crm.records.create_one("Leads", {"Email": "x"})
    assert caught.value.field == "Email"


def test_answers_outside_an_envelope() -> None:
    top = {"code": "SUCCESS", "details": {}, "message": "photo uploaded", "status": "success"}
    crm, _ = client(
        make_response(top), make_response({**top, "status": "error", "code": "INVALID_DATA"})
    )
    assert crm.photos.upload("Leads", "1", ("a.png", b"x")).message == "photo uploaded"
    with pytest.raises(Invalid):
        crm.photos.upload("Leads", "1", ("a.png", b"x"))


def test_version_twos_bare_conversion() -> None:
    row = {"Contacts": "1", "Deals": None, "Accounts": "2"}
    crm, _ = client(make_response({"data": [row]}), version="v2")
    assert crm.leads.convert("9", {}).details == row


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (
            make_response({"code": "success", "details": {"output": "5"}}),
            {"code": "success", "details": {"output": "5"}},
        ),
        (make_response(b"plain text \xe2\x82\xac", content_type="text/plain"), "plain text €"),
        (make_response([1, 2]), [1, 2]),
        (make_response({"status": {"code": 5}}), {"status": {"code": 5}}),
        (make_response(None, 204), None),
    ],
)
def test_functions_answer_anything(answer: ZohoResponse, result: Any) -> None:
    crm, transport = client(answer)
    assert crm.functions.execute("f", arguments={"a": "ü"}) == result
    assert transport.query == {"arguments": '{"a":"ü"}', "auth_type": "oauth"}


@pytest.mark.parametrize("code", [["INVALID_TOKEN"], {"a": 1}])
def test_refusal_whose_code_is_no_text_is_raised(code: Any) -> None:
    crm, _ = client(make_response({"code": code, "status": [code]}, 401))
    with pytest.raises(Unauthenticated):
        crm.functions.execute("f")
    assert not is_refused(make_response({"code": code}, 429))


def test_a_function_is_never_repeated(waits: list[float]) -> None:
    for answer in (make_response(None, 503), TimedOut("late")):
        crm, transport = client(answer)
        with pytest.raises((ServerFault, TimedOut)):
            crm.functions.execute("f")
        with pytest.raises((ServerFault, TimedOut)):
            crm.API.FUNCTIONS.execute_functions_in_get(api_name="f")
        assert len(transport.sent) == 2


def test_limited_has_retry_after() -> None:
    transport_reply = make_response(
        {"code": "TOO_MANY_REQUESTS", "status": "error"}, 429, retry_after="60"
    )
    crm, _ = client(transport_reply)
    with pytest.raises(Limited) as caught:
        crm.users.list()
    assert caught.value.retry_after == 60


def test_no_value_is_shown() -> None:
    crm, _ = client(
        make_response({"data": [{"id": "1", "Email": "CANARY"}], "info": {}}), outcomes_of
    )
    crm.records.list("Leads", fields=["Email"])
    result = crm.records.create("Leads", [{"n": 0, "Email": "CANARY"}])
    assert "CANARY" not in repr(result)
    assert "CANARY" not in repr(result[0])
