from __future__ import annotations

import copy
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import ConfigurationError, Invalid, UnreadableReply
from django_zcrm.zoho.resource_table import Resources
from django_zcrm.zoho.resources import Resource
from tests.zoho.fakes import client, refusal, reply


def operations(resource: Any) -> list[Any]:
    attributes = [getattr(resource, name) for name in dir(resource) if not name.startswith("_")]
    return [each for each in attributes if hasattr(each, "operation")]


def test_dir_lists_every_resource_and_each_has_operations() -> None:
    crm, _ = client(reply())
    resources = {name: getattr(crm, name) for name in dir(crm) if not name.startswith("_")}
    names = {name for name, value in resources.items() if isinstance(value, Resource)}
    assert names == set(Resources.__annotations__)
    for name in names:
        assert operations(resources[name]), name


def test_every_resource_is_made_once_and_is_what_its_annotation_says() -> None:
    crm, _ = client(reply())
    for name, kind in Resources.__annotations__.items():
        assert getattr(crm, name) is getattr(crm, name)
        assert type(getattr(crm, name)).__name__ == kind


@pytest.mark.slow
def test_threads_share_one_of_each() -> None:
    for _ in range(20):
        crm, _ = client(reply())
        barrier = threading.Barrier(8)

        def ask(crm: Client = crm, barrier: threading.Barrier = barrier) -> Any:
            barrier.wait()
            return crm.records

        with ThreadPoolExecutor(8) as pool:
            clients = [each.result() for each in [pool.submit(ask) for _ in range(8)]]
        assert {id(each) for each in clients} == {id(crm.records)}


def test_a_client_does_not_change() -> None:
    crm, _ = client(reply())
    for name in ("records", "session", "anything"):
        with pytest.raises(AttributeError):
            setattr(crm, name, None)
        with pytest.raises(AttributeError):
            delattr(crm, name)


def test_a_name_that_it_has_not() -> None:
    crm, _ = client(reply())
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


def test_representations() -> None:
    crm, _ = client(reply(), version="v7")
    assert repr(crm) == "<Zoho CRM client, v7>"
    assert repr(crm.records) == "<Records>"


def test_the_way_out() -> None:
    crm, transport = client(reply({"data": [1]}, x_header="h"), version="v6")
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


def test_the_way_out_with_a_form_and_files() -> None:
    crm, transport = client(reply({}))
    crm.request("POST", "/x", data={"a": 1}, files={"file": ("a.txt", b"x")}, host="upload")
    assert transport.last.form == (("a", "1"),)
    assert transport.last.files[0].filename == "a.txt"
    assert transport.last.host == "upload"


def test_the_way_out_answers_as_it_came() -> None:
    crm, _ = client(reply(b"text"), reply(None, 204), reply([1]), refusal("INVALID_DATA"))
    text = crm.request("GET", "/x")
    assert text.body == "text"
    with pytest.raises(UnreadableReply):
        text.json  # noqa: B018
    empty = crm.request("GET", "/x")
    assert (empty.json, dict(empty), bool(empty), empty.body) == (None, {}, True, "")
    assert crm.request("GET", "/x").json == [1]
    with pytest.raises(Invalid):
        crm.request("GET", "/x")


@pytest.mark.parametrize(
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
    ],
)
def test_what_is_no_path(path: str) -> None:
    crm, transport = client(reply({}))
    with pytest.raises(ConfigurationError, match="not a path") as caught:
        crm.request("GET", path)
    assert str(caught.value).isprintable()
    assert not transport.sent


@pytest.mark.parametrize("path", ["/", "/a..b/...", "/crm/v8/x%20y%3Fz", "/a.b", "/.well-known"])
def test_what_is_a_path(path: str) -> None:
    crm, transport = client(reply({}))
    if path == "/":
        with pytest.raises(ConfigurationError):
            crm.request("GET", path)
        return
    crm.request("GET", path)
    assert transport.last.path == path


@pytest.mark.parametrize("method", ["", "GET\r\nX: 1", "G T", "GET/"])
def test_what_is_no_method(method: str) -> None:
    crm, transport = client(reply({}))
    with pytest.raises(ConfigurationError):
        crm.request(method, "/x")
    assert not transport.sent


def test_the_way_out_refuses_what_cannot_be_written() -> None:
    crm, transport = client(reply({}))
    for given in (
        {"json": object()},
        {"params": {"a": b"x"}},
        {"headers": {"X": "a\nb"}},
        {"files": {"file": "/etc/passwd"}},
    ):
        with pytest.raises(ConfigurationError):
            crm.request("POST", "/x", **given)
    assert not transport.sent
