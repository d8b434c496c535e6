"""Which governor a connection has, and that calls through a shared store work from Django."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from django_zcrm import ConfigurationError, zcrm
from django_zcrm.governor.exchange_thread import exchange_thread
from django_zcrm.governor.registry import governor_for, shared_key, store_of
from django_zcrm.governor.sharing import SharedGovernor
from django_zcrm.testing import SiteEmulator
from tests.app.zoho import connect


@pytest.fixture(params=["database", "redis"])
def shared(request: pytest.FixtureRequest, configure: Any) -> None:
    """Let processes share the limits."""
    url = request.param
    configure(GOVERNOR={"STORE": url if url == "database" else _redis(request)})


def _redis(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("redis_url"))


@pytest.mark.django_db
def test_connections_to_one_organisation_share_a_governor(zoho: SiteEmulator) -> None:
    first, second = connect(zoho), connect(zoho, "other@example.com")
    other = connect(zoho.add_organisation("Another"), "third@example.com", email=None)
    assert governor_for(first) is governor_for(second)
    assert governor_for(first) is not governor_for(other)
    second.client_id = "another"
    assert governor_for(first) is not governor_for(second)
    ledgers = [getattr(governor_for(row), "ledger", None) for row in (first, second, other)]
    assert ledgers[0] is ledgers[1] is not ledgers[2]


@pytest.mark.django_db
def test_a_key_fits_into_its_column_and_shows_no_client(zoho: SiteEmulator) -> None:
    row = connect(zoho)
    row.client_id, row.organisation_id, row.environment = "1000." + "X" * 120, "9" * 40, "developer"
    assert len(shared_key(row)) <= 80
    assert "XXX" not in shared_key(row)


def test_redis_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.delitem(sys.modules, "django_zcrm.governor.stores.redis", raising=False)
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
        assert isinstance(crm.session.governor, SharedGovernor)

    def test_awaited_calls_share_too(self, zoho: SiteEmulator) -> None:
        connect(zoho)
        crm = zcrm.for_identifier("sales@example.com")

        async def call() -> None:
            await crm.aio.org.get()

        async_to_sync(call)()
        assert zcrm.limits(crm).concurrency == 20

    def test_a_call_inside_a_transaction_is_no_part_of_it(self, zoho: SiteEmulator) -> None:
        connect(zoho)
        crm = zcrm.for_identifier("sales@example.com")
        with transaction.atomic():
            crm.org.get()
        assert zcrm.limits(crm).in_use == 0

    def test_threads_of_a_worker(self, zoho: SiteEmulator) -> None:
        connect(zoho)
        crm = zcrm.for_identifier("sales@example.com")

        def call(_: int) -> None:
            try:
                crm.org.get()
            finally:
                database.close()

        with ThreadPoolExecutor(30) as pool:
            list(pool.map(call, range(60)))
        assert zcrm.limits(crm).in_use == 0

    def test_a_forked_worker_starts_anew(self, zoho: SiteEmulator) -> None:
        """As under gunicorn's preload: what the parent holds and its thread are not the child's."""
        connect(zoho)
        crm = zcrm.for_identifier("sales@example.com")
        crm.org.get()
        governor = crm.session.governor
        assert isinstance(governor, SharedGovernor)
        name = governor._name
        read, write = os.pipe()
        child = os.fork()
        if not child:
            try:
                is_new = governor._name != name and governor.gate.capacity.slots == 0
                is_alone = exchange_thread._thread is None and threading.active_count() == 1
                os.write(write, b"y" if is_new and is_alone else b"n")
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert os.read(read, 1) == b"y"
        os.close(read)
        os.close(write)
        assert crm.org.get()
