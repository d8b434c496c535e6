from __future__ import annotations

import copy
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from django_zcrm.zoho.catalogue.resource_table import Resources
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import ConfigurationError, Invalid, UnreadableResponse
from django_zcrm.zoho.resources import Resource
from tests.cases import check_each
from tests.zoho.fakes import client, make_response, refusal


def operations(resource: Any) -> list[Any]:
    attributes = [getattr(resource, name) for name in dir(resource) if not name.startswith("_")]
    return [each for each in attributes if hasattr(each, "operation")]


def test_dir_lists_every_resource_and_each_has_operations() -> None:
    crm, _ = client(make_response())
    resources = {name: getattr(crm, name) for name in dir(crm) if not name.startswith("_")}
    names = {name for name, value in resources.items() if isinstance(value, Resource)}
    assert names == set(Resources.__annotations__)
    for name in names:
        assert operations(resources[name]), name


def test_every_resource_is_made_once_and_is_what_its_annotation_says() -> None:
    crm, _ = client(make_response())
    for name, kind in Resources.__annotations__.items():
        assert getattr(crm, name) is getattr(crm, name)
        assert type(getattr(crm, name)).__name__ == kind


@pytest.mark.slow
def test_threads_share_each_resource() -> None:
    for _ in range(20):
        crm, _ = client(make_response())
        barrier = threading.Barrier(8)

        def ask(crm: Client = crm, barrier: threading.Barrier = barrier) -> Any:
            barrier.wait()
            return crm.records

        with ThreadPoolExecutor(8) as pool:
            clients = [each.result() for each in [pool.submit(ask) for _ in range(8)]]
        assert {id(each) for each in clients} == {id(crm.records)}


def test_client_is_immutable() -> None:
    crm, _ = client(make_response())
    for name in ("records", "session", "anything"):
        with pytest.raises(AttributeError):
            setattr(crm, name, None)
        with pytest.raises(AttributeError):
            delattr(crm, name)


def test_unknown_attribute_raises() -> None:
    crm, _ = client(make_response())
    with pytest.raises(AttributeError, match="'recrods'"):
        crm.recrods  # type: ignore[attr-defined]  # noqa: B018
    assert not hasattr(crm, "__wrapped__")
    assert copy.copy(crm).session is crm.session


def test_a_client_before_its_time_does_not_recurse() -> None:
    bare = Client.__new__(Client)
    with pytest.raises(AttributeError):
        bare.session  # noqa: B018
    with pytest.raises(AttributeError):
        bare.records  # noqa: B018


def test_repr_names_version_and_resource() -> None:
    crm, _ = client(make_response(), version="v7")
    assert repr(crm) == "<Zoho CRM client, v7>"
    assert repr(crm.records) == "<Records>"


def test_request_returns_the_body() -> None:
    crm, transport = client(make_response({"data": [1]}, x_header="h"), version="v6")
    answer = crm.request(
        "post", "/crm/{version}/any%20thing", params={"ids": ["a", "b"]}, json={"x": "ü"}
    )
    assert (answer["data"], answer.json, answer.status_code) == ([1], {"data": [1]}, 200)
    assert answer.headers["X-Header"] == "h"
    assert answer.content == b'{"data": [1]}'
    request = transport.last
    assert (request.method, request.path, request.host) == (
        "POST",
        "/crm/v6/any%20thing",
        "api",
    )
    assert (transport.query, transport.body) == ({"ids": "a,b"}, {"x": "ü"})
    assert request.headers["Content-Type"] == "application/json"


def test_request_sends_forms_and_files() -> None:
    crm, transport = client(make_response({}))
    crm.request("POST", "/x", data={"a": 1}, files={"file": ("a.txt", b"x")}, host="upload")
    assert transport.last.form == (("a", "1"),)
    assert transport.last.files[0].filename == "a.txt"
    assert transport.last.host == "upload"


def test_request_returns_any_kind_of_body() -> None:
    crm, _ = client(
        make_response(b"text"),
        make_response(None, 204),
        make_response([1]),
        refusal("INVALID_DATA"),
    )
    text = crm.request("GET", "/x")
    assert text.body == "text"
    with pytest.raises(UnreadableResponse):
        text.json  # noqa: B018
    empty = crm.request("GET", "/x")
    assert (empty.json, dict(empty), bool(empty), empty.body) == (None, {}, True, "")
    assert crm.request("GET", "/x").json == [1]
    with pytest.raises(Invalid):
        crm.request("GET", "/x")


@check_each(
    "path",
    [
        "",
        "crm/v8/x",
        "//evil.test/x",
        "https://evil.test/x",
        "/\\evil.test",
        "/crm/../x",
        "/crm/..",
        "/crm/./x",
        "/crm/%2e%2e/x",
        "/crm/%2E./x",
        "/crm/.%2e",
        "/..%2f..%2fx",
        "/crm/..%5cx",
        "/crm/x?a=1",
        "/crm/x#a",
        "/crm/a b",
        "/crm/a\r\nHost: evil",
        "/crm/x\n",
        "@evil.test/",
        "/crm/\ud83d",
    ],
)
def test_request_with_invalid_path_raises(path: str) -> None:
    crm, transport = client(make_response({}))
    with pytest.raises(ConfigurationError, match="not a path") as caught:
        crm.request("GET", path)
    assert str(caught.value).isprintable()
    assert not transport.sent


@pytest.mark.parametrize("path", ["/", "/a..b/...", "/crm/v8/x%20y%3Fz", "/a.b", "/.well-known"])
def test_request_with_valid_path_is_sent(path: str) -> None:
    crm, transport = client(make_response({}))
    if path == "/":
        with pytest.raises(ConfigurationError):
            crm.request("GET", path)
        return
    crm.request("GET", path)
    assert transport.last.path == path


@pytest.mark.parametrize(
    ("path", "sent"), [("/a/é", "/a/%C3%A9"), ('/a"{b}', "/a%22%7Bb%7D"), ("/a\x00", "/a%00")]
)
def test_request_with_other_characters_in_its_path_encodes_them(path: str, sent: str) -> None:
    crm, transport = client(make_response({}))
    crm.request("GET", path)
    assert transport.last.path == sent


@pytest.mark.parametrize("method", ["", "GET\r\nX: 1", "G T", "GET/"])
def test_request_with_invalid_method_raises(method: str) -> None:
    crm, transport = client(make_response({}))
    with pytest.raises(ConfigurationError):
        crm.request(method, "/x")
    assert not transport.sent


def test_request_with_unencodable_values_raises() -> None:
    crm, transport = client(make_response({}))
    for options in (
        {"json": object()},
        {"params": {"a": b"x"}},
        {"headers": {"X": "a\nb"}},
        {"files": {"file": "/etc/passwd"}},
    ):
        with pytest.raises(ConfigurationError):
            crm.request("POST", "/x", **options)
    assert not transport.sent
