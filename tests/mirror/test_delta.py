"""Changes in Zoho appear in the tables, whatever order, clock and limits they come by."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone as django_timezone

from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirroredRecord, MirrorState
from django_zcrm.mirror.pull import delta, fields, files, storing
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pulling import finish_refresh
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SOURCE = "/crm/*/coql"


def in_step(emulator: SiteEmulator, connection: Connection, model: Any = Lead) -> Mirror:
    """Return a mirror that has been read, a while before what comes next."""
    mirror = Mirror(model, connection)
    mirror.sync()
    emulator.advance(hours=1)
    mirror.sync()
    return mirror


def test_5000_records_of_one_second(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    mirror = in_step(zcrm_emulator, connection)
    zcrm_emulator.generate("Leads", 5_000)
    moment = zcrm_emulator.emulator.zoho.clock.now().replace(microsecond=0)
    table = zcrm_emulator.org.records.table("Leads")
    sample = next(iter(table.rows.values()))["Modified_Time"]
    stored = moment.strftime("%Y-%m-%dT%H:%M:%S") + sample[19:]
    for row in list(table.rows.values()):
        zcrm_emulator.org.records.put("Leads", {**row, "Modified_Time": stored})
    zcrm_emulator.forget_requests()
    mirror.sync()
    assert Lead.objects.count() == 5_000
    assert set(Lead.objects.values_list("zoho_modified_time", flat=True)) == {moment}
    assert len(zcrm_emulator.requests_to("POST", SOURCE)) == 4  # 200, and 2,000 each


def test_record_appearing_late_is_read(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    mirror = in_step(zcrm_emulator, connection)
    zcrm_emulator.lag(rows=90)
    zcrm_emulator.create("Leads", Last_Name="Late")
    for _ in range(3):
        zcrm_emulator.advance(seconds=40)
        mirror.sync()
    assert Lead.objects.filter(name="Late").exists()


@pytest.mark.parametrize("hours", [-1, 1])
def test_poll_of_a_worker_with_a_wrong_clock_misses_no_record(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    hours: int,
) -> None:
    mirror = in_step(zcrm_emulator, connection)
    real = django_timezone.now
    monkeypatch.setattr(django_timezone, "now", lambda: real() + timedelta(hours=hours))
    for number in range(3):
        zcrm_emulator.create("Leads", Last_Name=f"Lead {number}")
        zcrm_emulator.advance(minutes=4)
        mirror.sync()
    assert Lead.objects.count() == 3
    until = MirrorState.objects.get().synced_until
    assert until is not None
    assert until <= zcrm_emulator.emulator.zoho.clock.now()


def test_user_time_zone_offset_is_respected(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    user = next(iter(zcrm_emulator.org.users.values()))
    user.time_zone = "Asia/Kolkata"
    mirror = in_step(zcrm_emulator, connection)
    zcrm_emulator.create("Leads", 2, Last_Name=lambda number: f"Lead {number}")
    mirror.sync()
    assert Lead.objects.count() == 2
    record = zcrm_emulator.client().records.list("Leads", fields=["Modified_Time"]).rows[0]
    assert record["Modified_Time"].endswith("+05:30")
    stored = Lead.objects.get(zoho_id=record["id"]).zoho_modified_time
    assert stored == datetime.fromisoformat(record["Modified_Time"])
    zcrm_emulator.advance(minutes=20)
    mirror.sync()
    zcrm_emulator.create("Leads", Last_Name="Lead 2")
    mirror.sync()
    assert Lead.objects.count() == 3


def break_storing(patch: pytest.MonkeyPatch, cut: int) -> Counter[str]:
    """Read pages of two, and fail at the end of one; return how often each record was read."""
    patch.setattr(delta, "FIRST_PAGE", 2)
    patch.setattr(delta, "PAGE", 2)
    store, read, pages = storing.store_records, Counter[str](), count(1)

    def breaks(mirror: Any, columns: Any, rows: Any, *args: Any, **options: Any) -> Any:
        read.update(str(row["id"]) for row in rows)
        applied = store(mirror, columns, rows, *args, **options)
        if next(pages) == cut:
            raise RuntimeError("of the machine's")
        return applied

    patch.setattr(storing, "store_records", breaks)
    return read


def test_interrupted_poll_continues_with_its_safe_until(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = in_step(zcrm_emulator, connection)
    break_storing(monkeypatch, 3)
    zcrm_emulator.create("Leads", 5, Last_Name=lambda number: f"Lead {number}")
    begun = zcrm_emulator.emulator.zoho.clock.now()
    with pytest.raises(RuntimeError):
        mirror.sync()
    state = MirrorState.objects.get()
    assert (Lead.objects.count(), state.cursor_id != "") == (4, True)
    zcrm_emulator.advance(days=1)
    mirror_until = state.safe_until
    assert mirror_until is not None
    assert mirror_until <= begun
    MirrorState.objects.update(due=django_timezone.now())
    mirror.sync()
    state = MirrorState.objects.get()
    assert (Lead.objects.count(), state.cursor_id) == (5, "")
    # What appeared after the cut, before the cursor, is in the overlap of the next poll.
    assert state.synced_until == mirror_until


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_continued_poll_repeats_at_most_one_page(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    mirror = in_step(zcrm_emulator, connection)
    read = break_storing(monkeypatch, cut)
    zcrm_emulator.create("Leads", 9, Last_Name=lambda number: f"Lead {number}")
    with pytest.raises(RuntimeError):
        mirror.sync()
    mirror.sync()
    assert (Lead.objects.count(), len(read)) == (9, 9)
    repeated = read.total() - len(read)
    assert 0 < repeated <= 2


@pytest.mark.parametrize("rows", [200, 2_000])
def test_poll_cost_is_independent_of_size(
    zcrm_emulator: SiteEmulator, connection: Connection, rows: int
) -> None:
    zcrm_emulator.generate("Leads", rows)
    mirror = in_step(zcrm_emulator, connection)
    ids = [str(row.zoho_id) for row in Lead.objects.order_by("pk")[:110]]
    crm = zcrm_emulator.client()
    crm.records.update(
        "Leads", [{"id": record_id, "Company": "Changed"} for record_id in ids[:100]]
    )
    crm.records.delete("Leads", ids[100:])
    zcrm_emulator.forget_requests()
    with CaptureQueriesContext(database) as queries:
        mirror.sync()
    assert Lead.objects.filter(company="Changed").count() == 100
    assert Lead.objects.filter(zoho_state="deleted").count() == 10
    assert len(zcrm_emulator.requests) == 3
    assert len(queries) <= 60


@pytest.mark.parametrize("version", ["v3", "v4", "v6"])
def test_versions_whose_coql_takes_few_columns(
    zcrm_emulator: SiteEmulator, connection: Connection, settings: Any, version: str
) -> None:
    settings.ZCRM = {**settings.ZCRM, "API_VERSION": version}
    mirror = in_step(zcrm_emulator, connection, "Contacts")  # of more than 50 fields
    zcrm_emulator.create("Contacts", 3, Last_Name=lambda number: f"Fox {number}")
    mirror.sync()
    assert Contact.objects.count() == 3
    mirror = in_step(zcrm_emulator, connection, "Deals")
    zcrm_emulator.create("Deals", 3, Deal_Name=lambda number: f"Deal {number}", Next_Step="Call")
    mirror.sync()
    rows = MirroredRecord.objects.filter(module="Deals")
    assert {row.data["Next_Step"] for row in rows} == {"Call"}


def test_subforms_are_read_with_their_records(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = in_step(zcrm_emulator, connection, "Quotes")
    listed = fields.fields_of

    def with_items(mirror: Any) -> fields.PulledFields:
        usual = listed(mirror)
        return fields.PulledFields(
            usual.listed, usual.exported, ("Quoted_Items",), usual.has_time, usual.is_created
        )

    monkeypatch.setattr(delta, "fields_of", with_items)
    quote = zcrm_emulator.create("Quotes", Subject="Offer")
    mirror.sync()
    [row] = MirroredRecord.objects.filter(module="Quotes")
    assert row.data["Quoted_Items"] == quote["Quoted_Items"]
    assert row.data["Quoted_Items"]


def test_module_without_modified_time_is_read_as_a_whole(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fields, "TIME", "Not_There")
    monkeypatch.setattr(delta, "FIRST_PAGE", 2)
    monkeypatch.setattr(delta, "PAGE", 2)
    zcrm_emulator.create("Leads", 5, Last_Name=lambda number: f"Lead {number}")
    mirror = in_step(zcrm_emulator, connection)
    assert Lead.objects.count() == 5
    first = zcrm_emulator.records("Leads")[0]
    zcrm_emulator.client().records.update_one("Leads", first["id"], {"Company": "Changed"})
    mirror.sync()
    assert Lead.objects.get(zoho_id=first["id"]).company == "Changed"
    assert mirror.reconcile() == 0


@pytest.mark.parametrize("direct", [0, 2_000])
def test_field_whose_changes_zoho_does_not_report_is_read_after_its_period(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    declare: Any,
    direct: int,
) -> None:
    monkeypatch.setattr(files, "MAX_DIRECT", direct)
    declare(Account, refresh={"Employees": "daily"})
    accounts = zcrm_emulator.create("Accounts", 3, Account_Name="Acme", Employees=1)
    mirror = in_step(zcrm_emulator, connection, Account)
    table = zcrm_emulator.org.records.table("Accounts")
    for account in accounts:  # as a formula changes: Modified_Time stays
        row = table.get(account["id"])
        zcrm_emulator.org.records.put("Accounts", {**(row or {}), "Employees": 7})
    moments = list(Account.objects.values_list("zoho_modified_time", flat=True))
    mirror.sync()
    assert set(Account.objects.values_list("employees", flat=True)) == {1}
    day = timedelta(days=1, minutes=1)
    state = MirrorState.objects.get()
    at = datetime.fromisoformat(state.refreshed["Employees"]) - day
    MirrorState.objects.update(refreshed={"Employees": at.isoformat()})
    finish_refresh(mirror)
    assert set(Account.objects.values_list("employees", flat=True)) == {7}
    assert list(Account.objects.values_list("zoho_modified_time", flat=True)) == moments
    zcrm_emulator.forget_requests()
    mirror.sync()
    assert len(zcrm_emulator.requests) == 2
