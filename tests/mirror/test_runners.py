"""What is due is found and done, whoever looks and however often."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, OperationalError, ProgrammingError, transaction
from django.db import connection as database
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.conf import get_settings
from django_zcrm.exceptions import ConfigurationError, ZCRMError
from django_zcrm.mirror import run_due
from django_zcrm.mirror.leases import WorkLease
from django_zcrm.mirror.models import MirroredRecord, MirrorState, OutboxItem
from django_zcrm.mirror.options import mirrored_models, options_of
from django_zcrm.mirror.runners.due import due_states, run
from django_zcrm.mirror.runners.states import ensure_states
from django_zcrm.mirror.runners.worker_run import words_of
from django_zcrm.models import Connection
from django_zcrm.owners import connection_in_use
from django_zcrm.testing import SiteEmulator
from tests.mirror.failing import failing_queries
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

MODULES = sorted(mirrored_models())
ALL = len(MODULES)


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


def test_of_an_owner_it_is_the_connection_that_calls_go_through(
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
        MirrorState.objects.all().delete()
        if chosen:
            older.refresh_from_db()
            older.make_default()
        ensure_states()
        assert connection_in_use(user) == (chosen or newer)
        mirrored = set(MirrorState.objects.values_list("connection", flat=True))
        assert mirrored == {(chosen or newer).pk}


def test_a_change_of_a_row_of_another_connection_is_sent(zcrm_emulator: SiteEmulator) -> None:
    """Its connection is none that the model is read by."""
    other, gone = (zcrm_emulator.connect(identifier=f"{name}@example.com") for name in "ab")
    zcrm_emulator.connect()
    Connection.objects.filter(pk=gone.pk).update(state=Connection.State.DISCONNECTED)
    ensure_states()
    assert not MirrorState.objects.filter(connection__in=[other, gone]).exists()
    row, kept = (
        Lead.objects.create(name="Fox", connection=connection) for connection in (other, gone)
    )
    ensure_states()
    made = MirrorState.objects.filter(connection__in=[other, gone])
    assert list(made.values_list("connection", "module")) == [(other.pk, "Leads")]
    run_due()
    row.refresh_from_db()
    assert [record["id"] for record in zcrm_emulator.records("Leads")] == [row.zoho_id]
    items = dict(OutboxItem.objects.values_list("object_id", "state"))
    assert items == {str(row.pk): OutboxItem.State.DONE, str(kept.pk): OutboxItem.State.NEW}


def test_changes_of_a_model_that_sends_none_any_more_keep_nobody_busy(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    Lead.objects.create(name="Fox")
    for model in mirrored_models().values():
        monkeypatch.setattr(model.Zoho, "push", [])
    options_of.cache_clear()
    try:
        assert run_due() == ALL
        assert run_due() == 0
    finally:
        monkeypatch.undo()
        options_of.cache_clear()
    assert run_due() == 1
    assert OutboxItem.objects.get().state == OutboxItem.State.DONE


def test_what_is_due_is_done_once(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    zcrm_emulator.create("Leads", 2, Last_Name="Fox")
    assert run_due() == ALL
    assert Lead.objects.count() == 2
    MirrorState.objects.update(due=timezone.now() - timedelta(seconds=1))
    run_due()
    calls = len(zcrm_emulator.requests)
    assert run_due() == 0
    assert len(zcrm_emulator.requests) == calls


def test_a_limit_leaves_the_rest_for_later(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    assert run_due(limit=2) == 2
    assert len(due_states()) >= 1


def test_another_worker_is_left_alone(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    ensure_states()
    state = MirrorState.objects.get(module="Leads")
    lease = WorkLease(state)
    assert lease.take()
    assert not run(state)
    assert "Leads" not in [state.module for state in due_states()]
    lease.release()
    assert run(state)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_answer_lost", [False, True])
def test_whichever_query_fails_the_lease_is_given_back(
    zcrm_emulator: SiteEmulator, connection: Connection, is_answer_lost: bool
) -> None:
    zcrm_emulator.create("Leads", 2)
    run_due()
    for query in failing_queries(is_answer_lost):
        MirrorState.objects.update(due=timezone.now(), failures=0)
        state = MirrorState.objects.get(module="Leads")
        with query.survived():
            run(state)
        state.refresh_from_db()
        assert (state.lease_owner, state.lease_until) == ("", None), query.sql
    assert query.number > 11
    assert state.last_error == ""


def test_a_failure_is_noted_and_stops_no_other(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    ensure_states()
    zcrm_emulator.fail_next(path="/crm/*", code="INTERNAL_ERROR", times=1 + get_settings().retries)
    begun = timezone.now()
    assert run_due() == ALL
    failed = MirrorState.objects.get(failures=1)
    assert "INTERNAL_ERROR" in failed.last_error
    assert begun + timedelta(seconds=2.5) < failed.due <= timezone.now() + timedelta(seconds=5)
    assert not failed.lease_owner
    assert MirrorState.objects.filter(failures=0, phase="live").count() == ALL - 1


def test_a_column_that_is_not_there_is_named_and_no_value() -> None:
    words = words_of(ProgrammingError("column shop_lead.city does not exist\nLINE 1: ... 'secret'"))
    assert words.startswith("The database says: column shop_lead.city does not exist. After")
    assert "migrate" in words
    assert "secret" not in words + words_of(IntegrityError("Duplicate entry 'secret'"))
    assert "secret" not in words_of(OperationalError(1366, "Incorrect string value: 'secret'"))


@pytest.mark.parametrize(
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
    assert "no_such_thing" in words_of(caught.value)


def test_waits_grow_but_never_beyond_a_poll(
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


def test_sync_raises_what_went_wrong(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    mirror = zcrm.mirror(Lead)
    mirror.pause()
    with pytest.raises(ConfigurationError, match="paused"):
        mirror.sync()
    assert run_due() == ALL - 1
    mirror.resume()
    zcrm_emulator.fail_next(path="/crm/*", code="INVALID_MODULE", status=400, times=None)
    with pytest.raises(ZCRMError, match="INVALID_MODULE"):
        mirror.sync()
    assert mirror.status().phase == "blocked"
    assert mirror.status().blocked == "INVALID_MODULE"
    zcrm_emulator.stop_failing()
    mirror.sync()
    assert mirror.status().phase == "live"
    assert not mirror.status().blocked


def test_the_status_is_plain_data(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    zcrm_emulator.create("Leads", 2, Last_Name="Fox")
    mirror = zcrm.mirror(Lead)
    assert mirror.status().progress is None
    mirror.sync()
    status = mirror.status()
    assert status.is_in_step
    assert status.rows == {"live": 2, "deleted": 0, "unreachable": 0}
    assert status.lag is not None
    assert json.loads(json.dumps(status.as_dict()))["phase"] == "live"


def test_the_command_brings_modules_in_step(
    zcrm_emulator: SiteEmulator, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    zcrm_emulator.create("Leads", 2, Last_Name="Fox")
    call_command("zcrm_sync", "Leads")
    assert "new: 2; 2 records" in capsys.readouterr().out
    call_command("zcrm_sync")
    assert len(capsys.readouterr().out.splitlines()) == ALL
    call_command("zcrm_sync", "Leads", "--json")
    assert json.loads(capsys.readouterr().out)[0]["rows"]["live"] == 2


def test_the_command_says_what_was_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    zcrm_emulator.create("Leads", 1, Last_Name="Fox")
    zcrm.mirror(Lead).sync()
    lead = Lead.objects.get()
    lead.name = "Wolf"
    lead.save()
    call_command("zcrm_sync", "Leads")
    assert "sent: 1; 1 record" in capsys.readouterr().out
    assert zcrm_emulator.records("Leads")[0]["Last_Name"] == "Wolf"


def test_a_module_without_a_model_needs_no_code(
    zcrm_emulator: SiteEmulator, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    zcrm_emulator.create("Campaigns", 3, Campaign_Name="Big")
    call_command("zcrm_sync", "Campaigns", "--identifier", connection.user_identifier)
    assert "new: 3; 3 records" in capsys.readouterr().out
    assert {row.data["Campaign_Name"] for row in MirroredRecord.objects.all()} == {"Big"}


def test_one_module_that_fails_does_not_keep_the_command_from_the_others(
    zcrm_emulator: SiteEmulator, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    MirrorState.objects.create(connection=connection, module="Nonsense")  # there was one
    with pytest.raises(CommandError, match="1 mirror failed"):
        call_command("zcrm_sync", "Nonsense", "Leads")
    out, err = capsys.readouterr()
    assert "Nonsense" in err
    assert out.startswith("Leads")


def test_what_is_paused_rests_unless_it_is_named(
    zcrm_emulator: SiteEmulator, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    zcrm.mirror(Lead).pause()
    call_command("zcrm_sync")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == ALL
    assert [line for line in lines if line.endswith(": paused")] == [
        f"Leads ({connection}): paused"
    ]
    call_command("zcrm_sync", "--json")
    statuses = json.loads(capsys.readouterr().out)
    assert {shown["module"]: shown["is_paused"] for shown in statuses} == {
        module: module == "Leads" for module in MODULES
    }
    with pytest.raises(CommandError, match="1 mirror failed"):
        call_command("zcrm_sync", "Leads", "--backfill")
    assert "resume it in the admin, or with zcrm.mirror(...).resume()" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "meant"), [("leads", "Leads"), ("Laeds", "Leads"), ("campaign", "Campaigns")]
)
def test_a_misspelt_module_is_guessed(connection: Connection, given: str, meant: str) -> None:
    with pytest.raises(CommandError, match=rf"'{given}', or hides.* Is it {meant}\?"):
        call_command("zcrm_sync", given)


@pytest.mark.parametrize("whose", [[], ["--identifier", "emulator"]])
def test_a_misspelt_module_leaves_no_mirror(connection: Connection, whose: list[str]) -> None:
    with pytest.raises(CommandError, match="Zoho has no module 'Laeds'"):
        call_command("zcrm_sync", "Laeds", *whose)
    assert not MirrorState.objects.filter(module="Laeds").exists()


def test_without_a_connection_the_command_says_so(zcrm_emulator: SiteEmulator) -> None:
    with pytest.raises(CommandError, match="no default Zoho connection"):
        call_command("zcrm_sync")


def test_due_needs_no_more_than_a_cron_job(
    zcrm_emulator: SiteEmulator, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("zcrm_sync", "--due")
    assert f"due for {ALL} mirrors" in capsys.readouterr().out
    with pytest.raises(CommandError, match="take no other option"):
        call_command("zcrm_sync", "Leads", "--due")
