"""What lists answer: pages, one record, none, and what is no response of Zoho's."""

from __future__ import annotations

import pickle
from copy import copy, deepcopy
from typing import Any

import pytest

from django_zcrm.zoho.errors import Invalid, NotFound, UnreadableResponse
from django_zcrm.zoho.http.messages import ZohoRequest, ZohoResponse
from tests.zoho.fakes import client, make_response, refusal

ROWS = 5_000


def rows_of(request: ZohoRequest) -> ZohoResponse:
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
    return make_response({"data": rows, "info": info})


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


def test_pages_are_fetched_on_demand() -> None:
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


def test_empty_list_has_no_pages() -> None:
    crm, _ = client(make_response(None, 204))
    page = crm.records.list("Leads", fields=["id"])
    assert not page
    assert list(page) == []
    assert page.info == {}
    assert not page.more_records
    with pytest.raises(IndexError):
        page[0]


def test_nothing_newer_is_an_empty_page() -> None:
    crm, _ = client(make_response(None, 304))
    assert not crm.records.list("Leads", fields=["id"])


def test_error_on_later_page_is_raised_there() -> None:
    first = make_response({"data": [{"id": "1"}], "info": {"more_records": True}})
    crm, _ = client(first, refusal("EXPIRED_VALUE"))
    rows = iter(crm.records.list("Leads", fields=["id"]))
    assert next(rows) == {"id": "1"}
    with pytest.raises(Invalid, match="EXPIRED_VALUE"):
        next(rows)


def test_single_record_is_returned_or_raises() -> None:
    crm, _ = client(
        make_response({"data": [{"id": "1"}]}),
        make_response(None, 204),
        make_response({"data": []}),
    )
    assert crm.records.get("Leads", "1") == {"id": "1"}
    for _ in range(2):
        with pytest.raises(NotFound) as caught:
            crm.records.get("Leads", "1")
        assert caught.value.operation == "GET /crm/{version}/{module}/{id}"


@pytest.mark.parametrize("content", ["x", "", 7, True])
def test_page_without_list_raises_unreadable(content: object) -> None:
    crm, _ = client(make_response({"data": content}), make_response({"data": content}))
    with pytest.raises(UnreadableResponse, match="'data' of the response is not a list"):
        crm.records.list("Leads", fields=["id"])
    with pytest.raises(UnreadableResponse, match="'data' of the response is not a list"):
        crm.records.search("Leads", word="x")


def test_value_is_read_from_its_envelope() -> None:
    crm, _ = client(make_response({"count": 12}))
    assert crm.records.count("Leads") == 12
