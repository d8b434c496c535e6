"""Workers claim mirrors: urgent ones first, no mirror twice, and few for one connection."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_zcrm.mirror import run_due
from django_zcrm.mirror.models import Channel, MirrorState, OutboxItem, Upkeep, Wakeup
from django_zcrm.mirror.options import mirrored_models
from django_zcrm.mirror.push.outbox import push_outbox
from django_zcrm.mirror.runners import due
from django_zcrm.mirror.runners.claims import ROUTINE, claim_mirrors, find_claimable
from django_zcrm.mirror.runners.mirror_states import ensure_states
from django_zcrm.mirror.runners.upkeep import do_upkeep
from django_zcrm.mirror.runners.wakeups import collect_wakeups
from django_zcrm.mirror.wake import wake
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.fleet import MODULES, add_tenants
from tests.mirror.pulling import do_due_work
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db


def modules_of(claims: list[Any]) -> list[tuple[int, str]]:
    return [(state.connection_id, state.module) for state, _ in claims]


def test_claim_takes_urgent_mirrors_first_then_those_due_longest() -> None:
    one, two, three = add_tenants(3)
    now = timezone.now()
    for tenant, minutes in ((one, 1), (two, 9), (three, 5)):
        rows = MirrorState.objects.filter(connection=tenant, module="Leads")
        rows.update(due=now - timedelta(minutes=minutes))
    MirrorState.objects.filter(connection=one, module="Contacts").update(urgent_at=now)
    claims = claim_mirrors(2)
    urgent, *routine = modules_of(claims)
    assert urgent == (one.pk, "Contacts")
    routine += modules_of(claim_mirrors(5))  # with one worker for each connection
    if database.vendor == "mysql":  # which takes the first ones in any order
        routine.sort()
    assert routine == [(two.pk, "Leads"), (three.pk, "Leads")]
    state, lease = claims[0]
    assert (state.urgent_at, state.connection, lease.is_held()) == (state.lease_until, one, True)


def test_claims_of_a_connection_keep_one_worker_for_urgent_work(settings: Any) -> None:
    (tenant,) = add_tenants(1, timezone.now())
    assert len(claim_mirrors(5)) == 1
    assert claim_mirrors(5) == []
    free = MirrorState.objects.filter(lease_owner="")
    free.update(urgent_at=timezone.now())
    assert len(claim_mirrors(5)) == 1
    assert claim_mirrors(5) == []
    settings.ZCRM = {**settings.ZCRM, "MIRROR": {"MAX_WORKERS": 3}}
    assert len(claim_mirrors(5)) == 1
    MirrorState.objects.update(lease_owner="", lease_until=None, urgent_at=None)
    assert len(claim_mirrors(5)) == 2
    assert tenant.mirrors.filter(lease_owner="").count() == 1


def test_claim_omits_paused_mirrors_and_unusable_connections() -> None:
    paused, gone, other = add_tenants(3, timezone.now())
    MirrorState.objects.filter(connection=paused).update(is_paused=True)
    Connection.objects.filter(pk=gone.pk).update(state=Connection.State.DISCONNECTED)
    Connection.objects.filter(pk=other.pk).update(client_id="another")
    assert claim_mirrors(9) == []


def test_worker_without_due_work_takes_few_queries_however_many_tenants() -> None:
    counts = []
    for number in (1, 30):
        Connection.objects.all().delete()
        add_tenants(number)
        with CaptureQueriesContext(database) as queries:
            do_upkeep()
            collect_wakeups()
            assert claim_mirrors(1) == []
        # With a transaction, or the savepoint of one that a test has begun.
        counts.append(len([query for query in queries if "SELECT" in query["sql"]]))
    assert counts[0] == counts[1] <= 4


def test_claim_takes_as_many_queries_for_one_as_for_many_due_mirrors() -> None:
    counts = []
    for number in (1, 30):
        Connection.objects.all().delete()
        add_tenants(number, timezone.now())
        with CaptureQueriesContext(database) as queries:
            assert len(claim_mirrors(1)) == 1
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 7


@pytest.mark.skipif("database.vendor != 'postgresql'", reason="its plans are the subject")
def test_plan_of_claim_reads_an_index() -> None:
    add_tenants(600, timezone.now())
    with database.cursor() as cursor:
        cursor.execute("ANALYZE")
        sql, values = find_claimable(ROUTINE)[:1].query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", values)
        plan = "\n".join(row for (row,) in cursor.fetchall())
    assert "zcrm_mirror_due" in plan
    assert "Sort" not in plan.replace("Incremental Sort", "")


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("database.vendor == 'sqlite'", reason="its writers wait for each other")
def test_concurrent_claims_share_the_mirrors() -> None:
    add_tenants(20, timezone.now())
    claimed: list[int] = []

    def work() -> None:
        while MirrorState.objects.filter(due__lte=timezone.now()).exists():
            for state, lease in claim_mirrors(1):
                claimed.append(state.pk)
                lease.release(due=timezone.now() + timedelta(hours=1))
        database.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(set(claimed))
    assert len(claimed) == 60


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("database.vendor == 'sqlite'", reason="it locks no rows")
def test_claim_does_not_wait_for_a_locked_mirror() -> None:
    one, two = add_tenants(2, timezone.now())
    first = MirrorState.objects.filter(connection=one)
    first.update(due=timezone.now() - timedelta(minutes=1))
    done = threading.Event()
    locked = threading.Event()

    def hold() -> None:
        with transaction.atomic():
            list(first.select_for_update())
            locked.set()
            done.wait(20)
        database.close()

    thread = threading.Thread(target=hold)
    thread.start()
    locked.wait(20)
    try:
        assert [key for key, _ in modules_of(claim_mirrors(1))] == [two.pk]
    finally:
        done.set()
        thread.join()


def test_connecting_adds_mirrors_and_a_channel(
    zcrm_emulator: SiteEmulator, notified: None, django_user_model: Any
) -> None:
    own = zcrm_emulator.connect(django_user_model.objects.create_user("ann"))
    states = MirrorState.objects.filter(connection=own, due__lte=timezone.now())
    assert sorted(states.values_list("module", flat=True)) == sorted(mirrored_models())
    assert Channel.objects.get().connection == own


def test_sweep_after_an_hour_or_other_settings_repairs_mirrors(
    connection: Connection, settings: Any
) -> None:
    do_upkeep()
    states = MirrorState.objects.filter(connection=connection)
    states.all().delete()
    do_upkeep()
    assert not states.exists()
    Upkeep.objects.filter(name="sweep").update(due=timezone.now())
    do_upkeep()
    assert states.count() == len(mirrored_models())
    states.all().delete()
    settings.ZCRM = {**settings.ZCRM, "MIRROR": {"NOTIFY_URL": "http://testserver/notify/"}}
    do_upkeep()
    assert states.count() == len(mirrored_models())
    assert Channel.objects.exists()


# Requests for immediate work


def test_saved_change_makes_its_mirror_urgent(zcrm_emulator: SiteEmulator) -> None:
    connection = zcrm_emulator.connect()
    do_due_work()
    assert not claim_mirrors(1)
    Lead.objects.create(name="Fox")
    assert collect_wakeups() == 1
    assert collect_wakeups() == 0
    assert modules_of(claim_mirrors(5)) == [(connection.pk, "Leads")]


@pytest.mark.django_db(transaction=True)
def test_transaction_that_saves_many_rows_makes_one_request(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    with transaction.atomic():
        for number in range(30):
            Lead.objects.create(name=f"Fox {number}")
        assert Wakeup.objects.count() == 1
    Lead.objects.create(name="Wolf")
    assert Wakeup.objects.count() == 2
    assert collect_wakeups() == 2


@pytest.mark.django_db(transaction=True)
def test_request_of_a_rolled_back_savepoint_is_made_again(zcrm_emulator: SiteEmulator) -> None:
    connection = zcrm_emulator.connect()
    with transaction.atomic():
        with suppress(ZeroDivisionError), transaction.atomic():
            wake(connection.pk, "Leads")
            raise ZeroDivisionError
        wake(connection.pk, "Leads")
    assert Wakeup.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("database.vendor == 'sqlite'", reason="its writers wait for each other")
def test_transactions_of_pages_neither_wait_nor_make_workers_wait() -> None:
    (tenant,) = add_tenants(1, timezone.now() - timedelta(minutes=1))
    order = [("Leads", "Contacts"), ("Contacts", "Leads")]
    both = threading.Barrier(3, timeout=20)

    def save(modules: tuple[str, str]) -> None:
        with transaction.atomic():
            wake(tenant.pk, modules[0])
            both.wait()
            wake(tenant.pk, modules[1])
            both.wait()
        database.close()

    threads = [threading.Thread(target=save, args=(modules,)) for modules in order]
    for thread in threads:
        thread.start()
    both.wait()
    claims = claim_mirrors(1)
    assert len(claims) == 1
    claims[0][1].fence()
    both.wait()
    for thread in threads:
        thread.join()
    assert collect_wakeups() == 4
    assert MirrorState.objects.exclude(urgent_at=None).count() == 2


@pytest.mark.usefixtures("connection")
def test_change_during_the_poll_makes_the_mirror_urgent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    do_due_work()

    def saving(mirror: Any) -> Any:
        result = push_outbox(mirror)
        Lead.objects.create(name="Late")
        collect_wakeups()  # another worker does
        monkeypatch.setattr(due, "push_outbox", push_outbox)
        return result

    monkeypatch.setattr(due, "push_outbox", saving)
    Lead.objects.create(name="Fox")
    assert run_due() == 1
    assert MirrorState.objects.get(module="Leads").urgent_at is not None
    assert run_due() == 1
    assert not OutboxItem.objects.open().exists()


def test_change_that_waits_for_a_retry_does_not_hold_up_a_later_one(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    do_due_work()
    Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next("records.create", code="NO_PERMISSION")
    run_due()
    item, state = OutboxItem.objects.get(), MirrorState.objects.get(module="Leads")
    assert item.due > timezone.now()
    assert state.urgent_at == item.due
    assert not claim_mirrors(1)
    Lead.objects.create(name="Brook")
    assert run_due() == 1
    assert [record["Last_Name"] for record in zcrm_emulator.records("Leads")] == ["Brook"]


def test_change_of_a_module_that_cannot_be_read_is_sent_at_once(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    do_due_work()
    states = MirrorState.objects.filter(module="Leads")
    states.update(due=timezone.now())
    for call in ("coql.query", "records.list"):
        zcrm_emulator.fail_next(call, code="NO_PERMISSION", status=403, times=None)
    run_due()
    later = states.get().due
    assert later > timezone.now() + timedelta(hours=23)
    Lead.objects.create(name="Fox")
    assert run_due() == 1
    assert [record["Last_Name"] for record in zcrm_emulator.records("Leads")] == ["Fox"]
    state = states.get()
    assert (state.phase, state.due) == ("unavailable", later)
    assert "may not read" in state.last_error


def test_change_of_a_module_that_can_neither_be_read_nor_written_waits(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    do_due_work()
    Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next(path="/crm/*", code="NO_PERMISSION", status=403, times=None)
    MirrorState.objects.filter(module="Leads").update(due=timezone.now())
    run_due()
    state = MirrorState.objects.get(module="Leads")
    assert state.phase == "unavailable"
    assert state.urgent_at is not None
    assert state.urgent_at > timezone.now() + timedelta(minutes=59)
    assert not claim_mirrors(1)
    assert OutboxItem.objects.open().exists()


def test_urgent_work_of_a_worker_that_died_is_urgent_again(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_states()
    MirrorState.objects.update(due=timezone.now() + timedelta(hours=1))
    wake(connection.pk, "Leads")
    collect_wakeups()
    assert len(claim_mirrors(1)) == 1  # by a worker that dies
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(seconds=61))
    assert modules_of(claim_mirrors(1)) == [(connection.pk, "Leads")]


def test_urgent_work_of_an_interrupted_worker_is_urgent_at_once(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(mirror: Any) -> Any:
        raise KeyboardInterrupt

    do_due_work()
    Lead.objects.create(name="Fox")
    monkeypatch.setattr(due, "push_outbox", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_due()
    assert modules_of(claim_mirrors(1)) == [(connection.pk, "Leads")]


def test_change_of_a_failing_mirror_waits_for_the_next_poll(connection: Connection) -> None:
    ensure_states()
    later = timezone.now() + timedelta(minutes=4)
    MirrorState.objects.update(due=later)
    leads = MirrorState.objects.filter(module="Leads")
    leads.update(failures=1)
    wake(connection.pk, "Leads")
    assert collect_wakeups() == 1
    assert leads.get().urgent_at is None
    leads.update(lease_owner="a worker", lease_until=timezone.now() + timedelta(seconds=30))
    wake(connection.pk, "Leads")
    collect_wakeups()
    assert leads.get().urgent_at is not None, "the worker may have passed the change"


def test_request_for_a_deleted_connection_is_dropped() -> None:
    wake(10**9, MODULES[0])
    assert collect_wakeups() == 1
    assert not Wakeup.objects.exists()
