"""Due work is found and done by any runner, however often it runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, ProgrammingError, transaction
from django.db import connection as database
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.exceptions import ConfigurationError
from django_zcrm.mirror import run_due
from django_zcrm.mirror.failures import stored_reason
from django_zcrm.mirror.leases import WorkLease
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.mirror.options import mirrored_models
from django_zcrm.mirror.runners.due import attempt
from django_zcrm.mirror.runners.mirror_states import ensure_states, ensure_states_of
from django_zcrm.models import Connection
from django_zcrm.owners import connection_in_use
from django_zcrm.testing import SiteEmulator
from tests.cases import check_each
from tests.mirror.failing import failing_queries
from tests.mirror.fleet import find_due_states
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

MODULES = sorted(mirrored_models())
ALL = len(MODULES)


def ways_to_ensure(*connections: Connection) -> list[Callable[[], None]]:
    """Return functions that create missing states: one for all, and one for these connections."""

    def ensure_each() -> None:
        for each in connections:
            ensure_states_of(each.pk)

    return [ensure_states, ensure_each]


def test_each_mirrored_model_has_a_state_for_each_default_connection(
    zcrm_emulator: SiteEmulator, connection: Connection, django_user_model: Any
) -> None:
    user = django_user_model.objects.create_user("ann")
    own = zcrm_emulator.connect(user)
    ensure_states()
    ensure_states()
    states = MirrorState.objects.order_by("connection", "module")
    pairs = [(state.connection_id, state.module) for state in states]
    assert pairs == [(pk, module) for pk in (connection.pk, own.pk) for module in MODULES]


def test_state_of_an_owner_is_for_the_connection_in_use(
    zcrm_emulator: SiteEmulator, django_user_model: Any
) -> None:
    user = django_user_model.objects.create_user("ann")
    older = zcrm_emulator.connect(user)
    newer = Connection.objects.create(
        owner=user,
        user_identifier="ann, elsewhere",
        organisation_id="60000000099",
        client_id=older.client_id,
        environment=older.environment,
        state=Connection.State.CONNECTED,
    )
    for chosen in (None, older):
        Connection.objects.update(default_for=None)
        if chosen:
            older.refresh_from_db()
            older.make_default()
        assert connection_in_use(user) == (chosen or newer)
        for ensure in ways_to_ensure(older, newer):
            MirrorState.objects.all().delete()
            ensure()
            mirrored = set(MirrorState.objects.values_list("connection", flat=True))
            assert mirrored == {(chosen or newer).pk}


def test_change_of_a_row_of_another_connection_is_sent(zcrm_emulator: SiteEmulator) -> None:
    """The connection has no mirror of the model."""
    other, gone = (zcrm_emulator.connect(identifier=f"{name}@example.com") for name in "ab")
    zcrm_emulator.connect()
    MirrorState.objects.all().delete()
    Connection.objects.filter(pk=gone.pk).update(state=Connection.State.DISCONNECTED)
    ensure_states()
    assert not MirrorState.objects.filter(connection__in=[other, gone]).exists()
    row, lead = (
        Lead.objects.create(name="Fox", connection=connection) for connection in (other, gone)
    )
    made = MirrorState.objects.filter(connection__in=[other, gone])
    for ensure in ways_to_ensure(other, gone):
        made.delete()
        ensure()
        assert list(made.values_list("connection", "module")) == [(other.pk, "Leads")]
    run_due()
    row.refresh_from_db()
    assert [record["id"] for record in zcrm_emulator.records("Leads")] == [row.zoho_id]
    items = dict(OutboxItem.objects.values_list("object_id", "state"))
    assert items == {str(row.pk): OutboxItem.State.DONE, str(lead.pk): OutboxItem.State.NEW}


def test_outbox_of_a_model_without_push_causes_no_polls(
    connection: Connection, declare: Any
) -> None:
    Lead.objects.create(name="Fox")
    pushed: dict[Any, Any] = {model: model.Zoho.push for model in mirrored_models().values()}
    for model in pushed:
        declare(model, push=[])
    assert run_due() == ALL
    assert run_due() == 0
    for model, names in pushed.items():
        declare(model, push=names)
    assert run_due() == 1
    assert OutboxItem.objects.get().state == OutboxItem.State.DONE


def test_run_due_with_limit_leaves_the_rest(connection: Connection) -> None:
    assert run_due(limit=2) == 2
    assert MirrorState.objects.filter(last_run_at=None).count() == ALL - 2


def test_attempt_on_leased_mirror_does_nothing(connection: Connection) -> None:
    ensure_states()
    state = MirrorState.objects.get(module="Leads")
    lease = WorkLease(state)
    assert lease.take()
    assert not attempt(state).was_free
    assert "Leads" not in [state.module for state in find_due_states()]
    lease.release()
    assert attempt(state).was_free


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_response_lost", [False, True])
def test_run_with_failing_query_releases_lease(
    zcrm_emulator: SiteEmulator, connection: Connection, is_response_lost: bool
) -> None:
    zcrm_emulator.create("Leads", 2)
    run_due()
    for query in failing_queries(is_response_lost):
        MirrorState.objects.update(due=timezone.now(), failures=0)
        state = MirrorState.objects.get(module="Leads")
        with query.survived():
            attempt(state)
        state.refresh_from_db()
        assert (state.lease_owner, state.lease_until) == ("", None), query.sql
    assert query.number > 11
    assert state.last_error == ""


def test_run_due_with_failing_mirror_syncs_others(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    ensure_states()
    zcrm_emulator.fail_next(path="/crm/*", code="INTERNAL_ERROR", times=1)
    begun = timezone.now()
    assert run_due() == ALL
    failed = MirrorState.objects.get(failures=1)
    assert "INTERNAL_ERROR" in failed.last_error
    assert begun + timedelta(seconds=2.5) < failed.due <= timezone.now() + timedelta(seconds=5)
    assert not failed.lease_owner
    assert MirrorState.objects.filter(failures=0, phase="live").count() == ALL - 1


def test_missing_column_is_named_without_a_value() -> None:
    words = stored_reason(
        ProgrammingError("column shop_lead.city does not exist\nLINE 1: ... 'secret'")
    )
    assert words.startswith("The database reports: column shop_lead.city does not exist. After")
    assert "migrate" in words
    assert "secret" not in words + stored_reason(IntegrityError("Duplicate entry 'secret'"))
    assert "secret" not in stored_reason(OperationalError(1366, "Incorrect string value: 'secret'"))


@check_each(
    "sql",
    [
        "SELECT no_such_thing FROM {lead}",
        "SELECT id FROM no_such_thing",
        "INSERT INTO {lead} (no_such_thing) VALUES (1)",
        "UPDATE {lead} SET no_such_thing = 1",
    ],
)
def test_each_database_names_a_table_or_column_that_it_has_not(sql: str) -> None:
    with (
        pytest.raises(DatabaseError) as caught,
        transaction.atomic(),
        database.cursor() as cursor,
    ):
        cursor.execute(sql.format(lead=Lead._meta.db_table))
    assert "no_such_thing" in stored_reason(caught.value)


def test_wait_after_many_failures_is_at_most_five_minutes(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    ensure_states()
    MirrorState.objects.update(failures=40)
    zcrm_emulator.fail_next(path="/crm/*", code="INTERNAL_ERROR", times=None)
    begun = timezone.now()
    run_due()
    for state in MirrorState.objects.all():
        assert state.failures == 41
        assert begun + timedelta(seconds=150) < state.due
        assert state.due <= timezone.now() + timedelta(seconds=300)


def test_sync_of_a_paused_mirror_raises(connection: Connection) -> None:
    mirror = zcrm.mirror(Lead)
    mirror.pause()
    with pytest.raises(ConfigurationError, match="paused"):
        mirror.sync()
    assert run_due() == ALL - 1
    mirror.resume()
    mirror.sync()
    assert mirror.status().phase == "live"


def test_status_is_plain_data(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    zcrm_emulator.create("Leads", 2, Last_Name="Fox")
    mirror = zcrm.mirror(Lead)
    assert mirror.status().progress is None
    mirror.sync()
    status = mirror.status()
    assert status.is_in_sync
    assert status.rows == {"live": 2, "deleted": 0, "unreachable": 0}
    assert status.lag is not None
    assert json.loads(json.dumps(status.as_dict()))["phase"] == "live"
