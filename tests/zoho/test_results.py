from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from copy import copy, deepcopy
from datetime import datetime
from typing import Any

import pytest

from django_zcrm.zoho.auth import AccessToken
from django_zcrm.zoho.errors import (
    ConfigurationError,
    ConsentWithdrawn,
    Forbidden,
    Invalid,
    Limited,
    NotConnected,
    NotFound,
    ServerFault,
    TimedOut,
    Unauthenticated,
    Unreachable,
    UnreadableReply,
    ZCRMError,
)
from django_zcrm.zoho.http import Request, Response
from django_zcrm.zoho.oauth import throttled
from django_zcrm.zoho.results import BatchResult, PartialFailure
from tests.zoho.fakes import FakeTokens, client, refusal, reply

ROWS = 5_000


def rows_of(request: Request) -> Response:
    """Answer a list of 5,000 as Zoho does: pages up to 2,000, tokens beyond; v2 has only pages."""
    query = dict(request.params)
    per_page = int(query.get("per_page", 200))
    token = query.get("page_token")
    page = int(token.removeprefix("token-")) if token else int(query.get("page", 1))
    has_tokens = not request.path.startswith("/crm/v2/")
    if has_tokens and not token and page * per_page > 2_000:
        return refusal("DISCRETE_PAGINATION_LIMIT_EXCEEDED", limit=2000)
    if token and "page" in query:
        return refusal("AMBIGUITY_DURING_PROCESSING")
    start = (page - 1) * per_page
    rows = [{"id": str(number)} for number in range(start, min(start + per_page, ROWS))]
    more = start + per_page < ROWS
    info: dict[str, Any] = {"page": page, "per_page": per_page, "more_records": more}
    if has_tokens:
        info["next_page_token"] = f"token-{page + 1}" if more else None
    return reply({"data": rows, "info": info})


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_a_page_that_goes_on_is_not_pickled_and_says_what_to_cache(version: str) -> None:
    crm, _ = client(rows_of, version=version)
    page = crm.records.list("Leads", fields=["Last_Name"])
    for held in (page, crm, crm.records, crm.API, crm.API.MODULES.get):
        with pytest.raises(TypeError, match=r"Cache page\.rows"):
            pickle.dumps(held)
    for copied in (
        copy(page),
        deepcopy(page),
        deepcopy(crm).records.list("Leads", fields=["Email"]),
    ):
        assert len(list(copied)) == ROWS
    alone = crm.records.list("Leads", fields=["Last_Name"], page=2)
    assert pickle.loads(pickle.dumps(alone)) == alone  # noqa: S301
    assert pickle.loads(pickle.dumps(page.rows)) == page.rows  # noqa: S301


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_iterating_goes_through_all_pages(version: str) -> None:
    crm, transport = client(rows_of, version=version)
    ids = [row["id"] for row in crm.records.list("Leads", fields=["Last_Name"], cvid="7")]
    assert ids == [str(number) for number in range(ROWS)]
    assert len(transport.sent) == ROWS / 200
    queries = [dict(request.params) for request in transport.sent]
    # The same parameters on every page, since a token is bound to them.
    for query in queries:
        assert (query["fields"], query["cvid"]) == ("Last_Name", "7")
    assert "page" not in queries[0]
    if version == "v2":
        assert [q["page"] for q in queries[1:]] == [str(n) for n in range(2, 26)]
        assert not any("page_token" in query for query in queries)
    else:
        assert [q["page_token"] for q in queries[1:]] == [f"token-{n}" for n in range(2, 26)]
        assert not any("page" in query for query in queries)


def test_pages_are_asked_for_only_when_needed() -> None:
    crm, transport = client(rows_of)
    page = crm.records.list("Leads", fields=["id"])
    assert page[0] == {"id": "0"}
    assert page.more_records
    assert bool(page)
    assert len(transport.sent) == 1
    rows = iter(page)
    for _ in range(201):
        next(rows)
    assert len(transport.sent) == 2


def test_a_page_can_be_walked_twice() -> None:
    crm, transport = client(rows_of)
    page = crm.records.list("Leads", fields=["id"])
    assert len(list(page)) == len(list(page)) == ROWS
    assert len(transport.sent) == 1 + 24 * 2
    assert [len(each.rows) for each in page.pages()] == [200] * 25
    following = page.next_page()
    assert following is not None
    assert following.rows[0] == {"id": "200"}


@pytest.mark.parametrize("where", [{"page": 2}, {"page_token": "token-2"}, {"page": 25}])
def test_a_certain_page_comes_alone(where: dict[str, Any]) -> None:
    crm, transport = client(rows_of, version="v2")
    page = crm.records.list("Leads", fields=["id"], **where)
    assert len(list(page)) == 200
    assert page.next_page() is None
    assert len(transport.sent) == 1


def test_a_list_of_nothing() -> None:
    crm, _ = client(reply(None, 204))
    page = crm.records.list("Leads", fields=["id"])
    assert not page
    assert list(page) == []
    assert page.info == {}
    assert not page.more_records
    with pytest.raises(IndexError):
        page[0]


def test_nothing_newer_is_an_empty_page() -> None:
    crm, _ = client(reply(None, 304))
    assert not crm.records.list("Leads", fields=["id"])


def test_an_error_on_a_later_page_is_raised_where_it_comes() -> None:
    first = reply({"data": [{"id": "1"}], "info": {"more_records": True}})
    crm, _ = client(first, refusal("EXPIRED_VALUE"))
    rows = iter(crm.records.list("Leads", fields=["id"]))
    assert next(rows) == {"id": "1"}
    with pytest.raises(Invalid, match="EXPIRED_VALUE"):
        next(rows)


def test_one_record_and_none() -> None:
    crm, _ = client(reply({"data": [{"id": "1"}]}), reply(None, 204), reply({"data": []}))
    assert crm.records.get("Leads", "1") == {"id": "1"}
    for _ in range(2):
        with pytest.raises(NotFound) as caught:
            crm.records.get("Leads", "1")
        assert caught.value.operation == "GET /crm/{version}/{module}/{id}"


@pytest.mark.parametrize("content", ["x", "", 7, True])
def test_what_is_no_list_is_no_reply_of_zohos(content: object) -> None:
    crm, _ = client(reply({"data": content}), reply({"data": content}))
    with pytest.raises(UnreadableReply, match="'data' of the reply is no list"):
        crm.records.list("Leads", fields=["id"])
    with pytest.raises(UnreadableReply, match="'data' of the reply is no list"):
        crm.records.search("Leads", word="x")


def test_a_value_of_its_envelope() -> None:
    crm, _ = client(reply({"count": 12}))
    assert crm.records.count("Leads") == 12


def outcome(number: int, code: str = "SUCCESS") -> dict[str, Any]:
    status = "success" if code == "SUCCESS" else "error"
    details = {"id": str(number)} if code == "SUCCESS" else {"api_name": "Email"}
    return {"code": code, "message": "m", "details": details, "status": status}


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


@pytest.mark.parametrize(
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
    ids=repr,
)
@pytest.mark.parametrize("status", [200, 202])
def test_a_reply_without_data_is_not_taken_for_rows(answer: Any, status: int) -> None:
    crm, _ = client(reply(answer, status))
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
        with pytest.raises(UnreadableReply) as caught:
            call()
        assert caught.value.operation
        assert caught.value.status == status


@pytest.mark.parametrize("answer", [{}, {"data": []}, {"data": [{}]}, {"info": {}}, [], "x", 7])
def test_a_single_write_without_an_outcome_is_not_taken_for_done(answer: Any) -> None:
    crm, _ = client(reply(answer))
    calls: list[Callable[[], Any]] = [
        lambda: crm.records.create_one("Leads", {"n": 0}),
        lambda: crm.records.delete_one("Leads", "1"),
        lambda: crm.photos.upload("Leads", "1", ("a.png", b"x")),
    ]
    for call in calls:
        with pytest.raises(UnreadableReply, match="no outcome"):
            call()


def test_a_write_may_be_answered_by_nothing() -> None:
    """Some operations document 204, such as merging records (OAS 3.0 record-merge)."""
    crm, _ = client(reply(None, 204))
    assert crm.records.delete_one("Leads", "1").ok


def test_an_item_that_the_reply_does_not_tell_of_got_no_reply() -> None:
    crm, _ = client(reply({"data": [outcome(0)]}), reply({"data": []}))
    for answered in (1, 0):
        result = crm.records.create("Leads", [{"n": 0}, {"n": 1}, {"n": 2}])
        assert [each.code for each in result[answered:]] == ["NO_REPLY"] * (3 - answered)
        assert [each.input for each in result] == [{"n": 0}, {"n": 1}, {"n": 2}]
        assert len(result.failed) == 3 - answered
        assert all(isinstance(each.error, UnreadableReply) for each in result.failed)
        assert result.failed[0].error.operation == "POST /crm/{version}/{module}"  # type: ignore[union-attr]


def test_a_later_batch_that_is_answered_without_data_got_no_reply() -> None:
    first = reply({"data": [outcome(n) for n in range(100)]}, 201)
    crm, _ = client(first, reply({"code": "SUCCESS", "status": "success"}))
    result = crm.records.create("Leads", [{"n": n} for n in range(250)])
    assert len(result.succeeded) == 100
    assert {each.code for each in result[100:200]} == {"NO_REPLY"}
    assert {each.code for each in result[200:]} == {"NOT_SENT"}


class WithoutTokens(FakeTokens):
    """A token source that fails after a first token."""

    def __init__(self, error: ZCRMError) -> None:
        super().__init__()
        self.error = error
        self.asked = 0

    def current(self) -> AccessToken:
        self.asked += 1
        if self.asked > 1:
            raise self.error
        return super().current()

    def renew(self, refused: AccessToken) -> AccessToken:
        raise self.error


NO_TOKEN: list[ZCRMError] = [
    TimedOut("Another process has been renewing the access token for too long"),
    TimedOut("Zoho did not answer in time"),
    Unreachable("The connection to Zoho broke before the whole reply came"),
    throttled(400),
    ServerFault("INTERNAL_ERROR", "Zoho's accounts server failed", status=500),
    UnreadableReply("not JSON", 200),
    ConsentWithdrawn("gone"),
    ConfigurationError("no secret"),
]


@pytest.mark.parametrize("error", NO_TOKEN, ids=repr)
def test_records_for_which_there_was_no_token_were_not_sent(error: ZCRMError) -> None:
    first = reply({"data": [outcome(n) for n in range(100)]}, 201)
    crm, transport = client(first, tokens=WithoutTokens(copy(error)))
    result = crm.records.create("Leads", [{"n": n} for n in range(250)])
    assert len(transport.sent) == 1
    assert len(result.succeeded) == 100
    assert {each.code for each in result.failed} == {"NOT_SENT"}
    assert type(result.failed[0].error) is type(error)


@pytest.mark.parametrize("error", NO_TOKEN, ids=repr)
def test_so_were_those_whose_token_was_refused_and_not_renewed(error: ZCRMError) -> None:
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
