"""Every operation, called once with made-up arguments, sends what Zoho publishes about it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from types import NoneType, UnionType
from typing import IO, Any, Literal, Union, get_args, get_origin
from urllib.parse import unquote

import pytest

from django_zcrm.zoho.errors import ConfigurationError
from django_zcrm.zoho.http.messages import ZohoRequest, ZohoResponse
from django_zcrm.zoho.operations.versions import VERSIONS
from tests.contract.cases import for_each
from tests.contract.operations import DECLARED, PUBLISHED, Declared, shape
from tests.zoho.fakes import client, make_response

DONE = {
    "code": "SUCCESS",
    "message": "done",
    "status": "success",
    "details": {"id": "1"},
    "id": "1",
}
ORGANISATION = {"org": [{"id": "1", "zgid": "60001"}]}
FILE = ("note.txt", b"content")
PLAIN: dict[Any, Any] = {
    int: 7,
    bool: True,
    float: 1.5,
    date: date(2025, 2, 3),
    datetime: datetime(2025, 2, 3, 4, 5, 6, tzinfo=UTC),
    Any: {"name": "made up"},
}


def made_up(hint: Any, name: str) -> Any:
    """Return a value of the annotated type."""
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return made_up(next(hint for hint in inside if hint is not NoneType), name)
    if origin is Literal:
        return inside[0]
    if origin is tuple or origin is IO:
        return FILE
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"name": "made up"}
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return [made_up(inside[0], name)]
    if isinstance(hint, type) and issubclass(hint, dict):
        return {"name": "made up"}
    return PLAIN.get(hint, f"a {name}")


def call(declared: Declared, version: str = VERSIONS[-1], **chosen: Any) -> ZohoRequest:
    """Make the call with all its arguments and return the request sent."""

    def answer(request: ZohoRequest) -> ZohoResponse:
        if request.path.endswith("/org"):
            return make_response(ORGANISATION if declared.name != "org.get" else {"org": [DONE]})
        return make_response({declared.operation.key: [DONE]} if declared.operation.key else DONE)

    crm, transport = client(answer, version=version)
    resource: Any = crm
    *path, method = declared.name.split(".")
    for name in path:
        resource = getattr(resource, name)
    hints = declared.hints
    arguments = {name: made_up(hints[name], name) for name in declared.arguments} | chosen
    getattr(resource, method)(**arguments)
    return transport.last


@for_each([declared for declared in DECLARED if declared.key in PUBLISHED])
def test_requests_match_published_operations(declared: Declared) -> None:
    published = PUBLISHED[declared.key]
    request = call(declared)
    assert request.method == published.method
    assert _fits(request.path, published.path)
    assert {name for name, _ in request.params} <= set(declared.query) | published.query
    assert published.required <= {name for name, _ in request.params}
    assert set(declared.operation.headers.values()) <= set(request.headers)
    assert {part.name for part in request.files} == declared.files
    if request.body is not None:
        assert request.headers["Content-Type"] == "application/json"
        body = json.loads(request.body)
        if declared.body:
            assert set(body) == declared.body
        if declared.operation.in_list or declared.operation.within:
            assert isinstance(body[declared.operation.key], list)
    assert request.host == declared.operation.host
    assert request.safe == (request.method == "GET" if declared.operation.safe is None else True)


@for_each(DECLARED)
def test_placeholders_are_filled_and_encoded(declared: Declared) -> None:
    chosen = dict.fromkeys(declared.operation.placeholders, "é&1")
    request = call(declared, **chosen)
    assert "é" not in request.path
    expected = declared.operation.path.format(version="v8", **chosen)
    assert unquote(request.path) == expected


@for_each([declared for declared in DECLARED if declared.operation.since != VERSIONS[0]])
def test_operation_missing_in_version_raises_before_sending(declared: Declared) -> None:
    before = VERSIONS[VERSIONS.index(declared.operation.since) - 1]
    with pytest.raises(ConfigurationError, match=f"{declared.operation.since} or newer"):
        call(declared, version=before)


def _fits(path: str, published: str) -> bool:
    sent, expected = path.lower().split("/"), shape(published).split("/")
    pairs = list(zip(sent, expected, strict=False))
    return len(sent) == len(expected) and all(w in {"{}", s} for s, w in pairs)
