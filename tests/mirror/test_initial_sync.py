"""The initial sync: in windows, resumable, by each way that the connection's scopes allow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirroredRecord, MirrorState, RecordState
from django_zcrm.mirror.planning import windows as planning
from django_zcrm.mirror.pull import files, initial_sync, storing
from django_zcrm.mirror.runners.due import attempt
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pushing import push_changes
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

OLD = datetime(2020, 1, 1, tzinfo=UTC)
MODULES = "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.READ,ZohoCRM.org.READ"


@pytest.fixture(autouse=True)
def small_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows of ten records, and pages of four."""
    monkeypatch.setattr(planning, "MAX_RECORDS", 10)
    monkeypatch.setattr(files, "MAX_DIRECT", 5)
    monkeypatch.setattr(initial_sync, "PAGE", 4)


def make_leads(emulator: SiteEmulator, count: int = 24) -> None:
    for number in range(count):
        created = (OLD + timedelta(days=number)).isoformat()
        emulator.create("Leads", Last_Name=f"Lead {number}", Created_Time=created)


def names() -> list[str]:
    return sorted(
        Lead.objects.values_list("name", flat=True), key=lambda name: int(name.split()[1])
    )


def all_names(count: int = 24) -> list[str]:
    return [f"Lead {number}" for number in range(count)]


def test_many_records_come_by_jobs_of_windows(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    make_leads(zcrm_emulator)
    seen: list[float | None] = []
    Mirror(Lead, connection).sync(progress=lambda status: seen.append(status.progress))
    assert names() == all_names()
    assert len(zcrm_emulator.requests_to("POST", "/crm/bulk/*/read")) == 3
    known = [share for share in seen if share is not None]
    assert known == sorted(known)
    assert 0 < known[-1] <= 1
    state = MirrorState.objects.get()
    assert (state.phase, state.windows) == ("live", [])
    assert state.synced_until is not None


def test_initial_sync_with_expired_files_continues(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    make_leads(zcrm_emulator)
    mirror = Mirror(Lead, connection)
    while not Lead.objects.exists():
        attempt(mirror.state)
        MirrorState.objects.update(due=OLD)
    before = Lead.objects.count()
    assert 0 < before < 24
    zcrm_emulator.advance(days=3)
    zcrm_emulator.org.bulk.jobs.clear()
    zcrm_emulator.org.bulk.waiting.clear()
    zcrm_emulator.forget_requests()
    mirror.sync()
    assert names() == all_names()
    # The window that was read is not read again.
    assert len(zcrm_emulator.requests_to("POST", "/crm/bulk/*/read", status=201)) == 2


@pytest.mark.parametrize("scopes", ["", ",ZohoCRM.coql.READ", ",ZohoCRM.bulk.READ"])
def test_initial_sync_without_scope_uses_other_calls(
    zcrm_emulator: SiteEmulator, scopes: str
) -> None:
    connection = zcrm_emulator.connect(scopes=MODULES + scopes)
    make_leads(zcrm_emulator)
    mirror = Mirror(Lead, connection)
    mirror.sync()
    assert names() == all_names()
    zcrm_emulator.advance(minutes=10)
    zcrm_emulator.create("Leads", Last_Name="Lead 24")
    mirror.sync()
    assert names() == all_names(25)


def test_initial_sync_without_bulk_read_uses_other_calls(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    account = zcrm_emulator.create("Accounts", Account_Name="Acme")
    crm = zcrm_emulator.client()
    for number in range(7):
        parent = {"module": {"api_name": "Accounts"}, "id": account["id"]}
        crm.records.create_one(
            "Notes", {"Note_Title": f"Note {number}", "Note_Content": "n", "Parent_Id": parent}
        )
    Mirror("Notes", connection).sync()
    titles = {row.data["Note_Title"] for row in MirroredRecord.objects.filter(module="Notes")}
    assert titles == {f"Note {number}" for number in range(7)}


def test_few_records_take_no_job(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    make_leads(zcrm_emulator, 3)
    Mirror(Lead, connection).sync()
    zcrm_emulator.assert_not_called("POST", "/crm/bulk/*/read")
    assert names() == all_names(3)


def test_files_of_bulk_reads_give_the_rows_of_polls(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    accounts = zcrm_emulator.create("Accounts", 8, Account_Name=lambda n: f"Account {n}")
    values: dict[str, Any] = {"Last_Name": 'Ü "quoted",\nand more', "First_Name": None}
    zcrm_emulator.create("Contacts", 8, **values, Account_Name=accounts[0])
    Mirror(Account, connection).sync()
    mirror = Mirror(Contact, connection)
    mirror.sync()
    contacts = Contact.objects.values("last_name", "first_name", "email", "account__name")
    by_file = list(contacts.order_by("zoho_id"))
    assert by_file[0]["last_name"] == values["Last_Name"]
    assert by_file[0]["account__name"] == "Account 0"
    MirrorState.objects.update(synced_until=OLD)
    Contact.objects.update(last_name="")
    mirror.sync()
    assert list(contacts.order_by("zoho_id")) == by_file


@pytest.mark.parametrize("cut", [1, 3, 7])
def test_continued_initial_sync_repeats_at_most_one_page(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    make_leads(zcrm_emulator)
    store, pages = storing.store_records, list[list[str]]()

    def breaks(mirror: Any, columns: Any, rows: Any, *args: Any, **options: Any) -> Any:
        pages.append([str(row["id"]) for row in rows])
        applied = store(mirror, columns, rows, *args, **options)
        if len(pages) == cut:
            raise RuntimeError("of the machine's")
        return applied

    monkeypatch.setattr(storing, "store_records", breaks)
    mirror = Mirror(Lead, connection)
    with pytest.raises(RuntimeError):
        mirror.sync()
    mirror.sync()
    assert names() == all_names()
    read = [row for page in pages for row in page]
    assert len(read) - len(set(read)) == len(pages[cut - 1]) <= initial_sync.PAGE


def test_record_deleted_between_its_push_and_the_initial_sync_is_found(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    for name in ("Fox", "Owl"):
        Lead.objects.create(connection=connection, name=name)
    assert push_changes(connection).done == 2
    zcrm_emulator.client().records.delete_one("Leads", str(Lead.objects.get(name="Fox").zoho_id))
    zcrm_emulator.advance(hours=1)
    Mirror(Lead, connection).sync()
    states = dict(Lead.objects.values_list("name", "zoho_state"))
    assert states == {"Fox": RecordState.UNREACHABLE, "Owl": RecordState.LIVE}
