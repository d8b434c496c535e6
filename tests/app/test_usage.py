"""API usage is counted in memory and added to the database periodically, by many at once."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction
from django.db import connection as database
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.models import ApiUsage, Connection
from django_zcrm.models.usage import today
from django_zcrm.monitoring import usage
from django_zcrm.monitoring.usage import Counter, counter, operation_group
from django_zcrm.zoho.calls.observer import Attempt
from tests.app.zoho import Zoho, connect

pytestmark = pytest.mark.django_db


@pytest.fixture
def always_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "FLUSH_SECONDS", 0.0)


def attempt(status: int = 200, ms: float = 10, credits: int | None = None) -> Attempt:
    return Attempt("GET /crm/{version}/org", "GET", "abc", 1, status, ms, credits)


def row() -> Connection:
    return Connection.objects.create(user_identifier="sales@example.com", client_id="1000.X")


def sums(connection: Connection) -> tuple[int, ...]:
    usage = ApiUsage.objects.get(connection=connection)
    return usage.calls, usage.errors, usage.limited, usage.total_ms, usage.max_ms


def test_calls_are_counted_by_operation(zoho: Zoho) -> None:
    connection = connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")
    crm.records.list("Leads", fields=["Last_Name"])
    crm.records.list("Contacts", fields=["Last_Name"])
    crm.request("GET", "/crm/{version}/org")
    counter.flush()
    usages = ApiUsage.objects.filter(connection=connection, day=today())
    assert dict(usages.values_list("operation", "calls")) == {
        "GET /crm/{version}/{module}": 2,
        "GET /crm/{version}/org": 1,
    }
    assert all(usage.max_ms <= usage.total_ms for usage in usages)


def test_counting_makes_no_query(zoho: Zoho, django_assert_num_queries: Any) -> None:
    connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")
    with django_assert_num_queries(0):
        for _ in range(20):
            crm.request("GET", "/crm/{version}/org")


def test_errors_limits_times_and_credits_are_added_up() -> None:
    connection = row()
    for totals in [
        attempt(),
        attempt(status=429, ms=30, credits=70),
        attempt(status=0, ms=5),
        attempt(status=500, credits=80),
    ]:
        counter.count(connection.pk, totals)
    counter.flush()
    counter.count(connection.pk, attempt(ms=45, credits=60))
    counter.flush()
    counter.count(connection.pk, attempt(ms=1, credits=90))
    counter.flush()
    assert sums(connection) == (6, 3, 1, 101, 45)
    assert ApiUsage.objects.get().credits_remaining == 60


def test_unreported_credits_stay_unknown() -> None:
    connection = row()
    for _ in range(2):
        counter.count(connection.pk, attempt())
        counter.flush()
    assert ApiUsage.objects.get().credits_remaining is None


def test_last_used_is_the_time_of_the_call_and_never_moves_back() -> None:
    connection = row()
    other = Connection.objects.create(user_identifier="other", client_id="1000.X")
    before = timezone.now()
    counter.count(connection.pk, attempt())
    after = timezone.now()
    counter.flush()
    connection.refresh_from_db()
    assert connection.last_used_at is not None
    assert before <= connection.last_used_at <= after
    other.refresh_from_db()
    assert other.last_used_at is None

    counter.count(connection.pk, attempt())
    later = timezone.now() + timedelta(minutes=1)  # a token was requested since
    Connection.objects.filter(pk=connection.pk).update(last_used_at=later)
    counter.flush()
    connection.refresh_from_db()
    assert connection.last_used_at == later


@pytest.mark.django_db(transaction=True)
def test_counts_are_written_once_if_the_last_use_cannot_be_stored() -> None:
    connection = row()
    counter.count(connection.pk, attempt())

    def fail(execute: Any, sql: str, *args: Any) -> Any:
        if sql.startswith("UPDATE") and "last_used_at" in sql:
            raise OperationalError("deadlock detected")
        return execute(sql, *args)

    with database.execute_wrapper(fail):
        counter.flush()
    counter.flush()
    assert sums(connection)[0] == 1
    counter.count(connection.pk, attempt())
    with transaction.atomic(), database.execute_wrapper(fail):
        counter.flush()
        assert sums(connection)[0] == 2  # the transaction goes on


def test_switched_off_usage_counts_nothing(zoho: Zoho, configure: Callable[..., None]) -> None:
    configure(TRACK_USAGE=False)
    connect(zoho)
    zcrm.for_identifier("sales@example.com").request("GET", "/crm/{version}/org")
    counter.flush()
    assert not ApiUsage.objects.exists()


def test_the_end_of_a_request_leaves_a_transaction_alone(always_due: None) -> None:
    """Writing there would block others, and be lost with a rollback."""
    counter.count(row().pk, attempt())
    usage._after_request()
    assert not ApiUsage.objects.exists()


def test_inside_a_transaction_or_an_event_loop_nothing_is_written() -> None:
    assert not usage._may_write()

    async def ask() -> bool:
        return usage._may_write()

    assert not asyncio.run(ask())


def test_usage_of_deleted_connection_is_dropped() -> None:
    counter.count(12345, attempt())
    counter.flush()
    assert not ApiUsage.objects.exists()


def test_old_days_are_dropped(always_due: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "_may_write", lambda: True)
    connection = row()
    for days in (400, 91, 90, 1):
        ApiUsage.objects.create(
            connection=connection, day=today() - timedelta(days=days), operation="x"
        )
    counter._prune_at = 0.0
    counter.count(connection.pk, attempt())
    ages = {(today() - usage.day).days for usage in ApiUsage.objects.all()}
    assert ages == {90, 1, 0}


def test_usage_with_failing_database_is_kept(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    connection = row()
    counter.count(connection.pk, attempt())

    def fail(*args: Any) -> None:
        raise OperationalError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(usage, "_write", fail)
        counter.flush()
    assert "OperationalError" in caplog.text
    counter.count(connection.pk, attempt())
    counter.flush()
    assert sums(connection)[0] == 2


def test_counts_do_not_move_to_another_database(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = row()
    counter.count(connection.pk, attempt())
    monkeypatch.setattr(usage, "_database", lambda: "the live one")
    counter.flush()
    assert not ApiUsage.objects.exists()


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "MAX_KEYS", 3)
    own = Counter()
    for number in range(50):
        own.count(number, attempt())
    assert len(own._waiting) <= 4 + 50  # at most one `other` per connection
    assert sum(tally.calls for tally in own._waiting.values()) == 50


@pytest.mark.parametrize(
    ("operation", "group"),
    [
        ("GET /crm/{version}/{module}/{id}", "GET /crm/{version}/{module}/{id}"),
        ("GET /crm/v8/Leads/3652397000000186017", "GET /crm/{version}/Leads/{id}"),
        ("GET /crm/v2.1/settings/fields", "GET /crm/{version}/settings/fields"),
        ("GET /crm/v8", "GET /crm/{version}"),
        ("POST /crm/bulk/v8/read", "POST /crm/bulk/{version}/read"),
        ("GET /crm/v8/Leads/ann@example.com", "GET /crm/{version}/Leads/{id}"),
        ("GET /crm/v8/CustomModule12", "GET /crm/{version}/CustomModule12"),
        ("GET /crm/v8/Services__s", "GET /crm/{version}/Services__s"),
        ("GET /crm/v8/" + "a" * 300, "GET /crm/{version}/{id}"),
        ("GET /oauth/user/info", "GET /oauth/user/info"),
    ],
)
def test_operations_are_grouped(operation: str, group: str) -> None:
    assert operation_group(operation) == group


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_many_threads_count_alike(always_due: None) -> None:
    connection = row()

    def work() -> None:
        for _ in range(25):
            counter.count(connection.pk, attempt(ms=2))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counter.flush()
    assert sums(connection) == (200, 0, 0, 400, 2)


def _count_in_a_process(pk: int, times: int) -> None:
    connections.close_all()
    for _ in range(times):
        counter.count(pk, attempt(ms=3))
        counter.flush()
    os._exit(0 if not counter._waiting else 1)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_many_processes_count_alike() -> None:
    connection = row()
    counter.count(connection.pk, attempt(ms=3))  # the children must not write this one
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    processes = [
        fork.Process(target=_count_in_a_process, args=(connection.pk, 10)) for _ in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    counter.flush()
    assert sums(connection) == (41, 0, 0, 123, 3)


@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_request_leaves_no_connection_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """By then Django has closed the request's connection, unless it is persistent."""
    connection = row()
    counter.count(connection.pk, attempt())
    monkeypatch.setattr(usage, "FLUSH_SECONDS", 0.0)
    connections["default"].close()
    usage._after_request()
    assert connections["default"].connection is None
    assert sums(connection)[0] == 1


@pytest.mark.django_db(transaction=True)
def test_in_a_transaction_of_the_caller_counts_wait(always_due: None) -> None:
    connection = row()
    with transaction.atomic():
        counter.count(connection.pk, attempt())
        assert not ApiUsage.objects.exists()
    counter.count(connection.pk, attempt())
    assert sums(connection)[0] == 2
