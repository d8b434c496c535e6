"""How the functions of the tree return answers, and what they send in newer versions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import (
    Forbidden,
    Invalid,
    NotFound,
    UnreadableResponse,
)
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from django_zcrm.zoho.operations.results import PartialFailure
from tests.cases import check_each
from tests.zoho.fakes import FakeTokens, client, make_response, refusal, session
from tests.zoho.node_sdk import FUNCTIONS, POLL_INTERVAL, call, needs
from tests.zoho.server import Reply, Server, as_json


@pytest.fixture
def crm(server: Server, transport: RequestsTransport) -> Client:
    tokens = FakeTokens(server.url)
    return Client(session(transport, "v2", tokens=tokens, timeout=(5, 5), retries=0))


@POLL_INTERVAL
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
        url = FUNCTIONS[name].url
        for last in ("id", "module"):
            if last not in needs(name):
                url = url.removesuffix(f"/{{{last}}}")
        assert caught.value.operation == f"{FUNCTIONS[name].method} /crm/{{version}}/{url}"


@pytest.mark.parametrize(
    ("name", "arguments", "path"),
    [
        ("MODULES.get", {"module": "Leads"}, "{module}"),
        ("MODULES.post", {"module": "Leads"}, "{module}"),
        ("MODULES.put", {"module": "Leads", "id": "11"}, "{module}/{id}"),
        ("MODULES.post", {"module": "Leads", "id": "upsert"}, "{module}/upsert"),
        ("MODULES.get", {"module": "Leads", "id": "11/Notes"}, "{module}/{id}/Notes"),
        ("MODULES.get", {"module": "Leads", "id": "11/Notes/22"}, "{module}/{id}/Notes/{id}"),
        ("MODULES.get", {"module": "Leads", "id": 11}, "{module}/{id}"),
        ("MODULES.get", {"module": "Leads", "id": "ann@example.com"}, "{module}/{id}"),
        ("SETTINGS.get_modules", {}, "settings/modules"),
        ("SETTINGS.get_modules", {"module": "Leads"}, "settings/modules/{module}"),
        ("SETTINGS.get_fields", {"module": "Leads"}, "settings/fields"),
        ("SETTINGS.get_fields", {"id": "11"}, "settings/fields/{id}"),
        ("USERS.get", {}, "users"),
    ],
)
def test_an_error_names_the_path_that_was_sent(
    crm: Client, server: Server, name: str, arguments: dict[str, Any], path: str
) -> None:
    server.script(as_json({"code": "INVALID_DATA", "status": "error"}, 400))
    with pytest.raises(Invalid) as caught:
        call(crm, name, **arguments)
    assert f"({FUNCTIONS[name].method} /crm/{{version}}/{path}, HTTP 400)" in str(caught.value)


@check_each(
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
@check_each("status", [200, 201, 202, 207])
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


@pytest.mark.parametrize("details", [["api_name"], "Last_Name", 7, None])
def test_refused_items_of_an_odd_shape_raise(crm: Client, server: Server, details: Any) -> None:
    refused = {"code": "INVALID_DATA", "status": "error", "message": "no", "details": details}
    server.script(as_json({"data": [refused, "odd"]}, 200))
    with pytest.raises(PartialFailure) as caught:
        call(crm, "MODULES.post", **needs("MODULES.post"))
    assert [outcome.code for outcome in caught.value.result] == ["INVALID_DATA", "UNKNOWN"]


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
    with pytest.raises(UnreadableResponse):
        crm.API.USERS.get()


def test_functions_have_names_and_help(crm: Client) -> None:
    assert crm.API.MODULES.get_all_deleted_records.__name__ == "get_all_deleted_records"
    assert "Modules.put" in repr(crm.API.MODULES.put)
    assert crm.API.USERS.get.__doc__


def make_list(request: Any) -> Any:
    if request.path.endswith("settings/fields"):
        return make_response({"fields": [{"api_name": "A"}, {"api_name": "B"}]})
    return make_response({"data": []})


@check_each(
    ("arguments", "fields"),
    [
        ({"module": "Leads"}, "A,B"),
        ({"module": "Leads", "params": {"fields": "C"}}, "C"),
        ({"module": "Leads", "params": {"fields": ["C", "D"]}}, "C,D"),
        ({"module": "Leads", "params": {"fields": None}}, "A,B"),
        ({"module": "Leads", "id": "1"}, None),
        ({"module": "Leads", "id": 1}, None),
        ({"module": "Leads", "id": 0}, None),
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
@check_each("version", ["v3", "v8"])
def test_lists_get_the_fields_that_newer_versions_demand(
    version: str, arguments: dict[str, Any], fields: str | None
) -> None:
    crm, transport = client(make_list, version=version)
    crm.API.MODULES.get(**arguments)
    assert transport.query.get("fields") == fields
    crm.API.MODULES.get(**arguments)
    assert sum(r.path.endswith("settings/fields") for r in transport.sent) <= 1


@pytest.mark.parametrize("version", ["v2", "v2.1"])
def test_lists_of_older_versions_send_no_fields(version: str) -> None:
    crm, transport = client(make_list, version=version)
    crm.API.MODULES.get(module="Leads", params={"page": 0})
    crm.API.ATTACHMENTS.get_attachments(module="Leads", id="1")
    assert len(transport.sent) == 2
    assert dict(transport.sent[0].params) == {"page": "0"}
    assert transport.query == {}


@pytest.mark.parametrize("function", ["get", "post"])
def test_arguments_of_functions_are_not_taken_for_pages(function: str) -> None:
    crm, transport = client(make_list)
    run = getattr(crm.API.FUNCTIONS, f"execute_functions_in_{function}")
    run(api_name="echo", params={"page": 0, "fields": None})
    assert transport.query == {"page": "0", "auth_type": "oauth"}


@pytest.mark.parametrize("page", [0, "0"])
def test_the_manuals_page_zero_works_in_newer_versions(page: Any) -> None:
    crm, transport = client(make_list)
    crm.API.MODULES.get(module="Leads", params={"page": page, "per_page": 5})
    assert transport.query["page"] == "1"
    crm.API.MODULES.search(module="Leads", params={"word": "x", "page": page})
    assert transport.query["page"] == "1"
    crm.API.ATTACHMENTS.get_attachments(module="Leads", id="1", params={"page": page})
    assert transport.query["page"] == "1"
    assert "File_Name" in transport.query["fields"]


def test_related_list_without_module_raises_with_advice() -> None:
    crm, _ = client(refusal("INVALID_MODULE"))
    with pytest.raises(Invalid) as caught:
        crm.API.MODULES.get(module="Deals", id="1/Contact_Roles")
    assert "name the fields" in caught.value.__notes__[0]
