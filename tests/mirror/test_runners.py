"""Due work is found and done by any runner, however often it runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, OperationalError, ProgrammingError, transaction
from django.db import connection as database
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.exceptions import ConfigurationError, ZCRMError
from django_zcrm.mirror import MirrorPolicy, run_due
from django_zcrm.mirror import mirror as mirror_module
from django_zcrm.mirror.failures import stored_reason
from django_zcrm.mirror.leases import WorkLease
from django_zcrm.mirror.models import MirroredRecord, MirrorState, OutboxItem
from django_zcrm.mirror.options import mirrored_models
from django_zcrm.mirror.runners.due import attempt
from django_zcrm.mirror.runners.mirror_states import ensure_states, ensure_states_of
from django_zcrm.models import Connection
from django_zcrm.owners import connection_in_use
from django_zcrm.testing import SiteEmulator
from tests.mirror.failing import failing_queries
from tests.mirror.fleet import find_due_states
from tests.mirror.pulling import disable_leads
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
    """Its connection is none that the model is read by."""
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


def test_outbox_of_a_model_without_push_causes_no_runs(
    zcrm_emulator: SiteEmulator, connection: Connection, declare: Any
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


def test_run_due_syncs_each_mirror_once(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    zcrm_emulator.create("Leads", 2, Last_Name="Fox")
    assert run_due() == ALL
    assert Lead.objects.count() == 2
    MirrorState.objects.update(due=timezone.now() - timedelta(seconds=1))
    run_due()
    calls = len(zcrm_emulator.requests)
    assert run_due() == 0
    assert len(zcrm_emulator.requests) == calls


def test_run_due_with_limit_leaves_the_rest(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    assert run_due(limit=2) == 2
    assert MirrorState.objects.filter(last_run_at=None).count() == ALL - 2


def test_run_of_leased_mirror_does_nothing(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    ensure_states()
    state = MirrorState.objects.get(module="Leads")
    lease = WorkLease(state)
    assert lease.take()
    assert not attempt(state).was_free
    assert "Leads" not in [state.module for state in find_due_states()]
    lease.release()
    assert attempt(state).was_free


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_answer_lost", [False, True])
def test_run_with_failing_query_releases_lease(
    zcrm_emulator: SiteEmulator, connection: Connection, is_answer_lost: bool
) -> None:
    zcrm_emulator.create("Leads", 2)
    run_due()
    for query in failing_queries(is_answer_lost):
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
    assert "no_such_thing" in stored_reason(caught.value)


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


def test_sync_with_error_raises_it(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    mirror = zcrm.mirror(Lead)
    mirror.pause()
    with pytest.raises(ConfigurationError, match="paused"):
        mirror.sync()
    assert run_due() == ALL - 1
    mirror.resume()
    zcrm_emulator.fail_next(path="/crm/*", code="INVALID_MODULE", status=400, times=None)
    with pytest.raises(ZCRMError, match="INVALID_MODULE"):
        mirror.sync()
    assert mirror.status().phase == "unavailable"
    assert mirror.status().blocked == "INVALID_MODULE"
    zcrm_emulator.stop_failing()
    mirror.sync()
    assert mirror.status().phase == "live"
    assert not mirror.status().blocked


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


def test_command_syncs_modules(
    zcrm_emulator: SiteEmulator, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    zcrm_emulator.create("Leads", 2, Last_Name="Fox")
    call_command("zcrm_sync", "Leads")
    assert "new: 2; 2 records" in capsys.readouterr().out
    call_command("zcrm_sync")
    assert len(capsys.readouterr().out.splitlines()) == ALL
    call_command("zcrm_sync", "Leads", "--json")
    assert json.loads(capsys.readouterr().out)[0]["rows"]["live"] == 2


def test_command_prints_sent_changes(
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


def test_module_without_a_model_is_mirrored_without_code(
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


def test_command_skips_paused_mirrors_unless_named(
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
    assert {status["module"]: status["is_paused"] for status in statuses} == {
        module: module == "Leads" for module in MODULES
    }
    with pytest.raises(CommandError, match="1 mirror failed"):
        call_command("zcrm_sync", "Leads", "--restart")
    assert "resume it in the admin, or with zcrm.mirror(...).resume()" in capsys.readouterr().err


def set_policy(settings: Any, policy: Any) -> None:
    path = f"{policy.__module__}.{policy.__name__}"
    settings.ZCRM = {**settings.ZCRM, "MIRROR": {"GET_POLICY": path}}


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail instead of a wait for the next poll of a disabled mirror."""
    monkeypatch.setattr(mirror_module, "pause", lambda seconds: pytest.fail(f"waits {seconds} s"))


@pytest.mark.usefixtures("no_pause")
@pytest.mark.parametrize("is_live", [False, True])
@pytest.mark.parametrize("method", ["sync", "reconcile", "restart_initial_sync"])
def test_sync_of_a_disabled_mirror_raises_and_names_the_policy(
    zcrm_emulator: SiteEmulator, connection: Connection, settings: Any, method: str, is_live: bool
) -> None:
    mirror = zcrm.mirror(Lead)
    if is_live:
        mirror.sync()
    before = mirror.state
    set_policy(settings, disable_leads)
    with pytest.raises(ConfigurationError, match=r"disabled .*\.disable_leads, the function"):
        getattr(mirror, method)()
    after = mirror.state
    assert (after.phase, after.reconciled_at) == (before.phase, before.reconciled_at)


def disable_leased(connection: Connection, module: str) -> MirrorPolicy:
    """Disable mirrors as soon as a worker has begun on them."""
    begun = MirrorState.objects.exclude(lease_owner="", is_enabled=True)
    return MirrorPolicy(enabled=not begun.exists())


def return_nothing_for_leads(connection: Connection, module: str) -> MirrorPolicy | None:
    return None if module == "Leads" else MirrorPolicy()


@pytest.mark.usefixtures("no_pause")
def test_sync_of_a_mirror_that_is_disabled_in_between_raises(
    zcrm_emulator: SiteEmulator, connection: Connection, settings: Any
) -> None:
    set_policy(settings, disable_leased)
    with pytest.raises(ConfigurationError, match="disabled"):
        zcrm.mirror(Lead).sync()


@pytest.mark.usefixtures("no_pause")
def test_command_skips_disabled_mirrors_unless_named(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    capsys: pytest.CaptureFixture[str],
    settings: Any,
) -> None:
    set_policy(settings, disable_leads)
    call_command("zcrm_sync")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == ALL
    assert f"Leads ({connection}): rests: disabled by GET_POLICY" in lines
    with pytest.raises(CommandError, match="1 mirror failed"):
        call_command("zcrm_sync", "Leads")
    assert "disable_leads" in capsys.readouterr().err


def test_command_with_an_invalid_policy_syncs_the_other_mirrors(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    capsys: pytest.CaptureFixture[str],
    settings: Any,
) -> None:
    set_policy(settings, return_nothing_for_leads)
    with pytest.raises(CommandError, match="1 mirror failed"):
        call_command("zcrm_sync")
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == ALL - 1
    assert "returned a NoneType for Leads" in err


@pytest.mark.parametrize(
    ("name", "meant"), [("leads", "Leads"), ("Laeds", "Leads"), ("campaign", "Campaigns")]
)
def test_misspelt_module_suggests_name(connection: Connection, name: str, meant: str) -> None:
    with pytest.raises(CommandError, match=rf"'{name}', or hides.* Is it {meant}\?"):
        call_command("zcrm_sync", name)


@pytest.mark.parametrize("whose", [[], ["--identifier", "emulator"]])
def test_misspelt_module_leaves_no_mirror(connection: Connection, whose: list[str]) -> None:
    with pytest.raises(CommandError, match="Zoho has no module 'Laeds'"):
        call_command("zcrm_sync", "Laeds", *whose)
    assert not MirrorState.objects.filter(module="Laeds").exists()


def test_misspelt_module_without_a_default_connection_is_guessed(
    zcrm_emulator: SiteEmulator,
) -> None:
    words = r"No module 'Laeds' is mirrored\. Is it Leads\?$"
    with pytest.raises(CommandError, match=words):
        call_command("zcrm_sync", "Laeds")
    with pytest.raises(CommandError, match=r"'Xyzzyx' is mirrored\. .*no default Zoho connection"):
        call_command("zcrm_sync", "Xyzzyx")


def test_command_without_connection_raises(zcrm_emulator: SiteEmulator) -> None:
    with pytest.raises(CommandError, match="no default Zoho connection"):
        call_command("zcrm_sync")


def test_due_needs_no_more_than_a_cron_job(
    zcrm_emulator: SiteEmulator, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("zcrm_sync", "--due")
    assert f"due for {ALL} mirrors" in capsys.readouterr().out
    with pytest.raises(CommandError, match="work on all mirrors"):
        call_command("zcrm_sync", "Leads", "--due")
