"""The emulator in a test, without Django."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from django_zcrm.exceptions import Forbidden, Invalid
from django_zcrm.testing import ZCRMEmulator, emulated
from django_zcrm.testing.standalone import served


@pytest.fixture
def zoho() -> Iterator[ZCRMEmulator]:
    with emulated() as found:
        yield found


def test_it_begins_with_one_user_and_no_records(zoho: ZCRMEmulator) -> None:
    assert len(zoho.org.users) == 1
    assert not any(zoho.org.records.counts().values())
    assert zoho.requests == []


@pytest.mark.parametrize(
    "module",
    [
        "Leads", "Contacts", "Accounts", "Deals", "Tasks", "Events", "Calls", "Campaigns",
        "Products", "Vendors", "Price_Books", "Quotes", "Sales_Orders", "Purchase_Orders",
        "Invoices", "Cases", "Solutions", "Projects",
    ],
)  # fmt: skip
def test_records_of_every_module_can_be_made(zoho: ZCRMEmulator, module: str) -> None:
    one, two = zoho.create(module, 2)
    assert one["id"] < two["id"]
    assert zoho.records(module) == [one, two]
    assert zoho.client().records.get(module, one["id"])["id"] == one["id"]


def test_a_note_needs_its_parent(zoho: ZCRMEmulator) -> None:
    with pytest.raises(ValueError, match="Parent_Id"):
        zoho.create("Notes")
    lead = zoho.create("Leads")
    note = zoho.create("Notes", Note_Content="Hello", Parent_Id=lead)
    assert note["Parent_Id"]["id"] == lead["id"]


def test_values_may_be_python_objects(zoho: ZCRMEmulator) -> None:
    ines = zoho.add_user("ines@example.com", "Ines", "Haddad")
    [lead] = zoho.create(
        "Leads",
        1,
        Owner=ines.id,
        Follow_Up_Date=date(2030, 1, 5),
        Demo_Scheduled_At=datetime(2030, 1, 5, 12, tzinfo=UTC),
        Created_Time=datetime(2020, 1, 1, tzinfo=UTC),
        Modified_Time=datetime(2020, 1, 2, tzinfo=UTC),
    )
    assert lead["Owner"]["email"] == "ines@example.com"
    assert lead["Follow_Up_Date"] == "2030-01-05"
    assert lead["Demo_Scheduled_At"] == "2030-01-05T13:00:00+01:00"
    assert lead["Created_Time"] == "2020-01-01T01:00:00+01:00"
    assert lead["Modified_Time"] == "2020-01-02T01:00:00+01:00"


def test_what_zoho_would_refuse(zoho: ZCRMEmulator) -> None:
    with pytest.raises(ValueError, match="Email"):
        zoho.create("Leads", Email="none")
    with pytest.raises(LookupError, match="no field 'Emial'"):
        zoho.create("Leads", Emial="a@example.com")
    with pytest.raises(LookupError, match="no module 'leads'"):
        zoho.create("leads")
    with pytest.raises(LookupError, match="no user"):
        zoho.access_token(email="nobody@example.com")


def test_a_record_is_shown_as_it_is_now(zoho: ZCRMEmulator) -> None:
    lead = zoho.create("Leads")
    client = zoho.client()
    client.records.update_one("Leads", lead["id"], {"City": "Bonn"})
    changed = zoho.record("Leads", lead["id"])
    assert changed is not None
    assert changed["City"] == "Bonn"
    client.records.delete("Leads", [lead["id"]])
    assert zoho.record("Leads", lead["id"]) is None


def test_a_client_of_any_version_scope_and_user(zoho: ZCRMEmulator) -> None:
    zoho.add_user("ines@example.com", "Ines", "Haddad")
    client = zoho.client("v2", "ZohoCRM.users.READ", "ines@example.com")
    [user] = client.users.list(type="CurrentUser").rows
    assert user["email"] == "ines@example.com"
    with pytest.raises(Forbidden):
        client.org.get()
    zoho.assert_called("GET", "/crm/v2/users", status=200)


def test_dead_tokens_are_renewed(zoho: ZCRMEmulator) -> None:
    client = zoho.client()
    zoho.expire_access_tokens()
    client.org.get()
    zoho.advance(hours=2)
    client.org.get()
    assert [request.status for request in zoho.requests] == [401, 200, 401, 200]


def test_revoking_one_user_or_all(zoho: ZCRMEmulator) -> None:
    first = next(iter(zoho.org.users.values())).email
    zoho.add_user("ines@example.com")
    books = zoho.emulator.world.books
    zoho.access_token()
    zoho.access_token(email="ines@example.com")
    zoho.revoke(first)
    assert [token.consent.email for token in books.access_tokens.values()] == ["ines@example.com"]
    zoho.revoke()
    assert not books.access_tokens


def test_faults(zoho: ZCRMEmulator) -> None:
    client = zoho.client()
    zoho.fail_next("records.create", code="LIMIT_EXCEEDED", times=2)
    for _ in range(2):
        with pytest.raises(Invalid):
            client.records.create_one("Leads", {"Last_Name": "Wong"})
    client.records.create_one("Leads", {"Last_Name": "Wong"})
    with pytest.raises(ValueError, match=r"unknown operation 'records\.insert'"):
        zoho.fail_next("records.insert", code="X")
    with pytest.raises(ValueError, match="did you mean 'status'"):
        zoho.fail_next("records.create", statsu=500)


def test_an_emulator_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    for kind in (emulated, served):
        with kind() as zoho:
            watch = {"channel_id": "1", "events": ["Leads.all"], "notify_url": "http://x.example/"}
            session = zoho.session()
            session.post(
                f"{zoho.url}/crm/v8/actions/watch",
                json={"watch": [watch]},
                headers={"Authorization": f"Zoho-oauthtoken {zoho.access_token()}"},
            )
            zoho.client().records.create_one("Leads", {"Last_Name": "Wong"})
            [callback] = zoho.callbacks
            assert (callback.body["operation"], callback.status) == ("insert", 0)
            session.close()
    assert set(threading.enumerate()) <= before


def test_two_emulators_know_nothing_of_each_other() -> None:
    with emulated() as one, emulated(data="demo") as other:
        one.create("Leads", 2)
        assert one.client().records.count("Leads") == 2
        assert other.client().records.count("Leads") == 72
