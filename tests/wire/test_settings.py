from __future__ import annotations

from collections.abc import Callable

import pytest

from django_zcrm.testing.standalone import ALL_SCOPES
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import Forbidden, Invalid, NotFound


def test_modules_are_listed_and_read(crm: Client) -> None:
    names = {module["api_name"] for module in crm.modules.list()}
    assert {"Leads", "Contacts", "Accounts", "Deals", "Notes", "Attachments"} <= names
    lead = crm.modules.get("Leads")
    assert lead["api_name"] == "Leads"
    with pytest.raises((Invalid, NotFound)):
        crm.modules.get("Nonsense")


def test_fields_are_listed_and_read(crm: Client) -> None:
    fields = {field["api_name"]: field for field in crm.fields.list("Leads")}
    assert {"Last_Name", "Company", "Email"} <= set(fields)
    email = crm.fields.get(fields["Email"]["id"], "Leads")
    assert (email["api_name"], email["data_type"]) == ("Email", "email")


def test_layouts_are_listed_and_read(crm: Client) -> None:
    (layout, *_) = crm.layouts.list("Leads")
    assert crm.layouts.get(layout["id"], "Leads")["id"] == layout["id"]
    assert layout["sections"]


def test_custom_views_are_listed_and_applied(crm: Client) -> None:
    views = list(crm.custom_views.list("Leads"))
    assert views
    assert crm.custom_views.get(views[0]["id"], "Leads")["id"] == views[0]["id"]
    listed = crm.records.list("Leads", fields=["Last_Name"], cvid=views[0]["id"])
    assert listed.rows


def test_related_lists_are_listed_and_read(crm: Client) -> None:
    lists = crm.related_lists.list("Leads")
    assert {"Notes", "Attachments"} <= {related["api_name"] for related in lists}
    assert crm.related_lists.get(lists[0]["id"], "Leads")["id"] == lists[0]["id"]


def test_roles_and_profiles_are_listed_and_read(crm: Client) -> None:
    roles, profiles = crm.roles.list(), crm.profiles.list()
    assert crm.roles.get(roles[0]["id"])["name"] == roles[0]["name"]
    assert crm.profiles.get(profiles[0]["id"])["name"] == profiles[0]["name"]


def test_users_are_listed_and_read(crm: Client) -> None:
    users = list(crm.users.list())
    (current,) = crm.users.list(type="CurrentUser")
    assert current["email"] == users[0]["email"]
    assert crm.users.get(users[0]["id"])["email"] == users[0]["email"]
    one_by_one = crm.users.list(per_page=1)
    assert [user["id"] for user in one_by_one] == [user["id"] for user in users]


def test_organisation_is_read(crm: Client) -> None:
    org = crm.org.get()
    assert org["company_name"]
    assert crm.session.organisation_id() == str(org["zgid"])


def test_functions_get_their_arguments(crm: Client) -> None:
    arguments = {"name": "王 & co", "n": [1, 2]}
    for call in (crm.functions.execute, crm.functions.execute_post):
        answer = call("echo", arguments=arguments)
        assert answer["code"] == "success"
        assert "王 & co" in answer["details"]["output"]
    assert '"a"' in crm.functions.execute_post("echo", {"a": 1})["details"]["output"]


def test_call_without_scope_raises(client: Callable[..., Client]) -> None:
    scopes = ALL_SCOPES.replace("ZohoCRM.settings.ALL,", "")
    crm = client("v8", scopes=scopes)
    with pytest.raises(Forbidden) as caught:
        crm.records.list("Leads")
    assert caught.value.code == "OAUTH_SCOPE_MISMATCH"
    assert "ZohoCRM.settings.fields.READ" in caught.value.__notes__[0]
    assert crm.records.list("Leads", fields=["Last_Name"]).rows
