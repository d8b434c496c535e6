"""What individual operations send and read beyond the common rules."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from django_zcrm.zoho.errors import ConfigurationError, Invalid, NotFound
from django_zcrm.zoho.http.messages import ZohoRequest, ZohoResponse
from django_zcrm.zoho.operations.coql import _READINGS, _limit, has_limit
from tests.cases import check_each
from tests.zoho.fakes import BASE, FakeTokens, client, make_response

DONE = {"code": "SUCCESS", "message": "done", "status": "success", "details": {"id": "1"}}
REFUSED = {"code": "INVALID_DATA", "message": "no", "status": "error", "details": {"id": "2"}}


@pytest.mark.parametrize(
    ("version", "query", "body"),
    [
        ("v2", {"ids": "1,2", "tag_names": "hot,new", "over_write": "true"}, None),
        ("v7", {}, {"tags": [{"name": "hot"}, {"name": "new"}], "over_write": True}),
        ("v8", {"module": "Leads"}, {"tags": [{"name": "hot"}, {"name": "new"}]}),
    ],
)
def test_tags_go_where_the_version_wants_them(
    version: str, query: dict[str, str], body: dict[str, Any] | None
) -> None:
    crm, transport = client(make_response({"data": [DONE, REFUSED]}), version=version)
    result = crm.records.add_tags("Leads", ["1", "2"], ["hot", {"name": "new"}], over_write=True)
    assert transport.query == query
    assert transport.body == (body and {**body, "ids": ["1", "2"], "over_write": True})
    assert [each.input for each in result] == ["1", "2"]
    assert [each.id for each in result.failed] == ["2"]
    crm.records.remove_tags_one("Leads", "1", ["hot"])
    sent = {"tag_names": "hot"} if version == "v2" else {}
    assert transport.query == sent


def test_many_ids_go_in_several_calls() -> None:
    def answer(request: ZohoRequest) -> ZohoResponse:
        ids = json.loads(request.body or b"")["ids"]
        return make_response({"data": [{**DONE, "details": {"id": id}} for id in ids]})

    crm, transport = client(answer)
    ids = [str(number) for number in range(1_100)]
    assert crm.records.change_owner("Leads", ids, "9").ids == ids
    assert len(transport.sent) == 3
    assert transport.body["owner"] == {"id": "9"}


def test_items_need_not_be_a_list() -> None:
    crm, transport = client(
        lambda request: make_response({"data": [DONE] * (request.body or b"").count(b"N")})
    )
    made = crm.records.create("Leads", ({"N": number} for number in range(150)))  # type: ignore[arg-type]
    assert [outcome.input for outcome in made] == [{"N": number} for number in range(150)]
    assert len(transport.sent) == 2
    with pytest.raises(ConfigurationError, match="No ids"):
        crm.records.delete("Leads", iter(()))  # type: ignore[arg-type]
    assert len(transport.sent) == 2


def test_one_outcome_for_many_is_taken_as_it_is() -> None:
    crm, _ = client(make_response(DONE))
    changed = crm.records.change_owner("Leads", ["1", "2"], {"id": "9"})
    assert [(outcome.ok, outcome.index, outcome.input) for outcome in changed] == [
        (True, 0, "1"),
        (True, 1, "2"),
    ]
    crm, _ = client(make_response({"share": DONE}))
    assert crm.sharing.delete("Leads", "1").raise_for_failures().ids == ["1"]


@pytest.mark.parametrize(
    "note",
    [
        {"Note_Content": "n", "Parent_Id": {"id": "7", "module": {"api_name": "Leads"}}},
        {"Note_Content": "n", "Parent_Id": "7", "se_module": "Leads"},
    ],
)
@pytest.mark.parametrize("version", ["v2", "v8"])
def test_notes_name_their_record_as_the_version_wants(version: str, note: Any) -> None:
    crm, transport = client(make_response({"data": [DONE]}), version=version)
    before = json.dumps(note)
    crm.notes.create([note])
    assert transport.body["data"][0] == (
        {"Note_Content": "n", "Parent_Id": "7", "se_module": "Leads"}
        if version == "v2"
        else {"Note_Content": "n", "Parent_Id": {"module": {"api_name": "Leads"}, "id": "7"}}
    )
    assert json.dumps(note) == before


@pytest.mark.parametrize("version", ["v2", "v2.1", "v8"])
def test_bulk_jobs_name_modules_and_fields_as_the_version_wants(version: str) -> None:
    crm, transport = client(make_response({"data": [DONE]}, 201), version=version)
    group = [
        {"field": {"api_name": "City"}, "comparator": "equal", "value": "Rome"},
        {"api_name": "Rating", "comparator": "in", "value": ["Hot"]},
    ]
    job = crm.bulk_read.create(
        {"module": "Leads", "criteria": {"group_operator": "and", "group": group}}
    )
    assert job.id == "1"
    query = transport.body["query"]
    old = version == "v2"
    assert query["module"] == ("Leads" if old else {"api_name": "Leads"})
    names = [
        part.get("api_name") or part["field"]["api_name"] for part in query["criteria"]["group"]
    ]
    assert names == ["City", "Rating"]
    assert ["field" in part for part in query["criteria"]["group"]] == [not old] * 2
    crm, transport = client(make_response(DONE, 201), version=version)
    crm.bulk_write.create([{"type": "data", "module": "Leads", "file_id": "5"}], "insert")
    assert transport.body["resource"][0]["module"] == ("Leads" if old else {"api_name": "Leads"})
    assert transport.body["operation"] == "insert"


def test_a_bulk_upload_names_the_organisation_and_asks_for_it_once() -> None:
    def answer(request: ZohoRequest) -> ZohoResponse:
        if request.path.endswith("/org"):
            return make_response({"org": [{"zgid": "60001"}]})
        return make_response({**DONE, "details": {"file_id": "77"}})

    crm, transport = client(answer, tokens=_Tokens())
    for _ in range(2):
        outcome = crm.bulk_write.upload(("rows.zip", io.BytesIO(b"PK")))
        assert outcome.details["file_id"] == "77"
    assert [request.path for request in transport.sent] == [
        "/crm/v8/org",
        "/crm/v8/upload",
        "/crm/v8/upload",
    ]
    assert transport.urls == [BASE, "https://upload.test", "https://upload.test"]
    headers = transport.last.headers
    assert (headers["X-CRM-ORG"], headers["feature"]) == ("60001", "bulk-write")
    crm.bulk_write.upload(("rows.zip", b"PK"), x_crm_org="1")
    assert transport.last.headers["X-CRM-ORG"] == "1"
    assert len(transport.sent) == 4


class _Tokens(FakeTokens):
    def current(self) -> Any:
        return replace(super().current(), upload_url="https://upload.test")


@pytest.mark.parametrize(
    ("url", "base", "path", "query"),
    [
        ("/v2/crm/org6/bulk-write/1/1.zip", BASE, "/v2/crm/org6/bulk-write/1/1.zip", {}),
        ("v8/a%20b.zip?x=1&y=a%26b", BASE, "/v8/a%20b.zip", {"x": "1", "y": "a&b"}),
        (f"{BASE}/a.zip", BASE, "/a.zip", {}),
        ("https://upload.test/a.zip", "https://upload.test", "/a.zip", {}),
        ("https://content.zohoapis.eu/a", "https://content.zohoapis.eu", "/a", {}),
        (
            "https://download-accl.zoho.com/v1?k=2",
            "https://download-accl.zoho.com",
            "/v1",
            {"k": "2"},
        ),
    ],
)
def test_a_download_url_stays_on_the_api_host_or_names_a_known_one(
    url: str, base: str, path: str, query: dict[str, str]
) -> None:
    crm, transport = client(
        make_response(b"PK", content_disposition="attachment; filename=1.zip"), tokens=_Tokens()
    )
    assert crm.bulk_write.download(url).read() == b"PK"
    assert (transport.urls, transport.last.path, transport.query) == ([base], path, query)


@check_each(
    "url",
    [
        "https://evil.example/a.zip",
        "//evil.example/a.zip",
        "https://content.zohoapis.com.evil.example/a",
        "https://content.zohoapis.com@evil.example/a",
        "http://content.zohoapis.com/a",
        "ftp://content.zohoapis.com/a",
        "https://content.zohoapis.com:8443/a",
        "https://[content.zohoapis.com/a",
        "/a/../../b",
        "",
        "/",
    ],
)
def test_other_download_urls_get_no_token(url: str) -> None:
    crm, transport = client(make_response(b"PK"))
    with pytest.raises(ConfigurationError):
        crm.files.download_url(url)
    assert not transport.sent


def test_a_document_that_could_not_be_merged_raises() -> None:
    crm, transport = client(make_response({"download_mail_merge": [REFUSED]}))
    with pytest.raises(Invalid):
        crm.mail_merge.download("Leads", "1", {"file_name": "x"})
    assert transport.body == {"download_mail_merge": [{"file_name": "x"}]}
    crm, _ = client(make_response({"a": 1}, content_disposition='attachment; filename="a.json"'))
    assert crm.files.download("1").read() == b'{"a": 1}'


def rows_of_a_query(request: ZohoRequest) -> ZohoResponse:
    """Answer a query of 5,000 rows as Zoho does from v7: 200 rows, or as many as LIMIT allows."""
    query = json.loads(request.body or b"")["select_query"]
    match = re.search(r"limit (\d+) offset (\d+)$", query)
    limit, offset = map(int, match.groups()) if match else (200, 0)
    rows = [{"id": str(number)} for number in range(offset, min(offset + limit, 5_000))]
    if not rows:
        return make_response(None, 204)
    return make_response(
        {"data": rows, "info": {"count": len(rows), "more_records": offset + limit < 5_000}}
    )


def test_a_query_without_limit_goes_through_all_rows() -> None:
    crm, transport = client(rows_of_a_query)
    query = "select id from Leads where Last_Name = 'no limit 5' "
    page = crm.coql.query(query)
    assert (len(page.rows), page.more_records) == (200, True)
    assert [row["id"] for row in page] == [str(number) for number in range(5_000)]
    sent = [json.loads(request.body or b"")["select_query"] for request in transport.sent]
    assert sent == [
        query,
        f"{query.rstrip()} limit 2000 offset 200",
        f"{query.rstrip()} limit 2000 offset 2200",
        f"{query.rstrip()} limit 2000 offset 4200",
    ]
    assert all(request.safe for request in transport.sent)


@check_each(
    ("query", "found"),
    [
        ("select id from Leads where Company = 'no limit 5'", False),
        ("select id from Leads where Company = 'x' LIMIT 5", True),
        ("select id from Leads where Company = 'O\\'Neil, no limit 5'", False),
        ("select id from Leads where Company = 'O\\'Neil' limit 5", True),
        ("select id from Leads where Company = 'O''Neil, no limit 5'", False),
        ('select id from Leads where Company = "O\'Neil, no limit 5"', False),
        # A backslash before the last quote of a text: only without an escape is this well-formed.
        ("select id from Leads where Company = 'C:\\' and City = 'no limit 5 here'", False),
        ("select id from Leads where Company = 'C:\\' limit 5", True),
        ("select id from Leads where (Company = '\\' or City = 'a') limit 5", True),
    ],
)
def test_a_limit_is_found_outside_of_texts(query: str, found: bool) -> None:
    assert has_limit(query) is found


QUOTES = st.lists(
    st.sampled_from(["'", '"', "\\'", '\\"', "''", '""', "\\\\", " a = ", " limit 5 "]), max_size=12
)


@pytest.mark.slow
@settings(max_examples=1_000)
@given(QUOTES.map("".join))
def test_readings_of_quotes_that_differ_are_not_both_well_formed(query: str) -> None:
    outside = [reading.sub(" ", query).split() for reading in _READINGS]
    assert len({" ".join(rest) for rest in outside if not set("'\"\\") & set("".join(rest))}) <= 1


def test_a_query_with_limit_is_one_page() -> None:
    crm, transport = client(make_response({"data": [{"id": "1"}], "info": {"more_records": True}}))
    page = crm.coql.query(
        "select id from Leads where id is not null LIMIT 1", include_meta=["fields"]
    )
    assert [list(page), page.more_records] == [[{"id": "1"}], True]
    assert len(transport.sent) == 1
    assert transport.body["include_meta"] == ["fields"]
    crm, _ = client(make_response(None, 204))
    assert not crm.coql.query("select id from Leads where id = 1")


def test_a_query_that_is_answered_oddly_ends() -> None:
    crm, transport = client(make_response({"data": [{"id": "1"}], "info": 7}))
    page = crm.coql.query("select id from Leads where id = 1")
    assert page.info == {}
    assert len(list(page)) == len(transport.sent) == 1


def test_pages_of_a_query_grow_with_the_version_and_end_where_zoho_does() -> None:
    assert [_limit(v, 200) for v in (2.0, 3.0, 4.0, 8.0)] == [200, 200, 2_000, 2_000]
    assert (_limit(8.0, 99_200), _limit(6.0, 9_200), _limit(8.0, 100_000)) == (800, 800, 1)


def part(status: int, body: Any, code: str = "SUCCESS") -> dict[str, Any]:
    response = {"status_code": status, "headers": {}, "body": body}
    state = "success" if code == "SUCCESS" else "error"
    return {"code": code, "status": state, "message": "", "details": {"response": response}}


@pytest.mark.parametrize("status", [200, 207, 400])
def test_composite_returns_outcome_of_every_part(status: int) -> None:
    answers = [part(201, {"data": [DONE]}), part(404, {"code": "INVALID_MODULE"})]
    crm, transport = client(make_response({"__composite_requests": answers}, status))
    requests: Any = [
        {"method": "POST", "uri": "/crm/v8/Leads"},
        {"method": "GET", "uri": "/crm/v8/x"},
    ]
    result = crm.composite.execute(requests, rollback_on_fail=True)
    assert [each.ok for each in result] == [True, False]
    assert [each.input for each in result] == requests
    assert isinstance(result[1].error, NotFound)
    assert result[0].details["response"]["body"] == {"data": [DONE]}
    assert transport.body == {"__composite_requests": requests, "rollback_on_fail": True}


@pytest.mark.parametrize("status", [200, 202, 400])
def test_composite_part_with_a_refused_record_has_its_error(status: int) -> None:
    refused = {"code": "DUPLICATE_DATA", "status": "error", "details": {"api_name": "Email"}}
    answers = [part(status, {"data": [refused]})]
    crm, _ = client(make_response({"__composite_requests": answers}))
    (outcome,) = crm.composite.execute([{"method": "POST", "uri": "/crm/v8/Leads"}])
    assert isinstance(outcome.error, Invalid)
    assert (outcome.error.code, outcome.error.field) == ("DUPLICATE_DATA", "Email")


@pytest.mark.parametrize("is_first", [True, False])
def test_composite_part_with_some_refused_records_is_accepted(*, is_first: bool) -> None:
    rows = [{"code": "DUPLICATE_DATA", "status": "error", "details": {"api_name": "Email"}}, DONE]
    answers = [part(207, {"data": rows if is_first else rows[::-1]})]
    crm, _ = client(make_response({"__composite_requests": answers}))
    (outcome,) = crm.composite.execute([{"method": "POST", "uri": "/crm/v8/Leads"}])
    assert outcome.ok


@pytest.mark.parametrize(
    ("call", "version"),
    [
        (lambda crm: crm.composite.execute([]), "v2.1"),
        (lambda crm: crm.timelines.list("Leads", "1"), "v3"),
        (lambda crm: crm.notifications.update_one({"channel_id": "1"}), "v3"),
    ],
)
def test_missing_operation_raises_before_sending(call: Any, version: str) -> None:
    crm, transport = client(make_response({}), version=version)
    with pytest.raises(ConfigurationError, match="API version"):
        call(crm)
    assert not transport.sent


def test_emails_are_paged_by_index() -> None:
    def answer(request: ZohoRequest) -> ZohoResponse:
        index = int(dict(request.params).get("index", 0))
        more = index < 2
        info = {"more_records": more, "next_index": str(index + 1) if more else None}
        return make_response({"Emails": [{"message_id": str(index)}], "info": info})

    crm, transport = client(answer)
    assert [row["message_id"] for row in crm.emails.list("Leads", "1", "9")] == ["0", "1", "2"]
    assert transport.query == {"owner_id": "9", "index": "2"}


def test_items_of_one_are_written_by_argument() -> None:
    crm, transport = client(make_response({"data": [DONE]}))
    crm.events.cancel("1", send_cancelling_mail=False)
    assert transport.body == {"data": [{"send_cancelling_mail": False}]}
    crm.record_locks.create_one("Leads", "1", "being checked")
    assert transport.body == {"data": [{"Locked_Reason__s": "being checked"}]}
    crm, transport = client(make_response({"portal_invite": [DONE]}))
    crm.portal_invites.create("Contacts", [{"id": "1", "user_type_id": "2", "type": "invite"}])
    assert list(transport.body["portal_invite"][0]) == ["data"]


def test_several_files_are_several_parts() -> None:
    crm, transport = client(make_response({"data": [DONE, DONE]}))
    result = crm.files.upload([("a.txt", b"a"), ("b.txt", io.BytesIO(b"b"))], type="inline")
    assert [(part.name, part.filename) for part in transport.last.files] == [
        ("file", "a.txt"),
        ("file", "b.txt"),
    ]
    assert len(result) == 2


def test_open_file_in_place_of_a_list_is_one_part() -> None:
    crm, transport = client(make_response({"data": [DONE]}))
    file = io.BytesIO(b"a\nb\n")
    crm.files.upload(file)  # type: ignore[arg-type]
    assert [part.content for part in transport.last.files] == [file]


@pytest.mark.parametrize(
    ("related_list", "module"), [("Tasks_History", "Tasks"), ("Deals", "Deals")]
)
def test_fields_of_a_related_list_are_those_of_its_module(related_list: str, module: str) -> None:
    def answer(request: ZohoRequest) -> ZohoResponse:
        if request.path.endswith("/fields"):
            assert dict(request.params) == {"module": module}
            return make_response({"fields": [{"api_name": "Subject"}]})
        return make_response({"data": [], "info": {}})

    crm, transport = client(answer)
    crm.related_records.list("Leads", "1", related_list)
    assert transport.query == {"fields": "Subject"}
