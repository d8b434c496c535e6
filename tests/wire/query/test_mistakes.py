"""Mistakes in the use of record sets raise errors that name them."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from django_zcrm.testing.standalone import ZCRMEmulator
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import ConfigurationError, Forbidden, Invalid, UnreadableResponse
from tests.app.records.shop import Lead

MISTAKES: list[tuple[Callable[[Any], Any], str]] = [
    (lambda crm: crm.objects(None), "a module's API name or a class of records, not NoneType"),
    (lambda crm: crm.objects(User), "a module's API name or a class of records, not User"),
    (lambda crm: crm.objects("Leads").get(id="abc"), r"^id takes a record's id \(or a record\)\.$"),
    (lambda crm: crm.objects("Leads").in_bulk("123"), r"not a string: \['123'\]"),
    (lambda crm: next(crm.objects("Leads").iterator(via="sql")), "auto, coql, list, bulk, not"),
    (
        lambda crm: crm.objects("Leads").filter(Owner=User(pk=5)).count(),
        "takes a record of Zoho's or its id, not one of User",
    ),
    (
        lambda crm: crm.objects("Contacts").filter(Account_Name__in=[Lead(id=5)]).count(),
        "takes a record of Accounts or its id, not one of Leads",
    ),
    (lambda crm: Lead(owner=User(pk=5)), "owner takes a record, its id, or a Ref.*, not User"),
    (
        lambda crm: crm.objects("Contacts").filter(Account_Name="Acme").count(),
        r"^Account_Name \(lookup\) takes a record's id \(or a record\); a field of it",
    ),
]


@pytest.mark.parametrize(("use", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_mistakes_are_named(use: Callable[[Client], Any], message: str, zcrm: ZCRMEmulator) -> None:
    with pytest.raises(ConfigurationError, match=message):
        use(zcrm.client())


def test_a_module_that_zoho_does_not_know_is_named(zcrm: ZCRMEmulator) -> None:
    with pytest.raises(Invalid, match=r"^INVALID_MODULE: 'leads' is no module; crm\.mod") as caught:
        zcrm.client().objects("leads").first()
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert str(again) == str(caught.value)
    assert not hasattr(caught.value, "__notes__")  # another scope would not help


def test_scopes_that_are_missing_are_named(zcrm: ZCRMEmulator) -> None:
    leads = zcrm.client(scopes="ZohoCRM.modules.ALL,ZohoCRM.settings.ALL").objects("Leads")
    taken = r"needs ZohoCRM\.coql\.READ and ZohoCRM\.modules\.READ: add"
    with pytest.raises(Forbidden, match=taken):
        leads.filter(Company="Acme").first()
    with pytest.raises(Forbidden, match=taken):
        asyncio.run(leads.acount())
    with pytest.raises(Forbidden, match=r"needs ZohoCRM\.bulk\.READ"):
        next(leads.iterator(via="bulk"))


@pytest.mark.parametrize(
    ("call", "needed"),
    [
        (lambda crm: crm.records.list("Leads", fields=["id"]), r"ZohoCRM\.modules\.leads\.READ"),
        (lambda crm: crm.records.create("Deals", [{}]), r"ZohoCRM\.modules\.deals\.CREATE"),
        (lambda crm: crm.records.list("Zoo", fields=["id"]), r"ZohoCRM\.modules\.custom\.READ"),
        (lambda crm: crm.records.list("Leads"), r"ZohoCRM\.settings\.fields\.READ"),
        (lambda crm: crm.users.list(), r"ZohoCRM\.users\.READ"),
        (lambda crm: crm.session.organisation_id(), r"ZohoCRM\.org\.READ"),
    ],
)
def test_a_call_without_its_scope_names_the_scope_and_where_to_add_it(
    call: Callable[[Client], Any], needed: str, zcrm: ZCRMEmulator
) -> None:
    crm = zcrm.client(scopes="ZohoCRM.notifications.READ")
    words = rf"needs {needed}: add what is missing to ZCRM\['SCOPES'\], then connect"
    with pytest.raises(Forbidden, match=words):
        call(crm)


def test_repeated_page_ends_iteration(zcrm: ZCRMEmulator) -> None:
    page = {"data": [{"id": "1"}], "info": {"more_records": True}}
    zcrm.fail_next("coql.query", times=None, status=200, body=page)
    with pytest.raises(UnreadableResponse, match="behind 1"):
        list(zcrm.client().objects("Leads").only("id").filter(Company="a").iterator())
    zcrm.stop_failing()
