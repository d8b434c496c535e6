"""What each function of the tree sends under v2, over a socket: what zcrmsdk 0.0.20 meant to."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import (
    ConfigurationError,
)
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from tests.cases import check_each
from tests.zoho.fakes import FakeTokens, session
from tests.zoho.node_sdk import (
    BODY,
    FULL,
    FUNCTIONS,
    HARD,
    POLL_INTERVAL,
    WRITING,
    call,
    check,
    needs,
)
from tests.zoho.server import Server
from tests.zoho.test_multipart import parts


@pytest.fixture
def crm(server: Server, transport: RequestsTransport) -> Client:
    tokens = FakeTokens(server.url)
    return Client(session(transport, "v2", tokens=tokens, timeout=(5, 5), retries=0))


def test_tree_has_the_functions_of_the_sdk(crm: Client) -> None:
    groups = {name for name in vars(crm.API) if name.isupper()}
    assert groups == {name.split(".")[0] for name in FUNCTIONS}
    names = {
        f"{group}.{name}"
        for group in groups
        for name in dir(getattr(crm.API, group))
        if not name.startswith("_") and callable(getattr(getattr(crm.API, group), name))
    }
    assert names == set(FUNCTIONS)
    assert len(names) == 29  # the manual's 28, and getAttachments


@POLL_INTERVAL
def test_call_with_required_arguments_is_sent(crm: Client, server: Server, name: str) -> None:
    answer = call(crm, name, **needs(name))
    assert answer.status_code == 200
    got = check(server, name, needs(name))
    assert got.body == b""


@POLL_INTERVAL
def test_call_with_all_arguments_is_sent(crm: Client, server: Server, name: str) -> None:
    arguments = {**FULL, "params": {"page": "0", "per_page": "5"}, "headers": {"X-Own": "o"}}
    call(crm, name, **arguments)
    got = check(server, name, arguments)
    assert got.header("X-Own") == "o"


@POLL_INTERVAL
def test_every_value_is_encoded(crm: Client, server: Server, name: str) -> None:
    hard = HARD.replace("/", "")
    arguments = {
        "module": f"Mödule{hard}",
        "id": f"1{hard}",
        "api_name": f"fn{hard}",
        "related_id": f"2{hard}",
        "params": {HARD: HARD, "empty": "", "+": "%2B"},
    }
    call(crm, name, **arguments)
    check(server, name, arguments)


@POLL_INTERVAL
def test_a_module_in_params_too_is_sent_once(crm: Client, server: Server, name: str) -> None:
    arguments = {**FULL, "params": {"module": "Leads", "a": "1"}}
    call(crm, name, **arguments)
    got = check(server, name, arguments)
    assert sum(key == "module" for key, _ in got.query) == 1


@POLL_INTERVAL
@check_each("params", [None, {}])
def test_no_parameters_leave_no_question_mark(
    crm: Client, server: Server, name: str, params: Any
) -> None:
    arguments = {**needs(name), "params": params}
    call(crm, name, **arguments)
    got = check(server, name, arguments)
    assert not got.target.endswith(("?", "&"))


@pytest.mark.parametrize(
    ("params", "written"),
    [
        ({"fields": ["Last_Name", "Email"]}, [("fields", "Last_Name,Email")]),
        ({"ids": ("1", 2)}, [("ids", "1,2")]),
        ({"wf_trigger": True, "approved": False}, [("wf_trigger", "true"), ("approved", "false")]),
        ({"page": 0, "per_page": 200}, [("page", "0"), ("per_page", "200")]),
        ({"a": None, "b": "1"}, [("b", "1")]),
        ({"arguments": {"x": "é"}}, [("arguments", '{"x":"é"}')]),
        ({"type": "mine"}, [("type", "mine")]),
    ],
)
def test_parameters_of_all_kinds(
    crm: Client, server: Server, params: dict[str, Any], written: list[tuple[str, str]]
) -> None:
    crm.API.MODULES.get(module="Leads", params=params)
    assert server.last.query == written


@pytest.mark.parametrize("kind", ["all", "recycle", "permanent"])
def test_the_deleted_lists_keep_their_type_when_parameters_are_given(
    crm: Client, server: Server, kind: str
) -> None:
    name = {
        "all": "get_all_deleted_records",
        "recycle": "get_recycle_bin_records",
        "permanent": "get_permanently_deleted_records",
    }[kind]
    params = {"page": 2, "type": "other"}
    getattr(crm.API.MODULES, name)(module="Leads", params=params)
    assert dict(server.last.query) == {"page": "2", "type": kind}
    assert params == {"page": 2, "type": "other"}


@check_each(
    ("record", "path"),
    [
        ("11/Notes", "Leads/11/Notes"),
        ("upsert", "Leads/upsert"),
        ("11/Campaigns/22", "Leads/11/Campaigns/22"),
        (554023000000527002, "Leads/554023000000527002"),
        ("actions/count", "Leads/actions/count"),
        ("11/No tes", "Leads/11/No%20tes"),
    ],
)
@check_each("function", ["get", "post", "put", "delete"])
def test_an_id_can_be_all_that_follows_the_module(
    crm: Client, server: Server, function: str, record: Any, path: str
) -> None:
    server.got.clear()
    call(crm, f"MODULES.{function}", module="Leads", id=record)
    (got,) = server.got
    assert got.target == f"/crm/v2/{path}"


@WRITING
@check_each(
    ("body", "sent"),
    [
        (BODY, json.dumps(BODY, ensure_ascii=False, separators=(",", ":"))),
        (json.dumps(BODY), json.dumps(BODY)),
        (json.dumps(BODY, ensure_ascii=False).encode(), json.dumps(BODY, ensure_ascii=False)),
        ([1, "é"], '[1,"é"]'),
        ({}, "{}"),
    ],
)
def test_bodies_are_sent(crm: Client, server: Server, name: str, body: Any, sent: str) -> None:
    call(crm, name, **needs(name), body=body)
    got = check(server, name, needs(name))
    assert got.body == sent.encode()
    assert got.header("Content-Type") == "application/json"


def test_a_slash_is_kept_in_ids_alone(crm: Client, server: Server) -> None:
    call(crm, "MODULES.get", module="Le/ads", id="1")
    assert server.last.target == "/crm/v2/Le%2Fads/1"
    call(crm, "ATTACHMENTS.delete_file", module="Leads", id="1", related_id="2/3")
    assert server.last.target == "/crm/v2/Leads/1/Attachments/2%2F3"


def test_a_conversion_goes_out_as_given(crm: Client, server: Server) -> None:
    body = {"data": [{"Accounts": {"id": "1"}, "Contacts": "2", "assign_to": {"id": "3"}}]}
    call(crm, "ACTIONS.convert", id="9", body=body)
    assert json.loads(server.last.body) == body


@WRITING
@check_each("body", [None, "", b""])
def test_no_body_is_none(crm: Client, server: Server, name: str, body: Any) -> None:
    call(crm, name, **needs(name), body=body)
    got = check(server, name, needs(name))
    assert got.body == b""
    assert got.header("Content-Length") == "0"


@check_each(
    "name", [name for name, meant in FUNCTIONS.items() if meant.method in {"GET", "DELETE"}]
)
def test_a_body_goes_along_with_post_and_put_only(crm: Client, server: Server, name: str) -> None:
    call(crm, name, **needs(name), body=BODY)
    got = check(server, name, needs(name))
    assert got.body == b""


def open_file(tmp_path: Path) -> Any:
    path = tmp_path / "报价 é.pdf"
    path.write_bytes(b"%PDF\x00\xff")
    return path.open("rb")


def name_file(tmp_path: Path) -> Any:
    file = io.BytesIO(b"%PDF\x00\xff")
    file.name = "报价 é.pdf"
    return file


def pair(tmp_path: Path) -> Any:
    return ("报价 é.pdf", b"%PDF\x00\xff")


@POLL_INTERVAL
@check_each("make", [open_file, name_file, pair])
def test_files_are_the_part_called_file(
    crm: Client, server: Server, name: str, make: Any, tmp_path: Path
) -> None:
    file = make(tmp_path)
    call(crm, name, **needs(name), x_file_content=file, body=BODY, headers={"X-Own": "o"})
    got = check(server, name, {**needs(name), "headers": {"X-Own": "o"}})
    assert parts(got) == [("file", "报价 é.pdf", "application/pdf", b"%PDF\x00\xff")]
    if make is open_file:
        assert not file.closed
        file.close()


@pytest.mark.parametrize("name", ["If-Modified-Since", "if-modified-since", "X-EXTERNAL"])
def test_headers_of_the_caller_are_sent(crm: Client, server: Server, name: str) -> None:
    value = "2026-01-02T03:04:05+08:00"
    crm.API.MODULES.get(module="Leads", headers={name: value})
    assert server.last.header(name) == value
    assert (name, value) in server.last.headers


@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
def test_a_callers_content_type_replaces_ours(crm: Client, server: Server, name: str) -> None:
    crm.API.MODULES.post(module="Leads", body=BODY, headers={name: "text/plain"})
    assert server.last.header("Content-Type") == "text/plain"


@check_each(
    ("name", "arguments"),
    [
        (name, {key: value for key, value in needs(name).items() if key != missing})
        for name in FUNCTIONS
        for missing in needs(name)
    ],
)
def test_sdk_call_with_missing_argument_raises_before_sending(
    crm: Client, server: Server, name: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        call(crm, name, **arguments)
    missing = (set(needs(name)) - set(arguments)).pop()
    assert str(caught.value).startswith(f"{FUNCTIONS[name].method} /crm/{{version}}/")
    assert str(caught.value).endswith(f" needs {missing}.")
    assert not server.got


@POLL_INTERVAL
@check_each("evil", ["..", "../users", ".", "a/../b", "a//b", "/a", "a/"])
def test_no_value_leads_to_another_url(crm: Client, server: Server, name: str, evil: str) -> None:
    for key in FULL:
        arguments = {**FULL, key: evil}
        if f"{{{key}}}" not in FUNCTIONS[name].url:
            continue
        with pytest.raises(ConfigurationError):
            call(crm, name, **arguments)
    assert not server.got


@POLL_INTERVAL
def test_unknown_keys_are_refused(crm: Client, server: Server, name: str) -> None:
    with pytest.raises(TypeError):
        call(crm, name, **needs(name), relatedId="1")
    assert not server.got
