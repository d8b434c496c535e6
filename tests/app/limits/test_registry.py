"""Which limiter a connection has, and that calls through a shared store work from Django."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from django_zcrm import ConfigurationError, zcrm
from django_zcrm.limits.rebalance_thread import rebalance_thread
from django_zcrm.limits.registry import limiter_for, shared_key, store_of
from django_zcrm.limits.sharing import SharedLimiter
from django_zcrm.models import Connection, SharedLimit
from django_zcrm.testing import SiteEmulator
from tests.app.zoho import connect


@pytest.fixture(params=["database", "redis"])
def shared(request: pytest.FixtureRequest, configure: Any) -> None:
    """Let processes share the limits."""
    url = request.param
    configure(LIMITS={"STORE": url if url == "database" else _redis(request)})


def _redis(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("redis_url"))


@pytest.mark.django_db
def test_connections_to_one_organisation_share_a_limiter(zoho: SiteEmulator) -> None:
    first, second = connect(zoho), connect(zoho, "other@example.com")
    other = connect(zoho.add_organisation("Another"), "third@example.com", email=None)
    assert limiter_for(first) is limiter_for(second)
    assert limiter_for(first) is not limiter_for(other)
    second.client_id = "another"
    assert limiter_for(first) is not limiter_for(second)
    credit_counters = [getattr(limiter_for(row), "counter", None) for row in (first, second, other)]
    assert credit_counters[0] is credit_counters[1] is not credit_counters[2]


@pytest.mark.django_db
def test_connections_of_two_sites_whose_organisation_is_unknown_have_different_keys(
    zoho: SiteEmulator,
) -> None:
    """The sites may use one Redis server, and count their connections from 1."""
    row = connect(zoho)
    row.organisation_id = ""
    mine = shared_key(row)
    assert shared_key(Connection.objects.get()) != mine  # its organisation is known
    again = Connection.objects.get()
    again.organisation_id = ""
    assert shared_key(again) == mine  # in each process
    again.created_at += timedelta(microseconds=1)
    assert shared_key(again) != mine
    assert len(mine) <= 80


@pytest.mark.django_db
def test_a_key_fits_into_its_column_and_shows_no_client(zoho: SiteEmulator) -> None:
    row = connect(zoho)
    row.client_id, row.organisation_id, row.environment = "1000." + "X" * 120, "9" * 40, "developer"
    assert len(shared_key(row)) <= 80
    assert "XXX" not in shared_key(row)


def test_redis_without_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.delitem(sys.modules, "django_zcrm.limits.stores.redis", raising=False)
    with pytest.raises(ConfigurationError, match=r"pip install 'django-zcrm\[redis\]'"):
        store_of("redis://127.0.0.1:1/15")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("shared")
class TestShared:
    def test_a_kept_client_makes_no_query_per_call(self, zoho: SiteEmulator) -> None:
        connect(zoho)
        crm = zcrm.for_identifier("sales@example.com")
        crm.org.get()
        with CaptureQueriesContext(database) as captured:
            for _ in range(20):
                crm.org.get()
        assert len(captured) == 0
        assert isinstance(crm.session.limiter, SharedLimiter)

    def test_awaited_calls_share_slots(self, zoho: SiteEmulator) -> None:
        connect(zoho)
        crm = zcrm.for_identifier("sales@example.com")

        async def call() -> None:
            await crm.aio.org.get()

        async_to_sync(call)()
        assert crm.limits().concurrency == 20

    def test_store_does_not_join_the_callers_transaction(self, zoho: SiteEmulator) -> None:
        connect(zoho)
        crm = zcrm.for_identifier("sales@example.com")
        with transaction.atomic():
            crm.org.get()
        assert crm.limits().in_use == 0

    def test_reading_limits_writes_nothing_in_the_callers_transaction(
        self, zoho: SiteEmulator
    ) -> None:
        """Until its end, the thread would wait for that row, in this process and in others."""
        connect(zoho)
        crm = zcrm.for_identifier("sales@example.com")
        with transaction.atomic():
            assert crm.limits().in_use == 0
            assert not SharedLimit.objects.exists()

    def test_threads_of_a_worker_share_a_limiter(self, zoho: SiteEmulator) -> None:
        connect(zoho)
        crm = zcrm.for_identifier("sales@example.com")

        def call(_: int) -> None:
            try:
                crm.org.get()
            finally:
                database.close()

        with ThreadPoolExecutor(30) as threads:
            list(threads.map(call, range(60)))
        assert crm.limits().in_use == 0

    def test_forked_worker_starts_without_slots(self, zoho: SiteEmulator) -> None:
        """As under gunicorn's preload: what the parent holds and its thread are not the child's."""
        connect(zoho)
        crm = zcrm.for_identifier("sales@example.com")
        crm.org.get()
        limiter = crm.session.limiter
        assert isinstance(limiter, SharedLimiter)
        name = limiter._leases.name
        read, write = os.pipe()
        child = os.fork()
        if not child:
            try:
                is_new = limiter._leases.name != name and limiter.pool.capacity.slots == 0
                is_alone = rebalance_thread._thread is None and threading.active_count() == 1
                os.write(write, b"y" if is_new and is_alone else b"n")
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert os.read(read, 1) == b"y"
        os.close(read)
        os.close(write)
        assert crm.org.get()
