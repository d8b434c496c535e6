"""Rare conditions of the pull: forgotten files, records hidden for a moment."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as db
from django.utils import timezone

from django_zcrm.exceptions import UnreadableResponse, ZCRMError
from django_zcrm.mirror import run_due
from django_zcrm.mirror.leased_mirror import LeasedMirror
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState, ModuleMetadata, UnstoredRecord
from django_zcrm.mirror.planning import windows
from django_zcrm.mirror.pull import delta, files, reading, refresh
from django_zcrm.mirror.pull import fields as pulled
from django_zcrm.mirror.pull.fields import complete_records
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.query.compile import limits
from django_zcrm.zoho.query.read import changes, selecting
from tests.mirror.clock import Clock
from tests.mirror.metadata import without_field
from tests.mirror.pulling import finish_refresh, pull_only
from tests.mirror.pushing import push_changes
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = pytest.mark.django_db

SCOPES = "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.org.READ"


def test_refresh_of_one_field_keeps_problem_of_another(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    declare: Any,
) -> None:
    zcrm_emulator.create("Accounts", Account_Name="Acme", Industry="I" * 50, Employees=1)
    clock.forward(minutes=20)
    declare(Account, fields={"name": "Account_Name"}, push=["name"])
    mirror = Mirror(Account, connection)
    finish_refresh(mirror)
    field = Account._meta.get_field("industry")
    monkeypatch.setattr(field, "max_length", 10)
    fields = {"name": "Account_Name", "industry": "Industry"}
    declare(Account, fields=fields)
    finish_refresh(mirror)
    assert UnstoredRecord.objects.count() == 1
    # The next release reads another field.
    declare(Account, fields={**fields, "employees": "Employees"})
    finish_refresh(mirror)
    assert Account.objects.get().employees == 1
    assert UnstoredRecord.objects.count() == 1  # its industry still does not fit
    monkeypatch.undo()


@pytest.mark.skipif("db.vendor == 'mysql'", reason="creating an index ends the transaction")
def test_lookup_that_the_database_refuses_does_not_block_others(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    account = zcrm_emulator.create("Accounts", Account_Name="Acme")
    for name in ("Fox", "Wolf"):
        zcrm_emulator.create("Contacts", Last_Name=name, Account_Name={"id": account["id"]})
    with db.cursor() as cursor:  # as with OneToOneField, or UniqueConstraint(fields=["account"])
        table = Contact._meta.db_table
        cursor.execute(f"CREATE UNIQUE INDEX one_contact ON {table} (account_id)")
    Mirror(Contact, connection).sync()
    mirror = Mirror(Account, connection)
    mirror.sync()
    assert Account.objects.get().name == "Acme"


def test_row_shows_cleared_lookup_until_it_is_sent(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    old = zcrm_emulator.create("Accounts", Account_Name="Old")
    contact = zcrm_emulator.create("Contacts", Last_Name="Fox", Account_Name={"id": old["id"]})
    Mirror(Account, connection).sync()
    Mirror(Contact, connection).sync()
    new = zcrm_emulator.create("Accounts", Account_Name="New")
    zcrm_emulator.client().records.update(
        "Contacts", [{"id": contact["id"], "Account_Name": {"id": new["id"]}}]
    )
    row = Contact.objects.get()
    assert row.account is not None
    row.account = None
    row.save()
    pull_only(connection, "Contacts")
    assert Contact.objects.get().account is None
    pull_only(connection, "Accounts")
    assert Contact.objects.get().account is None


def test_refresh_with_forgotten_later_part_of_a_file_reads_all(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    declare: Any,
) -> None:
    declare(Account, fields={"name": "Account_Name"}, push=["name"])
    for n in range(6):
        zcrm_emulator.create("Accounts", Account_Name=f"Acme {n}", Industry=f"I{n}")
    clock.forward(minutes=20)
    mirror = Mirror(Account, connection)
    mirror.sync()
    clock.forward(minutes=20)
    declare(Account, fields={"name": "Account_Name", "industry": "Industry"})
    monkeypatch.setattr(files, "MAX_DIRECT", 0)
    monkeypatch.setattr(refresh, "PAGE", 1)
    zcrm_emulator.org.bulk.rows = 2
    with monkeypatch.context() as patch:
        patch.setattr(LeasedMirror, "is_out_of_time", property(lambda self: True))
        for _ in range(100):
            pull_only(connection, "Accounts")
            windows = MirrorState.objects.get().refreshed.get("files", {}).get("windows", [])
            if len(windows) > 2 and windows[1].get("applied"):
                break
    assert not windows[1].get("done")
    del zcrm_emulator.org.bulk.jobs[windows[1]["job"]]  # Zoho deletes files after a day
    for _ in range(30):
        mirror.sync()
        if "files" not in MirrorState.objects.get().refreshed:
            break
    names = [f"I{n}" for n in range(6)]
    assert sorted(Account.objects.values_list("industry", flat=True)) == names


def test_field_of_single_records_is_read_later_if_the_record_was_hidden_for_a_moment(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As if the industry were a subform, which only a request for a single record returns.
    monkeypatch.setattr(pulled, "CHILD_TYPES", {"picklist"})
    record = zcrm_emulator.create("Accounts", Account_Name="Acme", Industry="Old")
    mirror = Mirror(Account, connection)
    mirror.sync()
    assert Account.objects.get().industry == "Old"
    clock.forward(minutes=20)
    zcrm_emulator.client().records.update("Accounts", [{"id": record["id"], "Industry": "New"}])
    clock.forward(minutes=20)

    def complete(*args: Any) -> None:
        zcrm_emulator.hide(record["id"])
        complete_records(*args)
        zcrm_emulator.hide()

    with monkeypatch.context() as patch:
        patch.setattr(delta, "complete_records", complete)
        mirror.sync()
    clock.forward(minutes=20)
    mirror.sync()
    mirror.reconcile()
    assert Account.objects.get().industry == "New"


def test_fields_of_later_requests_are_read_later_if_the_record_was_hidden_for_a_moment(
    zcrm_emulator: SiteEmulator, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = zcrm_emulator.connect(scopes=SCOPES)  # without COQL
    monkeypatch.setattr(changes, "MAX_FIELDS", 2)
    record = zcrm_emulator.create("Accounts", Account_Name="Acme", Industry="Old", Employees=1)
    mirror = Mirror(Account, connection)
    mirror.sync()
    clock.forward(minutes=20)
    values = {"id": record["id"], "Account_Name": "New", "Industry": "New", "Employees": 2}
    zcrm_emulator.client().records.update("Accounts", [values])
    clock.forward(minutes=20)
    by_ids, hidden = changes._by_ids, []

    def hiding(*args: Any) -> Any:
        hidden.append(record["id"])
        zcrm_emulator.hide(record["id"])
        rows = yield from by_ids(*args)
        zcrm_emulator.hide()
        return rows

    with monkeypatch.context() as patch:
        patch.setattr(changes, "_by_ids", hiding)
        mirror.sync()
    assert hidden
    clock.forward(minutes=20)
    mirror.sync()
    mirror.reconcile()
    row = Account.objects.get()
    assert (row.name, row.industry, row.employees) == ("New", "New", 2)


def test_refresh_does_not_read_deleted_rows_without_time(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    clock: Clock,
    declare: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declare(Account, fields={"name": "Account_Name"}, push=["name"])
    zcrm_emulator.create("Accounts", 3, Account_Name="Acme", Industry="Banking")
    clock.forward(minutes=20)
    mirror = Mirror(Account, connection)
    finish_refresh(mirror)
    for record in zcrm_emulator.records("Accounts"):
        zcrm_emulator.client().records.delete("Accounts", [record["id"]])
    Account.objects.update(zoho_state="deleted", zoho_modified_time=None)
    clock.forward(minutes=20)
    declare(Account, fields={"name": "Account_Name", "industry": "Industry"})
    read: list[list[str]] = []

    def fetch(mirror: LeasedMirror, ids: list[str]) -> list[Any]:
        read.append(ids)
        return []

    monkeypatch.setattr(reading, "_fetch_by_ids", fetch)
    finish_refresh(mirror)
    assert read == []


@pytest.mark.parametrize("what", ["initial sync", "comparison"])
def test_bulk_read_is_replaced_if_a_later_grant_lacks_its_scope(
    zcrm_emulator: SiteEmulator,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    monkeypatch.setattr(files, "MAX_DIRECT", 0)
    zcrm_emulator.connect()
    zcrm_emulator.create("Accounts", Account_Name="Acme", Industry="Old")
    run_due()
    state = MirrorState.objects.filter(module="Accounts")
    for _ in range(10):
        clock.forward(minutes=10)
        run_due()
    assert not state.get().is_in_initial_sync
    zcrm_emulator.org.bulk.seconds = 60
    if what == "comparison":
        state.request_reconcile()
    else:
        state.request_initial_sync()
    for _ in range(2):
        run_due()
    assert "job" in str(state.get().windows) + str(state.get().reconciliation)
    zcrm_emulator.connect(scopes=f"{SCOPES},ZohoCRM.coql.READ")
    for _ in range(50):
        clock.forward(minutes=61)
        run_due()
    assert (state.get().phase, state.get().blocked) == ("live", ""), state.get().last_error


@pytest.mark.parametrize("what", ["window", "part"])
def test_initial_sync_continues_without_a_field_that_was_removed(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    monkeypatch.setattr(files, "MAX_DIRECT", 0)
    monkeypatch.setattr(files, "AHEAD", 1)
    for n in range(4):
        zcrm_emulator.create("Accounts", Account_Name=f"Acme {n}", Industry="Old")
        clock.forward(minutes=1)
    if what == "window":
        monkeypatch.setattr(windows, "MAX_RECORDS", 2)
    else:
        zcrm_emulator.org.bulk.rows = 2
    zcrm_emulator.org.bulk.seconds = 60
    MirrorState.objects.create(connection=connection, module="Accounts")
    pull_only(connection, "Accounts")
    pull_only(connection, "Accounts")
    state = MirrorState.objects.get(module="Accounts")
    assert state.windows[0]["job"]
    clock.forward(minutes=2)
    zcrm_emulator.client().bulk_read.get(state.windows[0]["job"])  # Zoho writes the file
    without_field(zcrm_emulator, monkeypatch, "Accounts", "Industry")
    for _ in range(20):
        clock.forward(minutes=6)
        run_due()
    state = MirrorState.objects.get(module="Accounts")
    assert not state.is_in_initial_sync, state.last_error
    assert Account.objects.count() == 4


def test_lookup_to_a_row_whose_id_was_unknown_is_set_with_the_id(
    zcrm_emulator: SiteEmulator, connection: Connection, clock: Clock
) -> None:
    accounts, contacts = Mirror(Account, connection), Mirror(Contact, connection)
    accounts.sync()
    contacts.sync()
    row = Account.objects.create(name="Acme")
    zcrm_emulator.fail_next("records.create", drop="after")
    with suppress(ZCRMError):
        push_changes(connection, "Accounts")
    (record,) = zcrm_emulator.records("Accounts")
    row.refresh_from_db()
    assert row.zoho_id is None  # the creation is in doubt
    zcrm_emulator.create("Contacts", Last_Name="Fox", Account_Name={"id": record["id"]})
    for _ in range(2):
        contacts.sync()
        clock.forward(minutes=20)
    accounts.sync()  # its worker finds the record
    row.refresh_from_db()
    assert row.zoho_id == record["id"]
    for _ in range(2):
        clock.forward(minutes=20)
        accounts.sync()
        contacts.sync()
    assert Contact.objects.get().account == row


def test_poll_does_not_end_if_all_records_of_a_page_are_hidden_between_its_requests(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As for a model with more fields than one COQL query takes.
    monkeypatch.setattr(limits, "_NEW", replace(limits._NEW, columns=3))
    monkeypatch.setattr(delta, "FIRST_PAGE", 2)
    mirror = Mirror(Lead, connection)
    mirror.sync()
    clock.forward(minutes=20)
    leads = zcrm_emulator.create("Leads", 4, Last_Name=lambda n: f"Lead {n}")
    clock.forward(minutes=20)
    add_columns, hidden = selecting.add_columns, [lead["id"] for lead in leads[:2]]

    def hide(*args: Any) -> Any:
        zcrm_emulator.hide(*hidden)
        return (yield from add_columns(*args))

    with monkeypatch.context() as patch:
        patch.setattr(selecting, "add_columns", hide)
        with suppress(UnreadableResponse):
            pull_only(connection, "Leads")
        MirrorState.objects.update(lease_owner="", lease_until=None)
    for _ in range(3):
        clock.forward(minutes=20)
        mirror.sync()
    assert Lead.objects.count() == 2


@pytest.mark.parametrize("scopes", [SCOPES, f"{SCOPES},ZohoCRM.coql.READ"], ids=["lists", "coql"])
def test_removed_field_is_noticed_by_lists(
    scopes: str,
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = zcrm_emulator.create("Accounts", Account_Name="Acme", Industry="Old")
    connection = zcrm_emulator.connect(scopes=scopes)
    mirror = Mirror(Account, connection)
    mirror.sync()
    assert Account.objects.get().industry == "Old"
    zcrm_emulator.client().records.update("Accounts", [{"id": record["id"], "Industry": "New"}])
    clock.forward(minutes=20)
    with monkeypatch.context() as patch:
        without_field(zcrm_emulator, patch, "Accounts", "Industry")
        mirror.sync()
    clock.forward(hours=1)
    mirror.sync()
    ModuleMetadata.objects.update(read_at=timezone.now() - timedelta(days=1, minutes=1))
    mirror.sync()
    mirror.reconcile()
    mirror.sync()
    assert Account.objects.get().industry == "New"
