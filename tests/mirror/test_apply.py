"""Records become rows; older states replace nothing, and a bad record affects no other."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.db import connection as database
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_zcrm.mirror import record_synced
from django_zcrm.mirror.apply import SyncResult, apply
from django_zcrm.mirror.models import MirroredRecord, PendingRelation
from django_zcrm.mirror.models.organisations import organisation_of
from django_zcrm.mirror.outbox import incoming
from django_zcrm.mirror.relations import link_late
from django_zcrm.mirror.targets import MirrorTarget, target_of
from django_zcrm.models import Connection
from tests.mirror.hearing import hear
from tests.mirror.records import NOON, lead
from tests.mirror.shop.models import Account, Contact, Deal, Lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(db: None) -> Connection:
    return Connection.objects.create(user_identifier="apply")


def store(
    connection: Connection, module: str, *records: dict[str, Any], read_at: datetime | None = None
) -> SyncResult:
    with transaction.atomic():
        target = MirrorTarget(module, Deal) if module == "Deals" else target_of(module)
        return apply(target, connection, records, read_at)


@pytest.mark.parametrize("code", [1366, 1205], ids=["wrong value", "lock wait timeout"])
def test_operational_error_of_a_value_sets_its_record_aside(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """MariaDB and MySQL raise it for an emoji in a column of utf8mb3."""
    bulk_create = QuerySet.bulk_create

    def refuse(rows: Any, objs: Any, *args: Any, **kwargs: Any) -> Any:
        if any(getattr(row, "name", "") == "\N{FOX FACE}" for row in objs):
            raise OperationalError(code, "refused")
        return bulk_create(rows, objs, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "bulk_create", refuse)
    records = [lead(1), lead(2, Last_Name="\N{FOX FACE}"), lead(3)]
    if code != 1366:
        with pytest.raises(OperationalError):
            store(connection, "Leads", *records)
        return
    assert list(store(connection, "Leads", *records).problems) == [records[1]["id"]]
    assert Lead.objects.count() == 2


def test_apply_after_concurrent_deletion_does_not_restore_row(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(connection, "Leads", lead(1))

    def match_created(*args: Any) -> None:
        incoming.match_created(*args)
        Lead.objects.get().delete()

    monkeypatch.setattr("django_zcrm.mirror.apply.match_created", match_created)
    assert store(connection, "Leads", lead(1, Last_Name="Read")).created == 0
    assert not Lead.objects.exists()


def test_apply_with_states_of_one_second_keeps_last_read(connection: Connection) -> None:
    begun = timezone.now()
    store(connection, "Leads", lead(1, Last_Name="Read by a poll"))
    file = store(connection, "Leads", lead(1, Last_Name="In a file before"), read_at=begun)
    assert (file.stale, Lead.objects.get().name) == (1, "Read by a poll")
    store(connection, "Leads", lead(1, Last_Name="Read again"))
    assert Lead.objects.get().name == "Read again"


def test_apply_with_file_keeps_row_without_time_whatever_clocks_say(
    connection: Connection,
) -> None:
    store(connection, "Leads", lead(1, Last_Name="Pushed"))
    Lead.objects.update(zoho_modified_time=None)
    begun = timezone.now() + timedelta(hours=1)  # by a worker whose clock is ahead
    file = store(connection, "Leads", lead(1, Last_Name="In a file before"), read_at=begun)
    assert (file.stale, Lead.objects.get().name) == (1, "Pushed")
    store(connection, "Leads", lead(1, Last_Name="Read now"))
    assert Lead.objects.get().name == "Read now"


def test_apply_with_older_state_that_cannot_be_stored_reports_no_problem(
    connection: Connection,
) -> None:
    begun = timezone.now()
    store(connection, "Leads", lead(1, Last_Name="Read since"))
    file = store(connection, "Leads", lead(1, Last_Name="n" * 5_000), read_at=begun)
    assert (file.stale, file.problems) == (1, {})
    assert Lead.objects.get().zoho_modified_time is None  # so that the record is read again


def test_apply_with_new_time_only_updates_time(connection: Connection) -> None:
    store(connection, "Leads", lead(1))
    later = NOON + timedelta(hours=1)
    result = store(connection, "Leads", lead(1, later))
    assert (result.unchanged, Lead.objects.get().zoho_modified_time) == (1, later)


HOSTILE: list[tuple[dict[str, Any], str]] = [
    ({"Deal_Name": "n" * 41}, "the value of name exceeds its maximum length of 40"),
    ({"Amount": 10**40}, "the value of amount exceeds its maximum number of digits, 12"),
    ({"Amount": float("inf")}, "amount cannot hold a value of type float"),
    ({"Amount": {"a": 1}}, "amount cannot hold a value of type dict"),
    ({"Probability": 10**40}, "probability cannot hold a number of this size"),
    ({"Probability": "many"}, "probability cannot hold a value of type str"),
    ({"Expected_Revenue": float("nan")}, "score cannot hold a value of type float"),
    ({"Closing_Date": "2026-02-30"}, "closing_date cannot hold a value of type str"),
    ({"Closing_Date": 5}, "closing_date cannot hold a value of type int"),
    (
        {"Last_Activity_Time": "soon"},
        "last_activity cannot hold a text that is not a date and time",
    ),
    ({"Account_Name": {"id": "9" * 40}}, "a lookup has an id that is not valid"),
    ({"Modified_Time": "yesterday"}, "its Modified_Time is a text that is not a date and time"),
    ({"Deal_Name": "Deal 1"}, "the database refuses it"),
]


@pytest.mark.parametrize(("values", "words"), HOSTILE, ids=[words for _, words in HOSTILE])
def test_apply_with_unstorable_value_reports_problem_and_stores_others(
    connection: Connection, values: dict[str, Any], words: str
) -> None:
    good = [{**lead(number), "Deal_Name": f"Deal {number}"} for number in (1, 2, 3)]
    bad = {**lead(9), "Deal_Name": "Bad", **values}
    result = store(connection, "Deals", good[0], bad, *good[1:])
    assert set(result.problems) == {bad["id"]}
    assert words in result.problems[bad["id"]]
    assert list(Deal.objects.order_by("pk").values_list("name", flat=True)) == [
        "Deal 1",
        "Deal 2",
        "Deal 3",
    ]


def test_apply_with_failed_update_keeps_row_and_time(connection: Connection) -> None:
    store(connection, "Deals", {**lead(1), "Deal_Name": "One"}, {**lead(2), "Deal_Name": "Two"})
    later = NOON + timedelta(minutes=1)
    result = store(
        connection,
        "Deals",
        {**lead(1, later), "Deal_Name": "First"},
        {**lead(2, later), "Deal_Name": "First"},
    )
    assert (result.updated, len(result.problems)) == (1, 1)
    names = dict(Deal.objects.values_list("name", "zoho_modified_time"))
    assert names == {"First": later, "Two": NOON}


def test_values_that_no_database_stores_lose_what_it_does_not(connection: Connection) -> None:
    text = "a\x00b\ud800c" + "x" * 100_000
    result = store(
        connection,
        "Deals",
        {**lead(1), "Deal_Name": "D\x00", "Stage": text, "Tag": [{"n\x00": "t\x00", "f": 1e400}]},
    )
    assert not result.problems
    deal = Deal.objects.get()
    assert (deal.name, deal.stage) == ("D", "ab?c" + "x" * 100_000)
    assert deal.tags == [{"n": "t", "f": None}]
    more = {"a\x00": ["b\x00", "\ud83d", float("nan")]}
    assert not store(connection, "Quotes", {**lead(1), "Subject": "q\x00", "More": more}).problems
    data = MirroredRecord.objects.get().data
    assert (data["Subject"], data["More"]) == ("q", {"a": ["b", "?", None]})


def test_incoming_change_keeps_values_that_django_sets(connection: Connection) -> None:
    store(connection, "Deals", {**lead(1), "Deal_Name": "One"})
    made_at = Deal.objects.get().made_at
    later = NOON + timedelta(minutes=1)
    with hear(record_synced, Deal) as heard:
        # The tests' transaction is never committed: what waits for that is called.
        applied_now(connection, {**lead(1, later), "Deal_Name": "Two", "Amount": "1.5"})
    deal = Deal.objects.get()
    assert (deal.name, deal.amount, deal.made_at) == ("Two", Decimal("1.50"), made_at)
    assert [call["instance"].made_at for call in heard] == [made_at]


def applied_now(connection: Connection, *records: dict[str, Any]) -> None:
    from django.test import TestCase

    with TestCase.captureOnCommitCallbacks(execute=True):
        store(connection, "Deals", *records)


def test_receivers_hear_after_the_commit_and_fail_alone(
    connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(**kwargs: Any) -> None:
        raise RuntimeError("of the project's")

    later = NOON + timedelta(minutes=1)
    record_synced.connect(breaks, sender=Deal)
    try:
        with hear(record_synced, Deal) as heard:
            applied_now(connection, {**lead(1), "Deal_Name": "A"}, {**lead(2), "Deal_Name": "B"})
            applied_now(connection, {**lead(1, later), "Deal_Name": "C"})
    finally:
        record_synced.disconnect(breaks, sender=Deal)
    assert [(call["instance"].name, call["change"], call["old"]) for call in heard] == [
        ("A", "created", {}),
        ("B", "created", {}),
        ("C", "updated", {"name": "A"}),
    ]
    assert "failed at record_synced" in caplog.text


@pytest.mark.slow
@pytest.mark.parametrize("round", ["new", "same", "changed"])
def test_queries_depend_on_batches_not_rows(connection: Connection, round: str) -> None:
    def count(rows: int, first: int) -> int:
        records = [lead(first + number, Company="Acme") for number in range(rows)]
        if round != "new":
            store(connection, "Leads", *records)
        if round == "changed":
            later = NOON + timedelta(minutes=1)
            records = [
                {**record, "Company": "B", "Modified_Time": later.isoformat()} for record in records
            ]
        with CaptureQueriesContext(database) as queries:
            store(connection, "Leads", *records)
        return len(queries)

    # SQLite takes 999 parameters in a statement, so that rows of many columns take several.
    most = 20 if database.vendor == "sqlite" else 10
    assert count(500, 1_000) <= most
    assert count(10, 0) <= 10


@pytest.mark.slow
def test_many_children_are_linked_by_few_queries(connection: Connection) -> None:
    children = [
        {**lead(number), "Account_Name": {"id": str(5 * 10**18 + number % 50)}}
        for number in range(200)
    ]
    store(connection, "Contacts", *children)
    assert PendingRelation.objects.count() == 200
    parents = [
        {"id": str(5 * 10**18 + number), "Account_Name": f"Account {number}"}
        for number in range(50)
    ]
    with CaptureQueriesContext(database) as queries:
        store(connection, "Accounts", *parents)
    assert len(queries) <= 18
    assert not PendingRelation.objects.exists()
    for contact in Contact.objects.select_related("account"):
        number = int(str(contact.zoho_id)) - 10**18
        assert contact.account.name == f"Account {number % 50}"


@pytest.mark.parametrize("then", [None, {"id": str(5 * 10**18 + 1)}])
def test_pending_lookup_with_new_target_is_replaced(
    connection: Connection, then: dict[str, str] | None
) -> None:
    first = {"id": str(5 * 10**18), "Account_Name": "First"}
    store(connection, "Contacts", {**lead(1), "Account_Name": {"id": first["id"]}})
    later = NOON + timedelta(minutes=1)
    store(connection, "Contacts", {**lead(1, later), "Account_Name": then})
    store(connection, "Accounts", first)
    assert Contact.objects.get().account is None
    store(connection, "Accounts", {"id": str(5 * 10**18 + 1), "Account_Name": "Second"})
    account = Contact.objects.get().account
    assert (account and account.name) == ("Second" if then else None)


def test_lookup_cleared_here_stays_empty(connection: Connection) -> None:
    store(connection, "Accounts", {"id": "1", "Account_Name": "Acme"})
    store(connection, "Contacts", lead(2, Account_Name={"id": "1"}))
    contact = Contact.objects.get()
    assert contact.account is not None
    contact.account = None
    contact.save()
    later = NOON + timedelta(minutes=1)
    store(connection, "Contacts", lead(2, later, First_Name="Ann", Account_Name={"id": "1"}))
    assert link_late(target_of("Contacts"), connection) == 0
    contact.refresh_from_db()
    assert (contact.first_name, contact.account) == ("Ann", None)


def test_links_that_two_workers_missed_are_set_later(connection: Connection) -> None:
    account = {"id": str(5 * 10**18), "Account_Name": "Acme"}
    store(connection, "Accounts", account)
    store(connection, "Contacts", {**lead(1), "Account_Name": None})
    # As two transactions leave it that did not see each other.
    PendingRelation.objects.create(
        connection=connection,
        organisation_id=organisation_of(connection),
        model=Contact._meta.label,
        object_id=str(Contact.objects.get().pk),
        column="account_id",
        module="Accounts",
        zoho_id=account["id"],
    )
    assert link_late(target_of("Contacts"), connection) == 1
    assert Contact.objects.get().account == Account.objects.get()
    assert link_late(target_of("Contacts"), connection) == 0
