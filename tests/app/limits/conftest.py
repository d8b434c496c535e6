"""Stores that processes share slots through, the same tests for each."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import pytest

from django_zcrm.limits import sharing
from django_zcrm.limits.credit_counter import CreditCounter
from django_zcrm.limits.rebalance_thread import RebalanceThread
from django_zcrm.limits.registry import forget_limiters, store_of
from django_zcrm.limits.sharing import SharedLimiter
from django_zcrm.limits.stores import Store
from django_zcrm.limits.stores.database import DatabaseStore
from django_zcrm.limits.stores.memory import MemoryStore
from django_zcrm.zoho.limits.options import LimitOptions
from tests.app.limits.servers import LONG, RedisServer


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Run a Redis server for the tests of this process alone."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """Return the URL of an empty Redis: a process that was killed holds its slots for a while."""
    import redis

    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture(
    params=[
        "memory",
        pytest.param("database", marks=pytest.mark.django_db(transaction=True)),
        "redis",
    ]
)
def store(request: pytest.FixtureRequest) -> Store:
    """Return a store; that of the database has the test's."""
    if request.param == "memory":
        return MemoryStore()
    if request.param == "database":
        return DatabaseStore()
    return store_of(request.getfixturevalue("redis_url"))


@pytest.fixture
def process(
    store: Store, key: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., SharedLimiter]]:
    """Make what each process has: a limiter, and a thread that uses the store."""
    monkeypatch.setattr(sharing, "REBALANCE_SECONDS", 0.1)
    threads: list[RebalanceThread] = []

    def make(edition: str = "Standard", **options: float) -> SharedLimiter:
        own = RebalanceThread()
        threads.append(own)
        limiter = SharedLimiter(
            LimitOptions(**{"max_wait": LONG, **options}),  # type: ignore[arg-type]
            edition,
            CreditCounter(),
            store,
            key,
        )
        limiter.rebalance_thread = own
        return limiter

    yield make
    for rebalance_thread in threads:
        rebalance_thread.stop()


@pytest.fixture
def key() -> str:
    """Return a name that no other test has."""
    return f"test:{secrets.token_hex(8)}"


@pytest.fixture(autouse=True)
def no_rebalance_thread_stays() -> Iterator[None]:
    """End the thread that uses a store: it is connected to the test's database."""
    yield
    forget_limiters()
