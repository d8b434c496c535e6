from __future__ import annotations

import json
import pickle
from datetime import datetime
from typing import Any

import pytest

from django_zcrm.zoho.errors import (
    Forbidden,
    Invalid,
    Limited,
    NotConnected,
    ServerFault,
    TimedOut,
    Unauthenticated,
    Unreachable,
    UnreadableReply,
)
from django_zcrm.zoho.http import Request, Response
from django_zcrm.zoho.results import BatchResult, PartialFailure
from tests.zoho.fakes import client, outcome, refusal, reply


def outcomes_of(request: Request) -> Response:
    """Accept every record except those whose name says otherwise."""
    sent = json.loads(request.body or b"{}")["data"]
    rows = [outcome(row["n"], row.get("code", "SUCCESS")) for row in sent]
    return reply({"data": rows}, 201)


@pytest.mark.parametrize("status", [200, 201, 202, 207, 400])
def test_refused_items_are_found_under_any_status(status: int) -> None:
    rows = [outcome(0), outcome(1, "INVALID_DATA"), outcome(2)]
    crm, _ = client(reply({"data": rows, "wf_scheduler": {}}, status))
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
    crm, _ = client(reply({"data": rows}), reply({"data": rows}))
    buffer = [{"n": 0}, {"n": 1}]
    result, same = (crm.records.create("Leads", buffer) for _ in range(2))
    buffer.clear()
    assert [each.input for each in result] == [{"n": 0}, {"n": 1}, None]
    assert [each.id for each in result.outcomes[::2]] == ["0", "2"]
    assert (result.outcomes == same.outcomes) is False  # each has an error of its own
    assert result.outcomes == list(result.outcomes)
    assert repr(result.outcomes) == repr(list(result.outcomes))
    assert pickle.loads(pickle.dumps(same)).ids == same.ids  # noqa: S301


def test_nothing_failed() -> None:
    crm, _ = client(outcomes_of)
    result = crm.records.create("Leads", [{"n": 0}])
    assert result.raise_for_failures() is result
    assert not result.failed


def test_an_upsert_tells_what_it_did() -> None:
    row = {**outcome(1), "action": "update", "duplicate_field": "Email"}
    crm, _ = client(reply({"data": [row]}))
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
def test_the_edges_of_a_batch(count: int) -> None:
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
        (TimedOut("late"), "NO_REPLY"),
        (Unreachable("broke"), "NO_REPLY"),
        (unsent(), "NOT_SENT"),
        (NotConnected("somebody disconnected it meanwhile"), "NOT_SENT"),
        (refusal("NO_PERMISSION", 403), "NO_PERMISSION"),
        (refusal("TOO_MANY_REQUESTS", 429), "TOO_MANY_REQUESTS"),
        (reply(b"<html>", 502), "HTTP_502"),
    ],
)
def test_a_later_call_that_fails_does_not_hide_what_was_done(
    failure: Any, code: str, waits: list[float]
) -> None:
    first = reply({"data": [outcome(n) for n in range(100)]}, 201)
    crm, transport = client(first, failure, retries=0)
    records = [{"n": n} for n in range(250)]
    result = crm.records.create("Leads", records)
    assert len(transport.sent) == 2
    assert [each.index for each in result] == list(range(250))
    assert [each.input for each in result] == records
    assert len(result.succeeded) == 100
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
    assert len(result.succeeded) == 100
    assert {each.code for each in result.failed} == {"NOT_SENT"}


def test_a_result_of_many_items_shows_the_refused_ones() -> None:
    crm, _ = client(outcomes_of)
    assert repr(crm.records.create("Leads", [{"n": 1}])).startswith(
        "BatchResult(outcomes=[Outcome(index=0, code='SUCCESS'"
    )
    records: list[dict[str, Any]] = [{"n": n} for n in range(250)]
    records[150]["When"] = datetime(2026, 1, 1)
    shown = repr(crm.records.create("Leads", records))
    assert shown.startswith("BatchResult(100 accepted, 150 refused: outcomes=[Outcome(index=100,")
    assert shown.count("Outcome(") == 20
    assert shown.endswith(", ...], operation='POST /crm/{version}/{module}')")


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
        (reply({"data": [outcome(0, "NO_PERMISSION")]}, 403), Forbidden),
        (reply({"data": [outcome(0, "INVALID_TOKEN")]}, 401), Unauthenticated),
        (reply({"data": [outcome(0, "TOO_MANY_REQUESTS")]}, 429), Limited),
        (reply({"data": [outcome(0, "INVALID_MODULE")]}, 400), Invalid),
        (reply(b"<html>bad gateway</html>", 502), ServerFault),
        (reply({"data": {"odd": 1}}), UnreadableReply),
        (reply(None, 204), UnreadableReply),
        (reply(b"<html>login</html>", 200), UnreadableReply),
        (reply(b"<html>no</html>", 403), UnreadableReply),
    ],
)
def test_a_refusal_of_the_whole_batch_is_raised(
    answer: Response, error_class: type[Exception], waits: list[float]
) -> None:
    crm, _ = client(answer)
    with pytest.raises(error_class):
        crm.records.create("Leads", [{"n": 0}, {"n": 1}])


def test_outcomes_may_stand_under_data_instead_of_their_own_key() -> None:
    crm, _ = client(reply({"data": [{"code": "SUCCESS", "status": "success", "details": {}}]}))
    result = crm.emails.associate("Leads", "1", [{"subject": "s"}])
    assert [outcome.code for outcome in result] == ["SUCCESS"]
    assert result.extra == {}


def test_an_item_that_is_no_object_counts_as_failed() -> None:
    crm, _ = client(reply({"data": ["odd", None, outcome(2)]}, 200))
    result = crm.records.create("Leads", [{"n": 0}, {"n": 1}, {"n": 2}])
    assert [each.code for each in result] == ["UNKNOWN", "UNKNOWN", "SUCCESS"]
    assert all(isinstance(each.error, UnreadableReply) for each in result.failed)


@pytest.mark.parametrize("status", [200, 202, 400])
def test_a_single_record_that_is_refused_is_raised(status: int) -> None:
    crm, _ = client(reply({"data": [outcome(0, "DUPLICATE_DATA")]}, status))
    with pytest.raises(Invalid, match="DUPLICATE_DATA") as caught:
        crm.records.create_one("Leads", {"Email": "x"})
    assert caught.value.field == "Email"


def test_answers_outside_an_envelope() -> None:
    top = {"code": "SUCCESS", "details": {}, "message": "photo uploaded", "status": "success"}
    crm, _ = client(reply(top), reply({**top, "status": "error", "code": "INVALID_DATA"}))
    assert crm.photos.upload("Leads", "1", ("a.png", b"x")).message == "photo uploaded"
    with pytest.raises(Invalid):
        crm.photos.upload("Leads", "1", ("a.png", b"x"))


def test_version_twos_bare_conversion() -> None:
    row = {"Contacts": "1", "Deals": None, "Accounts": "2"}
    crm, _ = client(reply({"data": [row]}), version="v2")
    assert crm.leads.convert("9", {}).details == row


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (
            reply({"code": "success", "details": {"output": "5"}}),
            {"code": "success", "details": {"output": "5"}},
        ),
        (reply(b"plain text \xe2\x82\xac", content_type="text/plain"), "plain text €"),
        (reply([1, 2]), [1, 2]),
        (reply(None, 204), None),
    ],
)
def test_functions_answer_anything(answer: Response, result: Any) -> None:
    crm, transport = client(answer)
    assert crm.functions.execute("f", arguments={"a": "ü"}) == result
    assert transport.query == {"arguments": '{"a":"ü"}', "auth_type": "oauth"}


def test_a_function_is_never_repeated(waits: list[float]) -> None:
    for answer in (reply(None, 503), TimedOut("late")):
        crm, transport = client(answer)
        with pytest.raises((ServerFault, TimedOut)):
            crm.functions.execute("f")
        with pytest.raises((ServerFault, TimedOut)):
            crm.API.FUNCTIONS.execute_functions_in_get(api_name="f")
        assert len(transport.sent) == 2


def test_a_limit_says_how_long_to_wait() -> None:
    transport_reply = reply({"code": "TOO_MANY_REQUESTS", "status": "error"}, 429, retry_after="60")
    crm, _ = client(transport_reply)
    with pytest.raises(Limited) as caught:
        crm.users.list()
    assert caught.value.retry_after == 60


def test_no_value_is_shown() -> None:
    crm, _ = client(reply({"data": [{"id": "1", "Email": "CANARY"}], "info": {}}), outcomes_of)
    crm.records.list("Leads", fields=["Email"])
    result = crm.records.create("Leads", [{"n": 0, "Email": "CANARY"}])
    assert "CANARY" not in repr(result)
    assert "CANARY" not in repr(result[0])
