"""Every function of the Node SDK's tree, over a socket, against what zcrmsdk 0.0.20 meant to send.

The table below says in the SDK's own terms (its `constructRequestDetails`) what that is; it is kept
apart from the product's so that one slip cannot hide in both.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import (
    ConfigurationError,
    Forbidden,
    Invalid,
    NotFound,
    PartialFailure,
    UnreadableReply,
)
from django_zcrm.zoho.transports.pooled import PooledTransport
from tests.zoho.fakes import FakeTokens, client, refusal, reply, session
from tests.zoho.server import Reply, Server, as_json
from tests.zoho.test_multipart import parts


class Meant(NamedTuple):
    """A function of the SDK: its URL template, its method, and what it adds to the query."""

    method: str
    url: str
    is_module_param: bool = False
    adds: tuple[tuple[str, str], ...] = ()


FUNCTIONS = {
    "ORG.get": Meant("GET", "org", True),
    "MODULES.get": Meant("GET", "{module}/{id}"),
    "MODULES.post": Meant("POST", "{module}/{id}"),
    "MODULES.put": Meant("PUT", "{module}/{id}"),
    "MODULES.delete": Meant("DELETE", "{module}/{id}"),
    "MODULES.get_all_deleted_records": Meant("GET", "{module}/deleted", adds=(("type", "all"),)),
    "MODULES.get_recycle_bin_records": Meant(
        "GET", "{module}/deleted", adds=(("type", "recycle"),)
    ),
    "MODULES.get_permanently_deleted_records": Meant(
        "GET", "{module}/deleted", adds=(("type", "permanent"),)
    ),
    "MODULES.search": Meant("GET", "{module}/search"),
    "SETTINGS.get_fields": Meant("GET", "settings/fields/{id}", True),
    "SETTINGS.get_layouts": Meant("GET", "settings/layouts/{id}", True),
    "SETTINGS.get_custom_views": Meant("GET", "settings/custom_views/{id}", True),
    "SETTINGS.update_custom_views": Meant("PUT", "settings/custom_views/{id}", True),
    "SETTINGS.get_modules": Meant("GET", "settings/modules/{module}"),
    "SETTINGS.get_roles": Meant("GET", "settings/roles/{id}", True),
    "SETTINGS.get_profiles": Meant("GET", "settings/profiles/{id}", True),
    "SETTINGS.get_related_lists": Meant("GET", "settings/related_lists/{id}", True),
    "ACTIONS.convert": Meant("POST", "Leads/{id}/actions/convert"),
    "USERS.get": Meant("GET", "users/{id}", True),
    "ATTACHMENTS.get_attachments": Meant("GET", "{module}/{id}/Attachments"),
    "ATTACHMENTS.upload_file": Meant("POST", "{module}/{id}/Attachments"),
    "ATTACHMENTS.delete_file": Meant("DELETE", "{module}/{id}/Attachments/{related_id}"),
    "ATTACHMENTS.download_file": Meant("GET", "{module}/{id}/Attachments/{related_id}"),
    "ATTACHMENTS.upload_link": Meant("POST", "{module}/{id}/Attachments"),
    "ATTACHMENTS.upload_photo": Meant("POST", "{module}/{id}/photo"),
    "ATTACHMENTS.download_photo": Meant("GET", "{module}/{id}/photo"),
    "ATTACHMENTS.delete_photo": Meant("DELETE", "{module}/{id}/photo"),
    "FUNCTIONS.execute_functions_in_get": Meant(
        "GET", "functions/{api_name}/actions/execute", True, (("auth_type", "oauth"),)
    ),
    "FUNCTIONS.execute_functions_in_post": Meant(
        "POST", "functions/{api_name}/actions/execute", True, (("auth_type", "oauth"),)
    ),
}
FULL = {"module": "Leads", "id": "11", "api_name": "fn", "related_id": "22"}
HARD = "a b&c=d+e/f?g#h%2F%i;j'k\"l\\m 名é~-_.(:)*,"
BODY = {"data": [{"Last_Name": "名 & co", "n": 1.5, "b": True, "x": None}]}

EVERY = pytest.mark.parametrize("name", FUNCTIONS)
WRITING = pytest.mark.parametrize(
    "name", [name for name, meant in FUNCTIONS.items() if meant.method in {"POST", "PUT"}]
)


@pytest.fixture(scope="module")
def transport() -> Iterator[PooledTransport]:
    pooled = PooledTransport("django-zcrm/test")
    yield pooled
    for kept in pooled._sessions.values():
        kept.close()


@pytest.fixture
def crm(server: Server, transport: PooledTransport) -> Client:
    tokens = FakeTokens(server.url)
    return Client(session(transport, "v2", tokens=tokens, timeout=(5, 5), retries=0))


def call(crm: Client, name: str, **given: Any) -> Any:
    group, function = name.split(".")
    return getattr(getattr(crm.API, group), function)(**given)


def meant_path(name: str, given: dict[str, Any]) -> str:
    """Write the path as the SDK meant to, with every value encoded and the slash of an id kept."""
    path = FUNCTIONS[name].url
    for key in ("module", "id", "api_name", "related_id"):
        if given.get(key):
            path = path.replace(f"{{{key}}}", quote(str(given[key]), safe="/"))
    return "/crm/v2/" + re.sub(r"/\{(id|module)\}$", "", path)


def meant_query(name: str, given: dict[str, Any]) -> list[tuple[str, str]]:
    query = dict(given.get("params") or {}) | dict(FUNCTIONS[name].adds)
    if FUNCTIONS[name].is_module_param and given.get("module"):
        query["module"] = given["module"]
    return [(key, value) for key, value in query.items()]


def needs(name: str) -> dict[str, str]:
    """Name the least that a function needs."""
    url = FUNCTIONS[name].url
    optional = {"SETTINGS.get_modules": "{module}"}.get(
        name, "/{id}" if url.endswith("/{id}") else ""
    )
    return {
        key: value
        for key, value in FULL.items()
        if f"{{{key}}}" in url.replace(optional, "", 1 if optional else 0)
    }


def check(server: Server, name: str, given: dict[str, Any]) -> None:
    assert len(server.got) == 1
    got = server.last
    assert got.method == FUNCTIONS[name].method
    path, _, raw_query = got.target.partition("?")
    assert path == meant_path(name, given)
    assert got.query == meant_query(name, given)
    assert raw_query == "&".join(
        f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in got.query
    )
    assert ("?" in got.target) is bool(got.query)
    assert "undefined" not in got.target
    expected = {"host", "user-agent", "accept", "accept-encoding", "authorization"}
    expected |= {header.lower() for header in given.get("headers") or {}}
    if got.body:
        expected |= {"content-type"}
    assert got.header_names - {"content-length"} == expected
    assert got.header("Authorization") == "Zoho-oauthtoken token-1"


def test_the_tree_is_the_sdks(crm: Client) -> None:
    groups = {name for name in vars(crm.API) if name.isupper()}
    assert groups == {name.split(".")[0] for name in FUNCTIONS}
    found = {
        f"{group}.{name}"
        for group in groups
        for name in dir(getattr(crm.API, group))
        if not name.startswith("_") and callable(getattr(getattr(crm.API, group), name))
    }
    assert found == set(FUNCTIONS)
    assert len(found) == 29  # 28 of the manual, and getAttachments


@EVERY
def test_with_the_least_that_it_needs(crm: Client, server: Server, name: str) -> None:
    answer = call(crm, name, **needs(name))
    assert answer.status_code == 200
    check(server, name, needs(name))
    assert server.last.body == b""


@EVERY
def test_with_all_keys_at_once(crm: Client, server: Server, name: str) -> None:
    given = {**FULL, "params": {"page": "0", "per_page": "5"}, "headers": {"X-Own": "o"}}
    call(crm, name, **given)
    check(server, name, given)
    assert server.last.header("X-Own") == "o"


@EVERY
def test_every_value_is_encoded(crm: Client, server: Server, name: str) -> None:
    hard = HARD.replace("/", "")
    given = {
        "module": f"Mödule{hard}",
        "id": f"1{hard}",
        "api_name": f"fn{hard}",
        "related_id": f"2{hard}",
        "params": {HARD: HARD, "empty": "", "+": "%2B"},
    }
    call(crm, name, **given)
    check(server, name, given)


@EVERY
def test_a_module_in_params_too_is_sent_once(crm: Client, server: Server, name: str) -> None:
    given = {**FULL, "params": {"module": "Leads", "a": "1"}}
    call(crm, name, **given)
    check(server, name, given)
    assert sum(key == "module" for key, _ in server.last.query) == 1


@EVERY
@pytest.mark.parametrize("params", [None, {}])
def test_no_parameters_leave_no_question_mark(
    crm: Client, server: Server, name: str, params: Any
) -> None:
    given = {**needs(name), "params": params}
    call(crm, name, **given)
    check(server, name, given)
    assert not server.last.target.endswith(("?", "&"))


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


@pytest.mark.parametrize(
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
@pytest.mark.parametrize("function", ["get", "post", "put", "delete"])
def test_an_id_can_be_all_that_follows_the_module(
    crm: Client, server: Server, function: str, record: Any, path: str
) -> None:
    call(crm, f"MODULES.{function}", module="Leads", id=record)
    assert server.last.target == f"/crm/v2/{path}"
    assert len(server.got) == 1


@WRITING
@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (BODY, json.dumps(BODY, ensure_ascii=False, separators=(",", ":"))),
        (json.dumps(BODY), json.dumps(BODY)),
        (json.dumps(BODY, ensure_ascii=False).encode(), json.dumps(BODY, ensure_ascii=False)),
        ([1, "é"], '[1,"é"]'),
        ({}, "{}"),
    ],
    ids=["dict", "text", "bytes", "list", "empty"],
)
def test_bodies(crm: Client, server: Server, name: str, body: Any, sent: str) -> None:
    call(crm, name, **needs(name), body=body)
    check(server, name, needs(name))
    assert server.last.body == sent.encode()
    assert server.last.header("Content-Type") == "application/json"


@WRITING
@pytest.mark.parametrize("body", [None, "", b""])
def test_no_body_is_none(crm: Client, server: Server, name: str, body: Any) -> None:
    call(crm, name, **needs(name), body=body)
    check(server, name, needs(name))
    assert server.last.body == b""
    assert server.last.header("Content-Length") == "0"


@pytest.mark.parametrize(
    "name", [name for name, meant in FUNCTIONS.items() if meant.method in {"GET", "DELETE"}]
)
def test_a_body_goes_along_with_post_and_put_only(crm: Client, server: Server, name: str) -> None:
    call(crm, name, **needs(name), body=BODY)
    check(server, name, needs(name))
    assert server.last.body == b""


def opened(tmp_path: Path) -> Any:
    path = tmp_path / "报价 é.pdf"
    path.write_bytes(b"%PDF\x00\xff")
    return path.open("rb")


def named(tmp_path: Path) -> Any:
    file = io.BytesIO(b"%PDF\x00\xff")
    file.name = "报价 é.pdf"
    return file


def pair(tmp_path: Path) -> Any:
    return ("报价 é.pdf", b"%PDF\x00\xff")


@EVERY
@pytest.mark.parametrize("make", [opened, named, pair])
def test_files_are_the_part_called_file(
    crm: Client, server: Server, name: str, make: Any, tmp_path: Path
) -> None:
    file = make(tmp_path)
    call(crm, name, **needs(name), x_file_content=file, body=BODY, headers={"X-Own": "o"})
    check(server, name, {**needs(name), "headers": {"X-Own": "o"}})
    assert parts(server.last) == [("file", "报价 é.pdf", "application/pdf", b"%PDF\x00\xff")]
    if make is opened:
        assert not file.closed
        file.close()


@pytest.mark.parametrize("name", ["If-Modified-Since", "if-modified-since", "X-EXTERNAL"])
def test_headers_pass_through(crm: Client, server: Server, name: str) -> None:
    value = "2026-01-02T03:04:05+08:00"
    crm.API.MODULES.get(module="Leads", headers={name: value})
    assert server.last.header(name) == value
    assert (name, value) in server.last.headers


@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
def test_a_callers_content_type_replaces_ours(crm: Client, server: Server, name: str) -> None:
    crm.API.MODULES.post(module="Leads", body=BODY, headers={name: "text/plain"})
    assert server.last.header("Content-Type") == "text/plain"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        (name, {key: value for key, value in needs(name).items() if key != missing})
        for name in FUNCTIONS
        for missing in needs(name)
    ],
)
def test_what_is_missing_is_said_before_anything_is_sent(
    crm: Client, server: Server, name: str, given: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match="needs"):
        call(crm, name, **given)
    assert not server.got


@EVERY
@pytest.mark.parametrize("evil", ["..", "../users", ".", "a/../b", "a//b", "/a", "a/"])
def test_no_value_leads_to_another_url(crm: Client, server: Server, name: str, evil: str) -> None:
    for key in FULL:
        given = {**FULL, key: evil}
        if f"{{{key}}}" not in FUNCTIONS[name].url:
            continue
        with pytest.raises(ConfigurationError):
            call(crm, name, **given)
    assert not server.got


@EVERY
def test_unknown_keys_are_refused(crm: Client, server: Server, name: str) -> None:
    with pytest.raises(TypeError):
        call(crm, name, **needs(name), relatedId="1")
    assert not server.got


@EVERY
def test_every_refusal_raises(crm: Client, server: Server, name: str) -> None:
    for answer, kind in (
        (as_json({"code": "INVALID_DATA", "status": "error"}, 400), Invalid),
        (as_json({"code": "NO_PERMISSION", "status": "error"}, 403), Forbidden),
        (as_json({"code": "INVALID_URL_PATTERN", "status": "error"}, 404), NotFound),
        (as_json({"data": [{"code": "INVALID_DATA", "status": "error"}]}, 400), Invalid),
    ):
        server.script(answer)
        with pytest.raises(kind) as caught:
            call(crm, name, **needs(name))
        assert caught.value.operation == (
            f"{FUNCTIONS[name].method} /crm/{{version}}/{FUNCTIONS[name].url}"
        )


@pytest.mark.parametrize(
    ("name", "envelope"),
    [
        ("MODULES.post", "data"),
        ("MODULES.put", "data"),
        ("MODULES.delete", "data"),
        ("MODULES.post", "tags"),
        ("SETTINGS.update_custom_views", "custom_views"),
        ("ACTIONS.convert", "data"),
        ("ATTACHMENTS.upload_file", "data"),
        ("ATTACHMENTS.upload_link", "data"),
        ("ATTACHMENTS.delete_file", "data"),
    ],
)
@pytest.mark.parametrize("status", [200, 201, 202, 207])
def test_refused_items_raise_under_any_status(
    crm: Client, server: Server, name: str, envelope: str, status: int
) -> None:
    refused = {"code": "INVALID_DATA", "details": {"api_name": "Email"}, "status": "error"}
    good = {"code": "SUCCESS", "details": {"id": "1"}, "status": "success"}
    server.script(as_json({envelope: [refused]}, status))
    with pytest.raises(Invalid) as caught:
        call(crm, name, **needs(name))
    assert caught.value.field == "Email"
    server.script(as_json({envelope: [good, refused]}, status))
    with pytest.raises(PartialFailure) as partial:
        call(crm, name, **needs(name))
    assert [outcome.ok for outcome in partial.value.result] == [True, False]
    assert partial.value.result.ids == ["1"]


def test_records_that_look_like_refusals_are_records(crm: Client, server: Server) -> None:
    rows = [{"id": "1", "code": "X", "status": "error"}]
    server.script(as_json({"data": rows}))
    assert crm.API.MODULES.get(module="Leads")["data"] == rows
    assert crm.API.FUNCTIONS.execute_functions_in_post(api_name="f")["data"] == rows


@pytest.mark.parametrize(
    "answer", [Reply(200, b"plain"), Reply(200, b"\x89PNG\r\n\xff"), Reply(200, b"[1]")]
)
def test_functions_may_answer_anything(crm: Client, server: Server, answer: Reply) -> None:
    server.script(answer)
    for name in ("FUNCTIONS.execute_functions_in_get", "FUNCTIONS.execute_functions_in_post"):
        assert call(crm, name, api_name="f").content == answer.body
    assert crm.API.MODULES.get(module="Leads", id="1/photo").content == answer.body


def test_the_answer_is_zohos(crm: Client, server: Server) -> None:
    server.script(as_json({"data": [{"Full_Name": "名"}]}, X_Own="o"))
    answer = crm.API.MODULES.get(module="Leads")
    assert isinstance(answer.body, str)
    assert json.loads(answer.body)["data"] == answer["data"] == answer.json["data"]
    assert (answer.status_code, answer.headers["x-own"], answer.filename) == (200, "o", "")
    server.script(Reply(204))
    empty = crm.API.MODULES.get(module="Leads")
    assert (empty.status_code, empty.json, empty.body, dict(empty)) == (204, None, "", {})


def test_downloads_carry_their_name(crm: Client, server: Server) -> None:
    disposition = {"Content-Disposition": "attachment; filename*=UTF-8''%E5%90%8D.png"}
    server.script(Reply(200, b"\x89PNG", disposition))
    for name in ("ATTACHMENTS.download_file", "ATTACHMENTS.download_photo"):
        answer = call(crm, name, **needs(name))
        assert (answer.filename, answer.body, dict(answer)) == ("名.png", b"\x89PNG", {})
        assert call(crm, name, **needs(name)).download.read() == b"\x89PNG"
    server.script(Reply(204))
    assert call(crm, "ATTACHMENTS.download_photo", module="Leads", id="1").status_code == 204


def test_an_html_page_is_no_answer(crm: Client, server: Server) -> None:
    server.script(Reply(404, b"<html>"))
    with pytest.raises(UnreadableReply):
        crm.API.USERS.get()


def test_functions_have_names_and_help(crm: Client) -> None:
    assert crm.API.MODULES.get_all_deleted_records.__name__ == "get_all_deleted_records"
    assert "Modules.put" in repr(crm.API.MODULES.put)
    assert crm.API.USERS.get.__doc__


# From v3 on, what Zoho demands beyond the SDK's request is filled in.


def listed(request: Any) -> Any:
    if request.path.endswith("settings/fields"):
        return reply({"fields": [{"api_name": "A"}, {"api_name": "B"}]})
    return reply({"data": []})


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"module": "Leads"}, "A,B"),
        ({"module": "Leads", "params": {"fields": "C"}}, "C"),
        ({"module": "Leads", "params": {"fields": ["C", "D"]}}, "C,D"),
        ({"module": "Leads", "params": {"fields": None}}, "A,B"),
        ({"module": "Leads", "id": "1"}, None),
        ({"module": "Leads", "id": 1}, None),
        ({"module": "Leads", "id": "1/Deals"}, "A,B"),
        (
            {"module": "Leads", "id": "1/Notes"},
            "id,Note_Title,Note_Content,Parent_Id,Owner,Created_Time",
        ),
        (
            {"module": "Leads", "id": "1/Attachments"},
            "id,File_Name,Size,Parent_Id,Owner,Created_Time",
        ),
        ({"module": "Leads", "id": "1/Notes/2"}, None),
        ({"module": "Leads", "id": "1/photo"}, None),
        ({"module": "Leads", "id": "actions/count"}, None),
        ({"module": "Leads", "id": "search"}, None),
    ],
)
@pytest.mark.parametrize("version", ["v3", "v8"])
def test_lists_get_the_fields_that_newer_versions_demand(
    version: str, given: dict[str, Any], fields: str | None
) -> None:
    crm, transport = client(listed, version=version)
    crm.API.MODULES.get(**given)
    assert transport.query.get("fields") == fields
    crm.API.MODULES.get(**given)
    assert sum(r.path.endswith("settings/fields") for r in transport.sent) <= 1


@pytest.mark.parametrize("version", ["v2", "v2.1"])
def test_lists_of_older_versions_do_not(version: str) -> None:
    crm, transport = client(listed, version=version)
    crm.API.MODULES.get(module="Leads", params={"page": 0})
    crm.API.ATTACHMENTS.get_attachments(module="Leads", id="1")
    assert len(transport.sent) == 2
    assert dict(transport.sent[0].params) == {"page": "0"}
    assert transport.query == {}


@pytest.mark.parametrize("page", [0, "0"])
def test_the_manuals_page_zero_works_in_newer_versions(page: Any) -> None:
    crm, transport = client(listed)
    crm.API.MODULES.get(module="Leads", params={"page": page, "per_page": 5})
    assert transport.query["page"] == "1"
    crm.API.MODULES.search(module="Leads", params={"word": "x", "page": page})
    assert transport.query["page"] == "1"
    crm.API.ATTACHMENTS.get_attachments(module="Leads", id="1", params={"page": page})
    assert transport.query["page"] == "1"
    assert "File_Name" in transport.query["fields"]


def test_a_related_list_that_is_no_module_says_what_to_do() -> None:
    crm, _ = client(refusal("INVALID_MODULE"))
    with pytest.raises(Invalid) as caught:
        crm.API.MODULES.get(module="Deals", id="1/Contact_Roles")
    assert "name the fields" in caught.value.__notes__[0]
