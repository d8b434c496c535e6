"""Malformed values from Zoho: their records are reported, and all others are stored."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from django_zcrm import zcrm
from django_zcrm.exceptions import UnreadableResponse
from django_zcrm.mirror import run_due
from django_zcrm.mirror.apply import apply
from django_zcrm.mirror.models import MirrorState, Notice
from django_zcrm.mirror.outbox.incoming import match_created
from django_zcrm.mirror.planning.cursor import Cursor
from django_zcrm.mirror.planning.reconcile import seconds_of
from django_zcrm.mirror.pull import delta
from django_zcrm.mirror.pull.fields import PulledFields
from django_zcrm.mirror.stored import Unstorable, moment_or_none, read_moment
from django_zcrm.mirror.targets import MirrorTarget, target_of
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.query.read.changes import Changes
from django_zcrm.zoho.query.read.changes import changes as read_changes
from tests.cases import check_each
from tests.mirror.conftest import Post
from tests.mirror.records import NOON, lead
from tests.mirror.shop.models import Account, Contact, Deal, Lead

pytestmark = pytest.mark.django_db

EARLY, LATE = "0001-01-01T00:00:00+05:30", "9999-12-31T23:59:59-05:00"

NESTED: Any = "end"
for _ in range(300):
    NESTED = [NESTED]

IDS = ["", "abc", "1\x00", "\ud83d", "1" * 20, str(2**63), "-1", "1.5", 1.5, True, [1], {"id": 1}]

TIMES: list[Any] = [1746100800, 1.5, True, [], {}, "", "yesterday", "\x00", "\ud83d", EARLY, LATE]


@check_each("module, value", product(["Leads", "Projects"], IDS))
def test_record_without_valid_id_is_reported(
    connection: Connection, module: str, value: Any
) -> None:
    records = [lead(1), {**lead(2), "id": value}, lead(3)]
    for _ in range(2):
        applied = apply(target_of(module), connection, records)
        (words,) = applied.problems.values()
        assert words == f"{module}: a record without a valid id."
        assert applied.created + applied.unchanged == 2
    state, _ = MirrorState.objects.get_or_create(connection=connection, module=module)
    state.problems = applied.problems
    state.save()


@check_each("module, value", product(["Leads", "Projects"], TIMES))
def test_record_with_an_invalid_time_is_reported(
    connection: Connection, module: str, value: Any
) -> None:
    records = [lead(1), lead(2, Modified_Time=value), lead(3)]
    for _ in range(2):
        applied = apply(target_of(module), connection, records)
        assert list(applied.problems) == [records[1]["id"]]
        assert "its Modified_Time is" in applied.problems[records[1]["id"]]
        assert applied.created + applied.unchanged == 2


@check_each("value", TIMES[6:])
def test_moment_that_cannot_be_read_again_is_stored_in_no_column(
    connection: Connection, value: Any
) -> None:
    target = MirrorTarget("Deals", Deal)
    records = [
        lead(number, Deal_Name=f"Deal {number}", Last_Activity_Time=moment)
        for number, moment in enumerate([NOON.isoformat(), value, NOON.isoformat()])
    ]
    for _ in range(2):
        applied = apply(target, connection, records)
        assert list(applied.problems) == [records[1]["id"]]
        assert "last_activity cannot hold" in applied.problems[records[1]["id"]]
    assert Deal.objects.filter(last_activity=NOON).count() == 2


@check_each("value", ["1\x00", "\ud83d", "abc", "1" * 40, {"id": "\x00"}, [1]])
def test_invalid_lookup_is_reported(connection: Connection, value: Any) -> None:
    account, _ = Account.objects.get_or_create(connection=connection, zoho_id="5", name="Acme")
    records = [
        lead(1, Account_Name={"id": "5"}),
        lead(2, Account_Name=value),
        lead(3, Account_Name=None),
    ]
    applied = apply(target_of("Contacts"), connection, records)
    assert list(applied.problems) == [records[1]["id"]]
    assert list(Contact.objects.order_by("zoho_id").values_list("account", flat=True)) == [
        account.pk,
        None,
    ]


def test_too_deeply_nested_value_is_reported(connection: Connection) -> None:
    records = [lead(1), lead(2, More=NESTED)]
    applied = apply(target_of("Projects"), connection, records)
    assert (applied.created, list(applied.problems)) == (1, [records[1]["id"]])
    assert "more levels than 100" in applied.problems[records[1]["id"]]


@check_each("value", ["fox\x00@example.com", "\ud83d", 5, [1], {"a": "\x00"}])
def test_record_with_malformed_match_on_value_matches_no_row(
    connection: Connection, value: Any
) -> None:
    Lead.objects.all().delete()
    Lead.objects.create(connection=connection, name="Fox", email="fox@example.com")
    match_created(target_of("Leads"), connection, [lead(1, Email=value)])
    assert Lead.objects.get().zoho_id is None


@check_each("value", TIMES)
def test_malformed_moment_raises_only_where_it_is_read(value: Any) -> None:
    assert moment_or_none(value) is None
    assert isinstance(seconds_of(value), int)
    with pytest.raises(Unstorable):
        read_moment(value)


def test_cursor_follows_the_last_valid_record() -> None:
    fields = PulledFields(("Modified_Time",), (), (), has_time=True, is_created=True)
    before = Cursor(datetime(2026, 1, 1, tzinfo=UTC), "7")
    rows = [lead(1), lead(2), lead(3, Modified_Time=5), lead(4, id="abc")]
    valid = Cursor(NOON, rows[1]["id"])
    assert delta._cursor_after(Changes(rows, True, None), fields, before) == valid
    assert delta._cursor_after(Changes(rows[2:], True, None), fields, before) == before


def broken(monkeypatch: pytest.MonkeyPatch, page: int, *, all_rows: bool) -> None:
    """Let Zoho's pages of changes have `page` records, and the last, or all, no valid time."""
    real: Any = read_changes

    def changes(*args: Any) -> Any:
        read = yield from real(*args[:-1], page)
        for row in read.rows if all_rows else read.rows[-1:]:
            if all_rows or row["Last_Name"] == "Broken":
                row["Modified_Time"] = 5
        return read

    monkeypatch.setattr(delta, "changes", changes)


def test_poll_continues_after_malformed_record(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    zcrm.mirror(Lead).sync()
    names = ["One", "Broken", "Two", "Three", "Four"]
    for name in names:
        zcrm_emulator.create("Leads", Last_Name=name, Company="Acme")
        zcrm_emulator.advance(seconds=1)
    broken(monkeypatch, 2, all_rows=False)
    zcrm_emulator.advance(minutes=10)
    zcrm.mirror(Lead).sync()
    assert set(Lead.objects.values_list("name", flat=True)) >= {"One", "Two", "Three", "Four"}


def test_page_without_any_valid_time_raises(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    zcrm.mirror(Lead).sync()
    for name in ("One", "Two", "Three"):
        zcrm_emulator.create("Leads", Last_Name=name, Company="Acme")
    broken(monkeypatch, 2, all_rows=True)
    with pytest.raises(UnreadableResponse, match="no record with a valid id and time"):
        zcrm.mirror(Lead).sync()


@check_each(
    "number, operation, wrong",
    [
        (number, operation, wrong)
        for number, wrong in enumerate(["abc", "9" * 19, "9" * 20, "0", "_"])
        for operation in ("update", "delete")
    ],
)
def test_notice_with_invalid_id_blocks_no_other(
    body: dict[str, Any], post: Post, number: int, operation: str, wrong: str
) -> None:
    name, (lead_id,), now = f"{operation} {number}", body["ids"], body["server_time"] + 2 * number
    zcrm.records.update_one("Leads", lead_id, {"Last_Name": name})
    post({**body, "operation": operation, "ids": [wrong], "server_time": now})
    post({**body, "operation": operation, "ids": [wrong, lead_id], "server_time": now + 1})
    run_due()
    assert not Notice.objects.filter(done_at=None).exists()
    assert Lead.objects.get(zoho_id=lead_id).name == name
    assert not MirrorState.objects.get(module="Leads").failures
