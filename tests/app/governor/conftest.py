"""Stores that processes share slots through, the same tests for each."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest

from django_zcrm.governor.registry import forget_governors, store_of
from django_zcrm.governor.stores import Store
from django_zcrm.governor.stores.database import DatabaseStore
from django_zcrm.governor.stores.memory import MemoryStore

# A database for each of pytest's workers: a process that a test kills holds its slots for a while.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
REDIS_URL = os.environ.get("REDIS_URL", f"redis://127.0.0.1:6379/{int(WORKER) % 16}")


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Return the URL of a Redis server. In CI a missing one is a failure, not a skip."""
    import redis

    try:
        redis.Redis.from_url(REDIS_URL, socket_connect_timeout=1).ping()
    except redis.RedisError:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs a Redis server at {REDIS_URL}")
        pytest.skip(f"no Redis server at {REDIS_URL}")
    return REDIS_URL


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
    """Return a name that no other test has: a Redis server is not emptied for us."""
    return f"test:{secrets.token_hex(8)}"


@pytest.fixture(autouse=True)
def no_keeper_stays() -> Iterator[None]:
    """End the thread that asks a store: it is connected to the test's database."""
    yield
    forget_governors()
