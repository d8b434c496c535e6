"""Records that are deleted, restored, converted, merged or hidden; no row is marked unseen."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.exceptions import ZCRMError
from django_zcrm.mirror import no_push, record_synced
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.planning import windows as planning
from django_zcrm.mirror.pull import files, initial_sync
from django_zcrm.mirror.runners.due import attempt
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.hearing import hear
from tests.mirror.pushing import Send, push_changes
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def make(emulator: SiteEmulator, connection: Connection, count: int) -> tuple[Mirror, list[str]]:
    leads = emulator.create("Leads", count, Last_Name=lambda number: f"Lead {number}")
    mirror = Mirror(Lead, connection)
    emulator.advance(minutes=10)
    mirror.sync()
    emulator.advance(minutes=10)
    return mirror, [lead["id"] for lead in leads]


def states() -> dict[str, int]:
    return Counter(Lead.objects.values_list("zoho_state", flat=True))


def test_deleted_record_is_marked_and_signalled(
    zcrm_emulator: SiteEmulator, connection: Connection, django_capture_on_commit_callbacks: Any
) -> None:
    mirror, ids = make(zcrm_emulator, connection, 3)
    zcrm_emulator.client().records.delete_one("Leads", ids[1])
    with hear(record_synced, Lead) as heard, django_capture_on_commit_callbacks(execute=True):
        mirror.sync()
    assert [(call["instance"].zoho_id, call["change"]) for call in heard] == [(ids[1], "deleted")]
    assert states() == {"live": 2, "deleted": 1}
    # The overlap lists it again, and causes no further request.
    zcrm_emulator.forget_requests()
    mirror.sync()
    assert len(zcrm_emulator.requests) == 2
    assert states() == {"live": 2, "deleted": 1}


def test_listed_deletion_is_verified_before_it_is_applied(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    mirror, ids = make(zcrm_emulator, connection, 3)
    table = zcrm_emulator.org.records.table("Leads")
    zcrm_emulator.client().records.delete_one("Leads", ids[0])
    # The list still names a record that was restored between the two requests.
    table.restore(table.deleted[ids[0]].record or {})
    mirror.sync()
    assert states() == {"live": 3}


def test_hundreds_of_deletions_are_all_found(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    mirror, ids = make(zcrm_emulator, connection, 650)
    zcrm_emulator.client().records.delete("Leads", ids[:550])
    mirror.sync()
    assert states() == {"live": 100, "deleted": 550}
    before = MirrorState.objects.get().deleted_until
    mirror.sync()  # a poll without deletions
    after = MirrorState.objects.get().deleted_until
    assert before is not None
    assert after is not None
    assert after > before


def test_mirror_idle_longer_than_zoho_lists_deletions_is_reconciled(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    mirror, ids = make(zcrm_emulator, connection, 30)
    zcrm_emulator.client().records.delete_one("Leads", ids[0])
    zcrm_emulator.advance(days=130)
    mirror.sync()
    state = MirrorState.objects.get()
    assert (state.drift, states()) == (1, {"live": 29, "unreachable": 1})


def test_converted_lead_is_unreachable_and_its_contact_is_live(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    mirror, ids = make(zcrm_emulator, connection, 30)
    for module in (Contact, Account):
        Mirror(module, connection).sync()
    made = zcrm_emulator.client().leads.convert(ids[0], {"overwrite": True})
    zcrm_emulator.advance(minutes=10)
    for module in (Contact, Account):
        Mirror(module, connection).sync()
    mirror.sync()
    # No change and no deletion reports the lead; what it became has its own rows.
    contact = Contact.objects.get()
    assert contact.zoho_id == made.details["Contacts"]["id"]
    assert (contact.last_name, contact.zoho_state) == ("Lead 0", "live")
    assert states() == {"live": 30}
    assert mirror.reconcile() == 1
    assert Lead.objects.get(zoho_id=ids[0]).zoho_state == "unreachable"
    assert states() == {"live": 29, "unreachable": 1}
    assert mirror.reconcile() == 0


def test_comparison_after_merge_follows_moved_lookups(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    winner, loser = zcrm_emulator.create("Accounts", 2, Account_Name=lambda n: f"Account {n}")
    zcrm_emulator.create("Contacts", Last_Name="Fox", Account_Name={"id": loser["id"]})
    zcrm_emulator.create("Accounts", Account_Name="Child", Parent_Account={"id": loser["id"]})
    mirrors = Mirror(Account, connection), Mirror(Contact, connection)
    zcrm_emulator.advance(minutes=10)
    for mirror in mirrors:
        mirror.sync()
    assert Contact.objects.get().account == Account.objects.get(zoho_id=loser["id"])

    zcrm_emulator.client().records.merge("Accounts", winner["id"], {"data": [{"id": loser["id"]}]})
    zcrm_emulator.advance(minutes=10)
    for mirror in mirrors:
        mirror.sync()
    assert Account.objects.get(zoho_id=loser["id"]).zoho_state == "deleted"
    # Neither record has a new Modified_Time, so the comparison finds no drift.
    assert [mirror.reconcile() for mirror in mirrors] == [0, 0]

    master = Account.objects.get(zoho_id=winner["id"])
    assert Contact.objects.get().account == master
    assert Account.objects.get(name="Child").parent == master


@pytest.mark.parametrize("is_sent", [False, True], ids=["before the deletion", "after it"])
def test_comparison_follows_lookup_that_moved_from_a_record_whose_row_was_deleted(
    zcrm_emulator: SiteEmulator, connection: Connection, is_sent: bool
) -> None:
    winner, loser = zcrm_emulator.create("Accounts", 2)
    zcrm_emulator.create("Contacts", Last_Name="Fox", Account_Name={"id": loser["id"]})
    accounts, contacts = Mirror(Account, connection), Mirror(Contact, connection)
    zcrm_emulator.advance(minutes=10)
    accounts.sync()
    contacts.sync()
    Account.objects.get(zoho_id=loser["id"]).delete()
    crm = zcrm_emulator.client()
    kid = Contact.objects.get().zoho_id
    crm.records.update("Contacts", [{"id": kid, "Last_Name": "Wolf"}])
    zcrm_emulator.advance(minutes=10)
    contacts.sync()
    assert Contact.objects.get().account is None
    crm.records.merge("Accounts", winner["id"], {"data": [{"id": loser["id"]}]})
    zcrm_emulator.advance(minutes=10)
    if is_sent:
        accounts.sync()
    contacts.reconcile()
    assert Contact.objects.get().account == Account.objects.get(zoho_id=winner["id"])


def test_new_record_with_lookup_to_a_deleted_one_is_not_missing(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    zcrm_emulator.create("Accounts")
    accounts, contacts = Mirror(Account, connection), Mirror(Contact, connection)
    accounts.sync()
    contacts.sync()
    zcrm_emulator.org.row_lag = 30.0
    contact = Contact.objects.create(
        last_name="Fox", account=Account.objects.get(), connection=connection
    )
    assert push_changes(connection, "Contacts").done == 1
    Account.objects.update(zoho_state="deleted")
    contacts.reconcile()
    contact.refresh_from_db()
    assert contact.zoho_state == "live"


def test_drift_is_found_and_fixed(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    mirror, ids = make(zcrm_emulator, connection, 30)
    assert mirror.reconcile() == 0
    with no_push():
        Lead.objects.filter(zoho_id=ids[0]).delete()
    behind = timezone.now() - timedelta(days=400)
    Lead.objects.filter(zoho_id=ids[1]).update(name="Old", zoho_modified_time=behind)
    Lead.objects.filter(zoho_id=ids[2]).update(zoho_state="deleted")
    zcrm_emulator.hide(ids[3])
    assert mirror.reconcile() == 4
    assert states() == {"live": 29, "unreachable": 1}
    assert Lead.objects.get(zoho_id=ids[0]).name == "Lead 0"
    assert Lead.objects.get(zoho_id=ids[1]).name == "Lead 1"
    zcrm_emulator.hide()
    assert mirror.reconcile() == 1
    assert states() == {"live": 30}
    assert mirror.reconcile() == 0


def test_record_that_zoho_shows_late_is_not_missing(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    mirror, _ = make(zcrm_emulator, connection, 3)
    zcrm_emulator.lag(rows=20)
    Lead.objects.create(connection=connection, name="Fox", company="Acme")
    assert send().done == 1
    assert mirror.reconcile() == 0
    assert states() == {"live": 4}


def test_ids_of_many_records_come_by_jobs(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MAX_RECORDS", 20)
    monkeypatch.setattr(files, "MAX_DIRECT", 5)
    monkeypatch.setattr(initial_sync, "PAGE", 7)
    for number in range(50):
        created = (timezone.now() - timedelta(days=60 - number)).isoformat()
        zcrm_emulator.create("Leads", Last_Name=f"Lead {number}", Created_Time=created)
    zcrm_emulator.advance(minutes=10)
    mirror = Mirror(Lead, connection)
    mirror.sync()
    zcrm_emulator.org.bulk.rows = 8
    with no_push():
        Lead.objects.order_by("zoho_id")[0].delete()
    zcrm_emulator.hide(str(Lead.objects.order_by("zoho_id")[10].zoho_id))
    zcrm_emulator.forget_requests()
    assert mirror.reconcile() == 2
    assert states() == {"live": 49, "unreachable": 1}
    assert len(zcrm_emulator.requests_to("POST", "/crm/bulk/*/read")) >= 6


def test_reconcile_with_tenth_hidden_blocks_mirror(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    mirror, ids = make(zcrm_emulator, connection, 300)
    zcrm_emulator.hide(*ids[:30])
    with pytest.raises(ZCRMError, match=r"no longer shows all rows \(30 of 300\)"):
        mirror.reconcile()
    state = MirrorState.objects.get()
    assert (state.phase, state.blocked, state.drift) == ("blocked", "too_many_missing", 30)
    assert states() == {"live": 300}
    # Changes are read in the meantime, and the block stays.
    zcrm_emulator.create("Leads", Last_Name="Later")
    zcrm_emulator.advance(minutes=10)
    MirrorState.objects.update(due=timezone.now())
    attempt(mirror.state)
    assert Lead.objects.filter(name="Later").exists()
    assert MirrorState.objects.get().blocked == "too_many_missing"
    # A day later it checks again: the rights were given back.
    zcrm_emulator.hide()
    yesterday = timezone.now() - timedelta(days=1, minutes=1)
    MirrorState.objects.update(due=timezone.now(), reconciled_at=yesterday)
    attempt(mirror.state)
    state = MirrorState.objects.get()
    assert (state.phase, state.blocked, state.drift) == ("live", "", 0)


@pytest.mark.parametrize("by", ["force", "resume"])
def test_reconciliation_confirmed_by_a_person_removes_many_rows(
    zcrm_emulator: SiteEmulator, connection: Connection, by: str
) -> None:
    mirror, ids = make(zcrm_emulator, connection, 300)
    zcrm_emulator.hide(*ids[:30])
    with pytest.raises(ZCRMError, match="too_many_missing"):
        mirror.reconcile()
    if by == "force":
        assert mirror.reconcile(force=True) == 30
    else:
        mirror.resume()
        mirror.sync()
    assert states() == {"live": 270, "unreachable": 30}
    assert MirrorState.objects.get().phase == "live"


def test_purged_record_is_marked_deleted(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    mirror, ids = make(zcrm_emulator, connection, 2)
    zcrm_emulator.client().records.delete_one("Leads", ids[0])
    zcrm_emulator.advance(days=20)
    zcrm_emulator.client().recycle_bin.delete_one(ids[0])
    mirror.sync()
    assert states() == {"live": 1, "deleted": 1}
