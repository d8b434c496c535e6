"""A new release of a site changes a model's fields: the mirror fills the columns of all rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from django_zcrm.mirror import targets
from django_zcrm.mirror.leased_mirror import LeasedMirror
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirroredRecord, MirrorState, OutboxItem
from django_zcrm.mirror.pull import fields as pulled
from django_zcrm.mirror.pull import files, refresh
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.clock import Clock
from tests.mirror.pulling import finish_refresh
from tests.mirror.shop.models import Account

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


Release = Callable[..., None]


@pytest.fixture
def release(declare: Any) -> Release:
    """A function that sets the fields of `Account`, as the next release of a site does."""
    return lambda **fields: declare(Account, fields=fields, push=[*fields])


@pytest.mark.parametrize("direct", [0, 2_000])
def test_added_field_is_filled(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    release: Release,
    direct: int,
) -> None:
    monkeypatch.setattr(files, "MAX_DIRECT", direct)
    release(name="Account_Name")
    parent = zcrm_emulator.create("Accounts", Account_Name="Parent", Industry="Manufacturing")
    zcrm_emulator.create("Accounts", Account_Name="Child", Parent_Account={"id": parent["id"]})
    mirror = Mirror(Account, connection)
    finish_refresh(mirror)
    moments = list(Account.objects.values_list("zoho_modified_time", flat=True))
    assert not Account.objects.exclude(industry="").exists()

    release(name="Account_Name", industry="Industry", parent="Parent_Account")
    finish_refresh(mirror)

    assert Account.objects.get(name="Parent").industry == "Manufacturing"
    child = Account.objects.select_related("parent").get(name="Child")
    assert child.parent is not None
    assert child.parent.name == "Parent"
    assert list(Account.objects.values_list("zoho_modified_time", flat=True)) == moments
    zcrm_emulator.forget_requests()
    mirror.sync()
    assert len(zcrm_emulator.requests) == 2  # changes and deletions: nothing is read twice


def test_column_with_other_field_is_filled(
    zcrm_emulator: SiteEmulator, connection: Connection, release: Release
) -> None:
    zcrm_emulator.create("Accounts", Industry="Manufacturing", Account_Site="Head office")
    release(name="Account_Name", industry="Industry")
    mirror = Mirror(Account, connection)
    mirror.sync()

    release(name="Account_Name", industry="Account_Site")
    mirror.sync()

    assert Account.objects.get().industry == "Head office"


def test_field_that_returns_after_a_while_is_filled(
    zcrm_emulator: SiteEmulator, connection: Connection, release: Release
) -> None:
    account = zcrm_emulator.create("Accounts", Account_Name="Acme", Industry="Manufacturing")
    release(name="Account_Name", industry="Industry")
    mirror = Mirror(Account, connection)
    mirror.sync()

    release(name="Account_Name")
    mirror.sync()
    row = zcrm_emulator.org.records.table("Accounts").get(account["id"])
    zcrm_emulator.org.records.put("Accounts", {**(row or {}), "Industry": "Consulting"})
    release(name="Account_Name", industry="Industry")
    mirror.sync()

    assert Account.objects.get().industry == "Consulting"


def test_added_field_of_single_records_is_filled_if_a_record_was_hidden_for_a_moment(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    release: Release,
) -> None:
    # As if the industry were a subform, which only a request for a single record returns.
    monkeypatch.setattr(pulled, "CHILD_TYPES", {"picklist"})
    record = zcrm_emulator.create("Accounts", Account_Name="Acme", Industry="Old")
    clock.forward(minutes=20)  # so long that no poll reads the record
    release(name="Account_Name")
    mirror = Mirror(Account, connection)
    finish_refresh(mirror)
    release(name="Account_Name", industry="Industry")

    def complete(
        mirror: LeasedMirror, rows: Sequence[dict[str, Any]], names: Sequence[str]
    ) -> None:
        zcrm_emulator.hide(record["id"])
        pulled.complete_records(mirror, rows, names)
        assert not rows or not rows[0].get("Industry")
        zcrm_emulator.hide()

    with monkeypatch.context() as patch:
        patch.setattr(refresh, "complete_records", complete)
        finish_refresh(mirror)
    finish_refresh(mirror)
    assert Account.objects.get().industry == "Old"


def test_local_change_of_an_unfilled_column_is_kept(
    zcrm_emulator: SiteEmulator, connection: Connection, release: Release
) -> None:
    zcrm_emulator.create("Accounts", Account_Name="Acme", Industry="Manufacturing")
    release(name="Account_Name")
    mirror = Mirror(Account, connection)
    mirror.sync()

    release(name="Account_Name", industry="Industry")
    account = Account.objects.get()
    account.industry = "Consulting"
    account.save()
    mirror.sync()

    (item,) = OutboxItem.objects.filter(state=OutboxItem.State.CONFLICT)
    assert item.conflict["Industry"]["local"] == "Consulting"
    assert Account.objects.get().industry == "Manufacturing"  # as zoho_wins has it


def test_mirror_without_recorded_fields_reads_nothing_again(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    zcrm_emulator.create("Accounts", Account_Name="Acme")
    mirror = Mirror(Account, connection)
    mirror.sync()
    MirrorState.objects.update(fields=None)
    zcrm_emulator.forget_requests()

    mirror.sync()

    assert len(zcrm_emulator.requests) == 2
    assert MirrorState.objects.get().fields == Account.Zoho.fields


def test_module_with_new_model_fills_its_table(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    zcrm_emulator.create("Accounts", 2, Account_Name="Acme")
    with monkeypatch.context() as without_model:
        without_model.setattr(targets, "mirrored_models", dict)
        Mirror("Accounts", connection).sync()
    assert MirroredRecord.objects.count() == 2
    assert not Account.objects.exists()

    Mirror(Account, connection).sync()

    assert Account.objects.count() == 2
