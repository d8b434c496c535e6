"""The control contract, and the page at ``/``."""

from __future__ import annotations

import gc
import hashlib
from datetime import datetime
from io import BytesIO

import pytest

from django_zcrm.emulator.seed import generated

from .api import Api
from .caller import ALL_SCOPES, CALLBACK, Caller, callback_of, make_caller


def test_health_is_ok() -> None:
    answer = Caller().get("/emulator/health")
    assert answer.status_code == 200
    assert answer.json["status"] == "ok"


def test_grant_code_for_an_unknown_address_creates_a_user() -> None:
    caller = Caller()
    caller.connect(email="New.Person@example.com")
    user = caller.get("/crm/v8/users?type=CurrentUser").json["users"][0]
    assert (user["email"], user["full_name"]) == ("New.Person@example.com", "New Person")
    caller.connect(email="new.person@example.com")
    assert len(caller.emulator.zoho.organisation.users) == 2


def test_grant_code_for_an_unknown_address_works_with_renamed_roles() -> None:
    caller = make_caller()
    role = next(iter(caller.emulator.zoho.organisation.roles))
    renamed = {"roles": [{"name": "Managing Director"}]}
    assert caller.request("PUT", f"/crm/v8/settings/roles/{role}", json=renamed).status_code == 200
    caller.connect(email="new@example.com")
    user = caller.get("/crm/v8/users?type=CurrentUser").json["users"][0]
    assert (user["role"]["name"], user["profile"]["name"]) == ("Managing Director", "Administrator")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"scope": ""},
        {"scope": "nonsense"},
        {"scope": ALL_SCOPES, "org_id": "1"},
        {"scope": ALL_SCOPES, "client_id": "1000.NOBODY"},
        {"scope": ALL_SCOPES, "expires_in": "soon"},
    ],
)
def test_invalid_grant_code_request_is_refused(body: dict[str, str]) -> None:
    assert Caller().post("/emulator/grant-codes", body).status_code == 400


def test_null_equals_a_missing_value() -> None:
    caller = Caller()
    nothing = dict.fromkeys(("email", "org_id", "data_center", "client_id", "expires_in"))
    assert "code" in caller.post("/emulator/grant-codes", {"scope": ALL_SCOPES, **nothing}).json
    nothing = dict.fromkeys(("name", "environment", "data_center", "users"))
    assert "id" in caller.post("/emulator/organisations", nothing).json


def test_organisations_are_separate() -> None:
    caller = Caller()
    made = caller.post(
        "/emulator/organisations",
        {"name": "Second", "environment": "sandbox", "users": ["two@example.com"]},
    ).json
    caller.connect(email="two@example.com", org_id=made["id"])
    organisation = caller.get("/crm/v8/org").json["org"][0]
    assert (organisation["id"], organisation["type"]) == (made["id"], "sandbox")
    assert organisation["company_name"] == "Second (sandbox)"
    caller.connect()
    assert caller.get("/crm/v8/org").json["org"][0]["id"] != made["id"]
    answer = caller.post("/emulator/organisations", {"environment": "nowhere"})
    assert answer.status_code == 400


def test_reset_removes_everything() -> None:
    caller = make_caller()
    caller.post("/emulator/faults", [{"status": 500, "times": None}])
    caller.post("/emulator/clock", {"advance": 1000})
    caller.get("/crm/v8/org")
    assert caller.post("/emulator/reset").status_code == 200
    assert caller.get("/emulator/requests").json["requests"] == []
    assert caller.get("/emulator/faults").json["faults"] == []
    assert caller.get("/crm/v8/org").json["code"] == "INVALID_TOKEN"


def test_ids_repeat_after_a_reset() -> None:
    caller = Caller()
    before = caller.emulator.zoho.organisation.id
    caller.post("/emulator/reset")
    assert caller.emulator.zoho.organisation.id == before


def test_clock_advances() -> None:
    caller = make_caller()
    before = datetime.fromisoformat(caller.get("/emulator/health").json["time"])
    after = datetime.fromisoformat(caller.post("/emulator/clock", {"advance": 7200}).json["time"])
    assert 7200 <= (after - before).total_seconds() < 7260
    assert caller.get("/crm/v8/org").json["code"] == "INVALID_TOKEN"
    assert caller.post("/emulator/clock", {"advance": "soon"}).status_code == 400


def test_expiring_access_tokens_leaves_refresh_tokens() -> None:
    caller = Caller()
    tokens = caller.connect()
    assert caller.post("/emulator/expire-access-tokens").json == {"expired": 1}
    assert caller.get("/crm/v8/org").json["code"] == "INVALID_TOKEN"
    assert "access_token" in caller.refresh(tokens["refresh_token"])


def test_revoking_for_one_user_or_for_all() -> None:
    caller = Caller()
    first, second = caller.connect(), caller.connect(email="two@example.com")
    assert caller.post("/emulator/revoke", {"email": "two@example.com"}).json == {"revoked": 1}
    assert caller.refresh(second["refresh_token"]) == {"error": "invalid_code"}
    assert "access_token" in caller.refresh(first["refresh_token"])
    assert caller.post("/emulator/revoke").json == {"revoked": 1}
    assert caller.refresh(first["refresh_token"]) == {"error": "invalid_code"}


def test_revoking_ends_online_access() -> None:
    caller = Caller()
    code = callback_of(caller.consent(access_type="online"))["code"]
    tokens = caller.exchange(code, redirect_uri=CALLBACK)
    assert "refresh_token" not in tokens
    caller.token = tokens["access_token"]
    assert caller.get("/crm/v8/Leads?fields=id").status_code == 204

    caller.post("/emulator/revoke")

    assert caller.get("/crm/v8/Leads?fields=id").json["code"] == "INVALID_TOKEN"


def test_requests_are_listed_without_secrets() -> None:
    caller = make_caller()
    caller.get("/crm/v8/users?type=AllUsers&x=1&x=2")
    listed = caller.get("/emulator/requests")
    requests = listed.json["requests"]
    assert listed.json["count"] == 2
    assert [(entry["method"], entry["path"], entry["status"]) for entry in requests] == [
        ("POST", "/oauth/v2/token", 200),
        ("GET", "/crm/v8/users", 200),
    ]
    exchange, users = requests
    assert exchange["form"]["grant_type"] == "authorization_code"
    assert exchange["form"]["client_secret"] == exchange["form"]["code"] == "***"
    assert users["query"] == {"type": "AllUsers", "x": ["1", "2"]}
    assert users["headers"]["authorization"] == "***"
    assert caller.token not in listed.text
    assert "emulator-secret" not in listed.text


def test_requests_with_secrets_option_list_secrets() -> None:
    caller = make_caller()
    caller.get("/crm/v8/org")
    listed = caller.get("/emulator/requests?secrets=1&path=/crm/*&method=GET").json["requests"]
    assert [entry["headers"]["authorization"] for entry in listed] == [
        f"Zoho-oauthtoken {caller.token}"
    ]


def test_bodies_are_listed_decoded() -> None:
    caller = make_caller()
    caller.request("DELETE", "/emulator/requests")
    caller.post("/crm/v8/settings/wizards", {"a": ["ü"]})
    caller.request("POST", "/crm/v8/settings/wizards", data=b"{'", content_type="application/json")
    caller.request(
        "POST",
        "/crm/v8/settings/wizards",
        data={"title": "T", "file": (BytesIO(b"\x00\x01"), "tür.bin", "application/x-odd")},
    )
    json_body, broken, multipart = caller.get("/emulator/requests").json["requests"]
    assert json_body["json"] == {"a": ["ü"]}
    assert (broken["text"], broken["size"]) == ("{'", 2)
    assert multipart["form"] == {"title": "T"}
    assert multipart["files"] == [
        {
            "name": "file",
            "filename": "tür.bin",
            "content_type": "application/x-odd",
            "size": 2,
            "sha256": hashlib.sha256(b"\x00\x01").hexdigest(),
        }
    ]


def test_tokens_in_bodies_are_masked_however_deep() -> None:
    caller = make_caller()
    token = caller.token or ""
    caller.post("/crm/v8/settings/wizards", {"a": [{"b": f"x {token}", "token": "short"}]})
    caller.request("POST", "/crm/v8/settings/wizards", data=f"{{{token}".encode())
    listed = caller.get("/emulator/requests?path=/crm/*")
    assert token not in listed.text
    assert listed.json["requests"][0]["json"] == {"a": [{"b": "x ***", "token": "***"}]}


def test_token_in_the_callback_page_is_masked_too() -> None:
    caller = Caller()
    code = callback_of(caller.consent())["code"]
    caller.http.post(f"/oauth/v2/token?code={code}&redirect_uri={CALLBACK}")
    assert code not in caller.get("/emulator/requests").text


def test_page_shows_the_contents_without_secrets() -> None:
    caller = make_caller(data="demo")
    caller.post("/emulator/faults", [{"status": 503, "path": "/crm/*/<b>"}])
    caller.get("/crm/v8/org")
    page = caller.get("/")
    assert page.status_code == 200
    for text in (
        "Brightwater Trading",
        "Mara Lindqvist",
        "1000.EMULATORCLIENT",
        "/crm/v8/org",
        "503",
        "&lt;b&gt;",
    ):
        assert text in page.text
    assert caller.token not in page.text
    assert "<b>" not in page.text


def test_custom_module_is_renamed() -> None:
    api = Api("v8")
    project, product = api.first_id("Projects"), api.first_id("Products")
    linked = {"data": [{"Products_Used": [{"Products_Used": {"id": product}}]}]}
    assert api.put(f"Projects/{project}", linked).status_code == 200
    api.delete(f"Projects/{api.create('Projects', Name='Gone')}")
    before = api.record("Projects", project)
    assert before["Products_Used"]

    answer = api.caller.post(
        "/emulator/rename-module", {"module": "Projects", "api_name": "Ventures"}
    )

    assert answer.json == {"api_name": "Ventures"}
    assert api.get("Projects", fields="id").json["code"] == "INVALID_MODULE"
    assert api.record("Ventures", project) == before
    assert api.get("Ventures/deleted", type="all").json["data"][0]["display_name"] == "Gone"
    query = {"select_query": "select Account.Account_Name from Ventures where id is not null"}
    assert api.post("coql", query).status_code == 200
    lists = api.get("settings/related_lists", module="Accounts").json["related_lists"]
    assert "Ventures" in [item["module"]["api_name"] for item in lists]


@pytest.mark.parametrize(
    ("module", "api_name"),
    [("Leads", "Prospects"), ("Nothing", "X"), ("Projects", "Leads"), ("Projects", "a b")],
)
def test_invalid_module_name_is_refused(module: str, api_name: str) -> None:
    body = {"module": module, "api_name": api_name}

    assert Api("v8").caller.post("/emulator/rename-module", body).status_code == 400


def test_records_are_generated_on_request() -> None:
    api = Api("v8", data="empty")
    made = api.caller.post("/emulator/records", {"module": "Leads", "count": 300})
    assert made.json == {"count": 300}
    assert api.get("Leads/actions/count").json["count"] == 300
    for body in ({"module": "Nope", "count": 1}, {"module": "Leads"}, {"count": -1}):
        assert api.caller.post("/emulator/records", body).status_code == 400


def test_many_generated_records_are_excluded_from_garbage_collection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frozen: list[bool] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(gc.isenabled()))
    monkeypatch.setattr(generated, "MANY", 50)
    api = Api("v8", data="empty")
    api.caller.post("/emulator/records", {"module": "Leads", "count": 49})
    assert frozen == []
    api.caller.post("/emulator/records", {"module": "Leads", "count": 50})
    assert frozen == [False]
    assert gc.isenabled()
