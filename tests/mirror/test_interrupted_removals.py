"""The removal of a former organisation's rows is interrupted, or its connection moves again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from django_zcrm.mirror import tenants
from django_zcrm.mirror.leased_mirror import lease_mirror
from django_zcrm.mirror.leases import LeaseLost
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.testing import SiteEmulator
from tests.mirror.moving import move, names, once
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db


def interrupt_removal(monkeypatch: pytest.MonkeyPatch, step: Callable[[], object]) -> None:
    """Have rows removed one by one, and a function called once after the first removal."""
    remove_some, call = tenants._remove_some, once(step)

    def interrupted(*args: Any) -> bool:
        if removed := remove_some(*args):
            call()
        return removed

    monkeypatch.setattr(tenants, "BATCH", 1)
    monkeypatch.setattr(tenants, "_remove_some", interrupted)


def test_row_saved_after_another_move_during_a_removal_is_sent(
    zcrm_emulator: SiteEmulator, other: SiteEmulator, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = zcrm_emulator.add_organisation("Third")
    connection = zcrm_emulator.connect(alice)
    for name in ("Fox", "Lynx"):
        zcrm_emulator.create("Leads", Last_Name=name, Company="Acme")
    Mirror(Lead, connection).sync()
    move(other, alice)

    def swap() -> None:
        move(third, alice)
        Lead.objects.create(connection=connection, name="After")

    MirrorState.objects.exclude(module="Leads").delete()
    interrupt_removal(monkeypatch, swap)
    assert tenants.reset_moved() == 0
    assert "After" in Lead.objects.values_list("name", flat=True)
    Mirror(Lead, connection).sync()
    assert [lead.name for lead in Lead.objects.all()] == ["After"]
    assert names(third) == {"After"}
    assert not other.records("Leads")


def test_move_back_after_an_interrupted_removal_reads_all_rows_again(
    zcrm_emulator: SiteEmulator, other: SiteEmulator, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = zcrm_emulator.connect(alice)
    for name in ("Fox", "Lynx"):
        zcrm_emulator.create("Leads", Last_Name=name, Company="Acme")
    Mirror(Lead, connection).sync()
    move(other, alice)

    def kill() -> None:
        raise KeyboardInterrupt

    interrupt_removal(monkeypatch, kill)
    with pytest.raises(KeyboardInterrupt):
        tenants.reset_moved()
    assert Lead.objects.count() == 1
    move(zcrm_emulator, alice)
    mirror = lease_mirror(MirrorState.objects.get(connection=connection, module="Leads"))
    assert mirror is not None
    assert mirror.state.is_in_initial_sync
    mirror.lease.release()
    Mirror(Lead, connection).sync()
    assert set(Lead.objects.values_list("name", flat=True)) == {"Fox", "Lynx"}


def test_rows_of_an_organisation_that_no_mirror_has_read_are_removed_after_a_move_back(
    zcrm_emulator: SiteEmulator, other: SiteEmulator, alice: User
) -> None:
    connection = zcrm_emulator.connect(alice)
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme")
    Mirror(Lead, connection).sync()
    Lead.objects.create(connection=connection, name="Lynx")
    move(other, alice)
    Lead.objects.create(connection=connection, name="Between")
    move(zcrm_emulator, alice)
    Mirror(Lead, connection).sync()
    assert {lead.name for lead in Lead.objects.all()} == names(zcrm_emulator) == {"Fox", "Lynx"}
    assert not OutboxItem.objects.open().exists()
    assert not other.records("Leads")


def test_forgotten_connection_keeps_no_row_of_its_present_organisation(
    zcrm_emulator: SiteEmulator, alice: User
) -> None:
    connection = zcrm_emulator.connect(alice)
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme")
    Mirror(Lead, connection).sync()
    mirror = lease_mirror(MirrorState.objects.get(module="Leads"))
    assert mirror is not None
    tenants.forget(connection)
    assert not Lead.objects.for_user(alice).exists()
    with pytest.raises(LeaseLost):
        mirror.lease.fence()
    mirror.lease.release()
    tenants.reset_moved()
    assert not Lead.objects.exists()
