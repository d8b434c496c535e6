"""Records of an initial sync are inserted without instances, with the result of the usual way."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection as database
from django.db import models, transaction
from django.test.utils import CaptureQueriesContext, isolate_apps
from django.utils import timezone

from django_zcrm.mirror import record_synced
from django_zcrm.mirror.apply import SyncResult, apply
from django_zcrm.mirror.insertion import insert_values
from django_zcrm.mirror.models import MirroredRecord, OutboxItem, PendingRelation
from django_zcrm.mirror.models.organisations import organisation_of
from django_zcrm.mirror.targets import MirrorTarget, target_of
from django_zcrm.models import Connection
from tests.mirror.hearing import hear
from tests.mirror.records import NOON
from tests.mirror.records import lead as make_lead
from tests.mirror.shop.models import Account, Contact, Deal, Lead

pytestmark = pytest.mark.django_db

OWN = {"id", "connection", "synced_at", "made_at", "zoho_id", "account", "parent"}


@pytest.fixture
def connection(db: None) -> Connection:
    return Connection.objects.create(user_identifier="first", organisation_id="1")


@pytest.fixture
def other(db: None) -> Connection:
    return Connection.objects.create(user_identifier="other", organisation_id="2")


lead = partial(make_lead, Company="Straße 北京")


def deal(number: int, **values: Any) -> dict[str, Any]:
    return {
        "id": str(3 * 10**18 + number),
        "Modified_Time": NOON.isoformat(),
        "Deal_Name": f"Deal\t{number}\\n \\N 'a' \"b\"",
        "Amount": 12.345,
        "Probability": 20,
        "Expected_Revenue": 0.1,
        "Closing_Date": "2026-05-02",
        "Last_Activity_Time": "2026-05-01T10:00:00+05:30",
        "Tag": [{"name": "a,b"}, {"name": "\x00ü"}],
        **values,
    }


def write(connection: Connection, module: str, *records: dict[str, Any]) -> SyncResult:
    with transaction.atomic():
        target = MirrorTarget(module, Deal) if module == "Deals" else target_of(module)
        return apply(target, connection, records, is_initial=True)


def values_of(row: Any) -> dict[str, Any]:
    fields = [field for field in row._meta.concrete_fields if field.name not in OWN]
    return {field.attname: getattr(row, field.attname) for field in fields}


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(deal(1), id="all columns"),
        pytest.param(deal(1, Amount=None, Tag=None, Closing_Date=None), id="empty"),
        pytest.param(
            {"id": "1", "Modified_Time": None, "Deal_Name": "without the others"}, id="few columns"
        ),
    ],
)
def test_inserted_record_has_the_values_of_the_usual_way(
    connection: Connection, other: Connection, record: dict[str, Any]
) -> None:
    record = {**record, "Stage": "x" * 5_000}
    target = MirrorTarget("Deals", Deal)
    with transaction.atomic():
        apply(target, other, [{**record, "Deal_Name": "other"}])
    before = timezone.now()
    with CaptureQueriesContext(database) as queries:
        assert write(connection, "Deals", record).created == 1
    assert not any("RETURNING" in query["sql"] for query in queries)
    usual, fast = Deal.objects.order_by("pk")
    same = {"name": fast.name, "zoho_organisation": "1"}
    assert {**values_of(usual), **same} == values_of(fast)
    assert fast.made_at >= before
    assert fast.synced_at is not None
    assert fast.synced_at >= before
    assert (fast.name, fast.connection) == (record["Deal_Name"], connection)


def test_module_without_a_model_is_inserted_as_json(connection: Connection) -> None:
    record = {"id": "7", "Modified_Time": NOON.isoformat(), "Name": {"a": ["ü\x00", 1.5]}}
    assert write(connection, "Vendors", record).created == 1
    row = MirroredRecord.objects.get()
    assert (row.module, row.zoho_id, row.data["Name"]) == ("Vendors", "7", {"a": ["ü", 1.5]})


def test_queries_of_new_records_do_not_depend_on_their_number(connection: Connection) -> None:
    def count(rows: int, first: int) -> int:
        records = [lead(first + number) for number in range(rows)]
        with CaptureQueriesContext(database) as queries:
            assert write(connection, "Leads", *records).created == rows
        return len(queries)

    # Two checks, the rows, and a transaction with its savepoint.
    assert count(2_000, 10_000) <= 8
    assert count(5, 0) <= 8


def test_page_with_a_stored_row_keeps_the_newer_state(connection: Connection) -> None:
    write(connection, "Leads", lead(1, NOON + timedelta(hours=1), Company="newer"))
    result = write(connection, "Leads", lead(1), lead(2))
    assert (result.created, result.stale) == (1, 1)
    assert sorted(Lead.objects.values_list("company", flat=True)) == ["Straße 北京", "newer"]


def test_record_that_was_deleted_here_is_not_inserted(connection: Connection) -> None:
    write(connection, "Leads", lead(1))
    Lead.objects.get().delete()
    assert OutboxItem.objects.get().operation == "delete"
    assert write(connection, "Leads", lead(1), lead(2)).created == 1
    assert Lead.objects.get().zoho_id == lead(2)["id"]


def test_record_of_a_row_created_here_is_matched(connection: Connection) -> None:
    Lead.objects.create(connection=connection, name="Lead 1", email="a@example.com")
    OutboxItem.objects.update(state="sending", sent_at=NOON)
    result = write(connection, "Leads", lead(1, Email="a@example.com"))
    assert (result.created, Lead.objects.get().zoho_id) == (0, lead(1)["id"])


@pytest.mark.parametrize("bad", ["conversion", "database"])
def test_bad_record_keeps_no_other_back(connection: Connection, bad: str) -> None:
    first = deal(1)
    wrong = deal(2, Amount="much") if bad == "conversion" else deal(2, Deal_Name=first["Deal_Name"])
    result = write(connection, "Deals", first, wrong, deal(3))
    assert list(result.problems) == [wrong["id"]]
    assert result.created == 2
    assert set(Deal.objects.values_list("zoho_id", flat=True)) == {first["id"], deal(3)["id"]}


def test_lookups_of_new_records_are_set_in_any_order(connection: Connection) -> None:
    accounts: list[dict[str, Any]] = [
        {"id": "11", "Account_Name": "A", "Parent_Account": {"id": "12"}},
        {"id": "12", "Account_Name": "B"},
    ]
    contacts = [lead(number, Account_Name={"id": str(11 + number % 2)}) for number in range(4)]
    write(connection, "Contacts", *contacts)
    assert PendingRelation.objects.count() == 4
    write(connection, "Accounts", *accounts)
    later = [{**record, "id": f"2{record['id'][1:]}"} for record in contacts]
    write(connection, "Contacts", *later)
    assert not PendingRelation.objects.exists()
    names = Contact.objects.order_by("pk").values_list("account__name", flat=True)
    assert list(names) == ["A", "B"] * 4
    assert Account.objects.get(name="A").parent == Account.objects.get(name="B")


def test_lookup_does_not_lead_to_a_row_of_another_connection(
    connection: Connection, other: Connection
) -> None:
    write(other, "Accounts", {"id": "11", "Account_Name": "theirs"})
    write(connection, "Contacts", lead(1, Account_Name={"id": "11"}))
    assert Contact.objects.get().account is None
    pending = PendingRelation.objects.get()
    assert (pending.connection, pending.organisation_id) == (
        connection,
        organisation_of(connection),
    )


def test_receivers_get_an_instance_of_each_record(
    connection: Connection, django_capture_on_commit_callbacks: Any
) -> None:
    with hear(record_synced, Lead) as heard, django_capture_on_commit_callbacks(execute=True):
        write(connection, "Leads", lead(1))
    (call,) = heard
    row = call["instance"]
    assert (row.pk is not None, row.name, call["change"]) == (True, "Lead 1", "created")


def test_model_that_computes_values_in_instances_is_not_inserted_as_values() -> None:
    def compute(self: Any, model_instance: models.Model, add: bool) -> str:
        return "computed"

    own = {"pre_save": compute, "__module__": __name__}
    field = type("ComputedField", (models.CharField,), own)(max_length=10)
    meta = type("Meta", (), {"app_label": "shop"})
    with isolate_apps("tests.mirror.shop"):
        columns = {"stamp": field, "Meta": meta, "__module__": __name__}
        computed = type("Computed", (models.Model,), columns)
        assert not insert_values(computed, [{"stamp": "given"}], {})
