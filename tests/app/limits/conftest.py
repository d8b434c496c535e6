"""Stores that processes share slots through, the same tests for each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from django_zcrm.limits.registry import forget_limiters, store_of
from django_zcrm.limits.stores import Store
from django_zcrm.limits.stores.database import DatabaseStore
from django_zcrm.limits.stores.memory import MemoryStore
from tests.app.limits.servers import RedisServer


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
def key() -> str:
    """Return a name that no other test has."""
    return f"test:{secrets.token_hex(8)}"


@pytest.fixture(autouse=True)
def no_rebalance_thread_stays() -> Iterator[None]:
    """End the thread that uses a store: it is connected to the test's database."""
    yield
    forget_limiters()
