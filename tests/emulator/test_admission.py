"""Who may call the API, and with which scope."""

from __future__ import annotations

import pytest

from django_zcrm.emulator.core import scopes
from tests.cases import check_each

from .caller import Caller, make_caller


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "AUTHENTICATION_FAILURE"),
        ("Token {token}", "AUTHENTICATION_FAILURE"),
        ("Bearer {token}", None),
        ("Zoho-oauthtoken 1000.x.y", "INVALID_TOKEN"),
        ("Zoho-oauthtoken {token}", None),
        ("zoho-oauthtoken {token}", None),
    ],
)
def test_invalid_authorization_header_is_refused(header: str | None, code: str | None) -> None:
    caller = Caller()
    token = caller.connect()["access_token"]
    headers = {} if header is None else {"Authorization": header.format(token=token)}
    answer = caller.http.get("/crm/v8/org", headers=headers)
    assert answer.status_code == (401 if code else 200)
    assert answer.json.get("code") == code


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ("ZohoCRM.org.READ", 200),
        ("zohocrm.ORG.read", 200),
        ("ZohoCRM.org.ALL", 200),
        ("ZohoCRM.users.ALL", 401),
        ("ZohoCRM.org.CREATE", 401),
    ],
)
def test_call_without_its_scope_is_refused(scope: str, status: int) -> None:
    caller = Caller()
    caller.connect(scope)
    answer = caller.get("/crm/v8/org")
    assert answer.status_code == status
    if status == 401:
        assert answer.json["code"] == "OAUTH_SCOPE_MISMATCH"


@pytest.mark.parametrize("path", ["search?word=Wong", "actions/count"])
def test_search_needs_the_modules_scope(path: str) -> None:
    caller = Caller(data="demo")
    caller.connect("ZohoSearch.securesearch.READ")
    assert caller.get(f"/crm/v8/Leads/{path}").json["code"] == "OAUTH_SCOPE_MISMATCH"
    caller.connect("ZohoSearch.securesearch.READ,ZohoCRM.modules.leads.READ")
    assert caller.get(f"/crm/v8/Leads/{path}").status_code == 200


@check_each(
    ("granted", "needed", "covered"),
    [
        ("ZohoCRM.modules.ALL", "ZohoCRM.modules.leads.READ", True),
        ("ZohoCRM.modules.READ", "ZohoCRM.modules.leads.READ", True),
        ("ZohoCRM.modules.leads.ALL", "ZohoCRM.modules.leads.DELETE", True),
        ("ZohoCRM.modules.Leads.read", "ZohoCRM.modules.leads.READ", True),
        ("ZohoCRM.modules.leads.WRITE", "ZohoCRM.modules.leads.CREATE", True),
        ("ZohoCRM.modules.leads.WRITE", "ZohoCRM.modules.leads.READ", False),
        ("ZohoCRM.modules.leads.READ", "ZohoCRM.modules.leads.UPDATE", False),
        ("ZohoCRM.modules.contacts.ALL", "ZohoCRM.modules.leads.READ", False),
        ("ZohoCRM.modules.sales_orders.READ", "ZohoCRM.modules.salesorders.READ", True),
        ("ZohoCRM.settings.ALL", "ZohoCRM.settings.related_lists.READ", True),
        ("ZohoCRM.ALL", "ZohoCRM.org.READ", False),
        ("ZohoCRM.org.READ", "ZohoCRM.settings.roles.READ", False),
    ],
)
def test_scope_covers_its_operations(granted: str, needed: str, covered: bool) -> None:
    assert scopes.covers((granted,), needed) is covered


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("Leads", "leads"),
        ("Sales_Orders", "salesorders"),
        ("Price_Books", "pricebooks"),
        ("Appointments__s", "appointments"),
        ("Projects_2", "custom"),
        ("CustomModule1", "custom"),
    ],
)
def test_module_scope_covers_its_module(module: str, name: str) -> None:
    assert scopes.fill("ZohoCRM.modules.{module}.READ", {"module": module}) == (
        f"ZohoCRM.modules.{name}.READ"
    )


def test_token_of_a_user_who_left_is_invalid() -> None:
    caller = Caller()
    caller.connect()
    caller.emulator.zoho.organisation.users.clear()
    assert caller.get("/crm/v8/org").json["code"] == "INVALID_TOKEN"


@pytest.mark.parametrize(
    ("host", "version", "code"),
    [
        ("www.zohoapis.com", "v8", None),
        ("crm.zoho.com", "v2", None),
        ("crm.zoho.com", "v2.1", "INVALID_HOST"),
        ("crm.zoho.com", "v8", "INVALID_HOST"),
        ("accounts.zoho.com", "v8", "INVALID_HOST"),
        ("content.zohoapis.com", "v8", None),
        ("emulator.example", "v8", None),
    ],
)
def test_api_on_another_host_is_refused(host: str, version: str, code: str | None) -> None:
    answer = make_caller().get(f"/crm/{version}/org", headers={"Host": host})
    assert answer.status_code == (400 if code else 200)
    assert answer.json.get("code") == code


def test_bearer_with_refuse_bearer_is_refused() -> None:
    caller = make_caller(refuse_bearer=True)
    headers = {"Authorization": f"Bearer {caller.token}"}
    assert caller.get("/crm/v2/org", headers=headers).status_code == 401
