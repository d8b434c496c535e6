"""Rows are removed when their connection is deleted, or moves to another organisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models.signals import pre_delete
from django.utils import timezone

from django_zcrm.exceptions import ConfigurationError
from django_zcrm.mirror import tenants
from django_zcrm.mirror.leases import WorkLease
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import (
    Channel,
    MirroredRecord,
    MirrorState,
    Notice,
    OutboxItem,
    PendingRelation,
    Upkeep,
)
from django_zcrm.mirror.models.organisations import organisation_of
from django_zcrm.mirror.runners.due import run_due
from django_zcrm.models import Connection, ConnectionHistory
from django_zcrm.models.history import record_connection_change
from django_zcrm.oauth import end_connection
from django_zcrm.oauth.disconnecting import delete
from django_zcrm.testing import SiteEmulator
from tests.mirror.filling import fill, names
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = pytest.mark.django_db


def move_connection(connection: Connection, organisation: str) -> None:
    """What a grant of another organisation does to a row, in one transaction."""
    former = Connection.objects.get(pk=connection.pk)
    connection.organisation_id = organisation
    with transaction.atomic():
        connection.save()
        record_connection_change(ConnectionHistory.Change.REPLACED, connection, former=former)


def test_forget_removes_rows(zcrm_emulator: SiteEmulator, alice: User, bob: User) -> None:
    connection = fill(zcrm_emulator, alice, "Fox")
    of_bob = fill(zcrm_emulator, bob)
    lead = Lead.objects.get(connection=connection)
    lead.name = "Changed"
    lead.save()
    end_connection(connection)
    tenants.forget(connection)
    assert not Lead.objects.filter(connection=connection).exists()
    assert not OutboxItem.objects.exists()
    assert names(bob) == ["Fox"]
    assert Lead.objects.get().connection == of_bob


def test_deleted_connection_leaves_nothing(
    zcrm_emulator: SiteEmulator, alice: User, bob: User
) -> None:
    connection = fill(zcrm_emulator, alice, "Fox")
    fill(zcrm_emulator, bob)
    others = MirrorState.objects.exclude(connection=connection).count()
    Channel.objects.create(connection=connection, channel_id="1", notify_url="https://a.example/")
    delete(connection)
    assert names(bob) == ["Fox"]
    assert Lead.objects.count() == 1
    assert MirrorState.objects.count() == others
    assert not Channel.objects.exists()
    assert not OutboxItem.objects.exists()


def test_another_account_takes_the_place_of_the_former_one(
    zcrm_emulator: SiteEmulator, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    connection = fill(zcrm_emulator, alice, "Fox")
    other = zcrm_emulator.add_organisation("Other")
    other.create("Leads", Last_Name="Of the other", Company="Acme")
    with django_capture_on_commit_callbacks(execute=True):
        assert other.connect(alice) == connection
    assert names(alice) == []
    assert run_due() > 1
    assert names(alice) == ["Of the other"]


def count_rows_of(connection: Connection) -> dict[str, int]:
    rows: list[type[models.Model]] = [Lead, Account, Contact, MirroredRecord]
    rows += [OutboxItem, PendingRelation, Channel]
    return {
        model.__name__: model._base_manager.filter(connection=connection).count() for model in rows
    }


def test_rows_of_another_organisation_are_never_shown(
    zcrm_emulator: SiteEmulator,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    monkeypatch.setattr(tenants, "BATCH", 2)
    zcrm_emulator.create("Tasks", Subject="Call")
    connection = fill(zcrm_emulator, alice, *"ABCDE")
    Account.objects.create(connection=connection, zoho_id="7", name="Acme")
    Contact.objects.create(connection=connection, last_name="Not in Zoho yet")
    organisation = organisation_of(connection)
    OutboxItem.objects.create(
        connection=connection, organisation_id=organisation, module="Leads", object_id="1"
    )
    PendingRelation.objects.create(
        connection=connection, model="x", object_id="1", column="y", module="Leads", zoho_id="1"
    )
    channel = Channel.objects.create(connection=connection, channel_id="1", notify_url="https://a/")
    Notice.objects.create(channel=channel, module="Leads", operation="insert", digest="d")
    with django_capture_on_commit_callbacks() as callbacks:
        move_connection(connection, "another")
    # The grant is stored, and nothing has followed yet.
    assert names(alice) == []
    assert not MirroredRecord.objects.for_user(alice).exists()
    assert Lead.objects.count() == 5
    for callback in callbacks:
        callback()
    assert set(count_rows_of(connection).values()) == {0}
    assert not Notice.objects.exists()
    state = MirrorState.objects.get(connection=connection, module="Leads")
    assert state.organisation_id == "another"
    assert (state.phase, state.synced_until) == ("initial", None)


def test_runner_removes_rows_left_by_a_killed_process(
    zcrm_emulator: SiteEmulator, alice: User
) -> None:
    connection = fill(zcrm_emulator, alice, "Fox")
    run_due()
    MirrorState.objects.update(is_paused=True)
    channel = Channel.objects.create(connection=connection, channel_id="1", notify_url="https://a/")
    Notice.objects.create(channel=channel, module="Leads", operation="insert", digest="d")
    move_connection(connection, "another")
    Upkeep.objects.all().delete()  # an hour later
    assert run_due() == 0
    assert not Notice.objects.exists()
    assert not Lead.objects.exists()
    assert not MirrorState.objects.moved().exists()


def test_worker_during_move_starts_again_next_time(
    zcrm_emulator: SiteEmulator, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    connection = fill(zcrm_emulator, alice, "Fox")
    state = MirrorState.objects.get(connection=connection, module="Leads")
    lease = WorkLease(state)
    assert lease.take()
    with django_capture_on_commit_callbacks(execute=True):
        move_connection(connection, "another")
    former = Lead.objects.get()
    assert names(alice) == []
    lease.release()
    Mirror(Lead, connection).sync()
    state.refresh_from_db()
    assert state.organisation_id == "another"
    row = Lead.objects.get()
    assert (row.name, row.pk != former.pk) == ("Fox", True)


def test_grant_of_an_unknown_organisation_is_treated_as_anothers(
    zcrm_emulator: SiteEmulator, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    scopes = "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.coql.READ"
    connection = zcrm_emulator.connect(alice, scopes=scopes)
    assert connection.organisation_id == ""
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme")
    Mirror(Lead, connection).sync()
    assert names(alice) == ["Fox"]
    with django_capture_on_commit_callbacks() as callbacks:
        zcrm_emulator.connect(alice, scopes=scopes)
    assert names(alice) == []
    for callback in callbacks:
        callback()
    assert not Lead.objects.exists()
    Mirror(Lead, connection).sync()
    assert names(alice) == ["Fox"]


@pytest.mark.parametrize("sweeps", [False, True])
def test_protected_rows_are_hidden_and_reported(
    zcrm_emulator: SiteEmulator, alice: User, monkeypatch: pytest.MonkeyPatch, sweeps: bool
) -> None:
    connection = fill(zcrm_emulator, alice, "Fox")
    MirrorState.objects.exclude(module__in=("Leads", "Tasks")).delete()
    move_connection(connection, "another")

    def protect(collector: Any, objs: Any, *args: Any, **kwargs: Any) -> None:
        raise models.ProtectedError("an invoice needs it", set(objs))

    with monkeypatch.context() as patch:
        patch.setattr(models.deletion.Collector, "collect", protect)
        if sweeps:
            assert tenants.reset_moved() == 1, "that of Tasks, without rows"
        else:
            with pytest.raises(ConfigurationError, match="an invoice needs it"):
                Mirror(Lead, connection).sync()
    state = MirrorState.objects.get(connection=connection, module="Leads")
    assert (state.phase, state.blocked) == ("blocked", "organisation")
    assert "an invoice needs it" in state.last_error
    assert names(alice) == []
    assert tenants.reset_moved() > 0
    assert not Lead.objects.exists()


def store_twice(lead: Lead) -> None:
    MirrorState.objects.create(connection=lead.connection, module="Leads")


def raise_error(lead: Lead) -> None:
    raise ValueError(lead.name)


@pytest.mark.parametrize("sweeps", [False, True])
@pytest.mark.parametrize(
    ("fail", "error"), [(store_twice, "IntegrityError"), (raise_error, "ValueError")]
)
def test_row_that_cannot_be_removed_stops_no_other_tenant(
    zcrm_emulator: SiteEmulator,
    alice: User,
    fail: Callable[[Lead], None],
    error: str,
    sweeps: bool,
) -> None:
    connection = fill(zcrm_emulator, alice, "Fox")
    run_due()
    move_connection(connection, "another")
    site = zcrm_emulator.connect()
    MirrorState.objects.filter(connection=site).update(urgent_at=None)
    MirrorState.objects.filter(connection=connection).update(urgent_at=timezone.now())
    if sweeps:
        Upkeep.objects.all().delete()

    def receive(instance: Lead, **kwargs: Any) -> None:
        fail(instance)

    pre_delete.connect(receive, sender=Lead)
    try:
        run_due()
    finally:
        pre_delete.disconnect(receive, sender=Lead)
    state = MirrorState.objects.get(connection=connection, module="Leads")
    assert error in state.last_error
    assert "Fox" not in state.last_error
    assert not state.lease_owner
    assert MirrorState.objects.get(connection=site, module="Leads").synced_until is not None
