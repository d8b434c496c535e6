"""Every function of `crm.API` against the emulator over HTTP, in v2 and v8 alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from django_zcrm.testing import ZCRMEmulator
from django_zcrm.zoho import sdk_tree
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import Forbidden, Invalid, NotFound, ServerFault
from django_zcrm.zoho.operations.results import PartialFailure
from tests.wire.test_files import PNG

driven: set[str] = set()
ran: set[str] = set()


@pytest.fixture(scope="module", autouse=True)
def every_function_is_driven(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail if this module ran completely, in one process, without using a function of the tree."""
    yield
    mine = {item.nodeid for item in request.session.items if item.path == request.path}
    chosen = {nodeid.split("[")[0].split("::")[1] for nodeid in mine}
    is_all = {name for name in globals() if name[:5] == "test_"} <= chosen and mine <= ran
    if not is_all:
        return
    groups = {group for group in vars(sdk_tree).values() if isinstance(group, type)}
    all_of_them = {
        function.__qualname__
        for group in groups
        if issubclass(group, sdk_tree.FunctionGroup) and group is not sdk_tree.FunctionGroup
        for function in vars(group).values()
        if callable(function)
    }
    assert driven == all_of_them


@pytest.fixture(autouse=True)
def noted(request: pytest.FixtureRequest) -> None:
    ran.add(request.node.nodeid)


class Driven:
    """The tree, recording which functions are called."""

    def __init__(self, group: Any) -> None:
        self.group = group

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.group, name)
        if not callable(attribute):
            return Driven(attribute)
        driven.add(attribute.__func__.__qualname__)
        return attribute


@pytest.fixture
def api(crm: Client) -> Any:
    return Driven(crm.API)


@pytest.fixture
def lead(api: Any) -> str:
    answer = api.MODULES.post(
        module="Leads", body={"data": [{"Last_Name": "王 & co", "Company": "Acme"}]}
    )
    return str(answer["data"][0]["details"]["id"])


def test_the_manuals_own_example(api: Any) -> None:
    answer = api.MODULES.get(module="Leads", params={"page": 0, "per_page": 5})
    rows = json.loads(answer.body)["data"]
    assert len(rows) == 5
    assert all(row["Full_Name"] for row in rows)


def test_one_call_is_one_request_in_version_two(
    client: Callable[..., Client], zoho: ZCRMEmulator
) -> None:
    crm = client("v2")
    zoho.forget_requests()
    crm.API.MODULES.get(module="Leads", params={"page": 0, "per_page": 5})
    (got,) = zoho.requests
    assert (got.path, got.params) == ("/crm/v2/Leads", {"page": "0", "per_page": "5"})


def test_records_through_their_life(api: Any, lead: str) -> None:
    assert api.MODULES.get(module="Leads", id=lead)["data"][0]["Last_Name"] == "王 & co"
    api.MODULES.put(module="Leads", id=lead, body={"data": [{"Company": "é & ü"}]})
    api.MODULES.put(module="Leads", body={"data": [{"id": lead, "City": "Ulm"}]})
    record = api.MODULES.get(module="Leads", id=lead)["data"][0]
    assert (record["Company"], record["City"]) == ("é & ü", "Ulm")
    api.MODULES.post(
        module="Leads",
        id="upsert",
        body=json.dumps(
            {"data": [{"Last_Name": "王 & co", "Company": "B", "Email": "w@a.example"}]}
        ),
    )
    api.MODULES.delete(module="Leads", id=lead)
    assert api.MODULES.get(module="Leads", id=lead).status_code == 204


def test_delete_by_ids_deletes_each(api: Any, lead: str) -> None:
    answer = api.MODULES.delete(module="Leads", params={"ids": [lead]})
    assert answer["data"][0]["details"]["id"] == lead


def test_deleted_records_are_listed(api: Any, lead: str) -> None:
    api.MODULES.delete(module="Leads", id=lead)
    for function, expected in (
        (api.MODULES.get_all_deleted_records, {lead}),
        (api.MODULES.get_recycle_bin_records, {lead}),
        (api.MODULES.get_permanently_deleted_records, set()),
    ):
        answer = function(module="Leads", params={"page": 1, "per_page": 200})
        ids = {row["id"] for row in answer.get("data", [])}
        assert expected <= ids
        assert (lead in ids) is bool(expected)


def test_search_finds_the_record(api: Any, lead: str) -> None:
    answer = api.MODULES.search(
        module="Leads", params={"criteria": "((Last_Name:equals:王 & co)and(Company:equals:Acme))"}
    )
    assert [row["id"] for row in answer["data"]] == [lead]
    assert api.MODULES.search(module="Leads", params={"word": "Nobodyatall"}).status_code == 204


def test_notes_through_an_id(api: Any, crm: Client, lead: str) -> None:
    assert api.MODULES.get(module="Leads", id=f"{lead}/Notes").status_code == 204
    api.MODULES.post(
        module="Leads",
        id=f"{lead}/Notes",
        body={"data": [{"Note_Title": "T", "Note_Content": "注意 & so"}]},
    )
    (note,) = api.MODULES.get(module="Leads", id=f"{lead}/Notes")["data"]
    assert note["Note_Content"] == "注意 & so"


def test_headers_of_the_caller_are_sent(api: Any) -> None:
    headers = {"If-Modified-Since": "2999-01-01T00:00:00+00:00"}
    answer = api.MODULES.get(module="Leads", headers=headers, params={"fields": "Last_Name"})
    assert (answer.status_code, answer.json) == (304, None)


@pytest.mark.parametrize(
    ("function", "key"),
    [
        ("get_fields", "fields"),
        ("get_layouts", "layouts"),
        ("get_custom_views", "custom_views"),
        ("get_related_lists", "related_lists"),
    ],
)
def test_settings_of_a_module(api: Any, function: str, key: str) -> None:
    rows = getattr(api.SETTINGS, function)(module="Leads")[key]
    setting = getattr(api.SETTINGS, function)(module="Leads", id=rows[0]["id"])[key]
    assert [row["id"] for row in setting] == [rows[0]["id"]]


def test_modules_roles_and_profiles(api: Any) -> None:
    assert "Leads" in {row["api_name"] for row in api.SETTINGS.get_modules()["modules"]}
    assert api.SETTINGS.get_modules(module="Leads")["modules"][0]["api_name"] == "Leads"
    for function, key in (
        (api.SETTINGS.get_roles, "roles"),
        (api.SETTINGS.get_profiles, "profiles"),
    ):
        rows = function()[key]
        assert function(id=rows[0]["id"])[key][0]["name"] == rows[0]["name"]


def test_a_custom_view_is_changed(api: Any) -> None:
    views = api.SETTINGS.get_custom_views(module="Leads")["custom_views"]
    view = next(view for view in views if not view.get("system_defined", True))
    answer = api.SETTINGS.update_custom_views(
        module="Leads",
        id=view["id"],
        body={"custom_views": [{"sort_by": {"api_name": "Last_Name"}, "sort_order": "asc"}]},
    )
    assert answer.status_code == 200


def test_org_and_users_are_read(api: Any) -> None:
    assert api.ORG.get()["org"][0]["company_name"]
    users = api.USERS.get(params={"type": "AllUsers"})["users"]
    assert api.USERS.get(id=users[0]["id"])["users"][0]["email"] == users[0]["email"]


def test_lead_is_converted_once(api: Any, lead: str) -> None:
    answer = api.ACTIONS.convert(id=lead, body={"data": [{"overwrite": True}]})
    row = answer["data"][0]
    assert (row.get("details") or row)["Contacts"]
    with pytest.raises(Invalid):
        api.ACTIONS.convert(id=lead, body={"data": [{}]})


def test_attachments_are_uploaded_and_downloaded(api: Any, lead: str) -> None:
    content = bytes(range(256)) * 500
    made = api.ATTACHMENTS.upload_file(
        module="Leads", id=lead, x_file_content=("报价 é.pdf", content)
    )["data"][0]["details"]["id"]
    api.ATTACHMENTS.upload_link(
        module="Leads", id=lead, params={"attachmentUrl": "https://acme.example/?a=b&c=é"}
    )
    rows = api.ATTACHMENTS.get_attachments(module="Leads", id=lead)["data"]
    assert len(rows) == 2
    answer = api.ATTACHMENTS.download_file(module="Leads", id=lead, related_id=made)
    assert (answer.body, answer.filename) == (content, "报价 é.pdf")
    api.ATTACHMENTS.delete_file(module="Leads", id=lead, related_id=made)
    gone = api.ATTACHMENTS.download_file(module="Leads", id=lead, related_id=made)
    assert (gone.status_code, gone.filename) == (204, "")


def test_photo_is_uploaded_downloaded_and_deleted(api: Any, lead: str) -> None:
    api.ATTACHMENTS.upload_photo(module="Leads", id=lead, x_file_content=("me.png", PNG))
    assert api.ATTACHMENTS.download_photo(module="Leads", id=lead).content == PNG
    api.ATTACHMENTS.delete_photo(module="Leads", id=lead)
    assert api.ATTACHMENTS.download_photo(module="Leads", id=lead).status_code == 204


def test_functions_get_their_arguments(api: Any) -> None:
    arguments = {"name": "王 & co"}
    for function in (
        api.FUNCTIONS.execute_functions_in_get,
        api.FUNCTIONS.execute_functions_in_post,
    ):
        answer = function(api_name="echo", params={"arguments": arguments, "n": 1})
        assert json.loads(answer["details"]["output"]) == {**arguments, "n": "1"}
        with pytest.raises(ServerFault):
            function(api_name="fail")
        with pytest.raises(NotFound):
            function(api_name="nonsense")
    answer = api.FUNCTIONS.execute_functions_in_post(api_name="echo", body={"a": [1]})
    assert json.loads(answer["details"]["output"]) == {"a": [1]}


def test_refusals_raise(api: Any, client: Callable[..., Client]) -> None:
    with pytest.raises(Invalid) as caught:
        api.MODULES.post(module="Leads", body={"data": [{"Company": "no name"}]})
    assert caught.value.field == "Last_Name"
    with pytest.raises(PartialFailure) as partial:
        api.MODULES.post(
            module="Leads", body={"data": [{"Last_Name": "A", "Company": "B"}, {"Company": "B"}]}
        )
    assert [outcome.ok for outcome in partial.value.result] == [True, False]
    with pytest.raises(Forbidden):
        client("v8", scopes="ZohoCRM.org.READ").API.USERS.get()
