"""A store whose state is damaged, or whose clock is set back: calls go on, and the state heals."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from django_zcrm.health.report import make_report
from django_zcrm.limits import shares
from django_zcrm.limits.credit_counter import BUCKET, Bucket, CreditCounter
from django_zcrm.limits.rebalance_thread import RebalanceThread, SlotSharing
from django_zcrm.limits.sharing import SharedLimiter
from django_zcrm.limits.slot_leases import RECOVERY_SECONDS
from django_zcrm.limits.slot_pool import SlotCounts
from django_zcrm.limits.stores import Store, Stored
from django_zcrm.limits.stores.memory import MemoryStore
from django_zcrm.limits.stores.redis import PREFIX, RedisStore
from django_zcrm.models import SharedLimit
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.limits.costs import ONE
from django_zcrm.zoho.limits.options import LimitOptions
from tests.app.zoho import connect

HOUR = 3600.0


class ShiftedStore:
    """A store whose clock a test can set."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.shift = 0.0
        self.writes = 0

    def read(self, key: str) -> Stored:
        stored = self.store.read(key)
        return stored._replace(now=stored.now + self.shift)

    def write(self, key: str, version: int, state: str) -> bool:
        self.writes += 1
        return self.store.write(key, version, state)

    def read_all(self, keys: list[str]) -> dict[str, Stored]:
        return self.store.read_all(keys)

    def close(self) -> None:
        self.store.close()


class ByHand(RebalanceThread):
    """Leaves it to the test when a process rebalances slots with the store."""

    def schedule(self, limiter: SlotSharing) -> None:
        """Do nothing."""


@pytest.fixture
def shifted(store: Store) -> ShiftedStore:
    return ShiftedStore(store)


@pytest.fixture
def begin(shifted: ShiftedStore, key: str) -> Iterator[Callable[[], SharedLimiter]]:
    """Make a separate process, whose rebalances the test makes."""
    made = []

    def make() -> SharedLimiter:
        limiter = SharedLimiter(LimitOptions(), "Enterprise", CreditCounter(), shifted, key)
        limiter.rebalance_thread = ByHand()
        made.append(limiter)
        return limiter

    yield make
    for limiter in made:
        limiter.release_all()


def request_slots(limiter: SharedLimiter, count: int) -> int:
    """Exchange slots as a process does whose calls want `count`; return how many it may use."""
    limiter.pool._peak = [count, 0, 0]
    limiter.rebalance()
    return limiter.pool.capacity.slots


def stored_state(now: float, **changes: Any) -> dict[str, Any]:
    """Return a valid state in which another process holds 20 slots, with changes."""
    return {
        "adaptive_limit": [20, 20, now - 60, False, 1.0],
        "holders": {"other": [[20, 10, 12], [20, 0, 0], [20, 0, 0], now + 30]},
        **changes,
    }


@pytest.mark.django_db(transaction=True)
def test_lease_far_in_the_future_ends_after_the_longest_legal_time(
    begin: Callable[[], SharedLimiter],
    shifted: ShiftedStore,
    key: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = shifted.read(key).now
    state = stored_state(now)
    state["holders"]["other"][3] = now + HOUR
    shifted.write(key, 0, json.dumps(state))
    limiter = begin()
    assert request_slots(limiter, 20) == 0
    shifted.shift = shares.LEASE_SECONDS + 1
    limiter._leases.recovered_at = float("-inf")
    assert request_slots(limiter, 20) == 20
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert warnings == [
        "Replaced the invalid stored state of Zoho's limits: a lease ends too late."
    ]


@pytest.mark.django_db(transaction=True)
def test_store_clock_set_back_stops_no_calls(
    begin: Callable[[], SharedLimiter], shifted: ShiftedStore, key: str
) -> None:
    """A killed process's slots return within 30 s, and living processes renew their leases."""
    killed, limiter = begin(), begin()
    assert request_slots(killed, 15) == 15
    assert request_slots(limiter, 5) == 5
    killed.slow_down()
    killed.rebalance()
    shifted.shift = -HOUR
    limiter._leases.recovered_at = float("-inf")
    request_slots(limiter, 20)
    state = shares.load(shifted.read(key).state)
    now = shifted.read(key).now
    assert all(process.until <= now + shares.LEASE_SECONDS for process in state.processes.values())
    assert state.adaptive_limit.changed <= now
    shifted.shift += shares.RENEW_SECONDS + 1
    before = shifted.writes
    limiter.rebalance()
    assert shifted.writes == before + 1  # it renews its lease by the new time
    shifted.shift += shares.LEASE_SECONDS
    limiter._leases.recovered_at = float("-inf")
    assert request_slots(limiter, 20) >= 11
    assert limiter.limit >= 11  # and the limit rises again


DAMAGED = {
    "no JSON": "\x01not json",
    "a list": "[]",
    "an empty object": "{}",
    "null": "null",
    "nested deeply": "[" * 20_000,
    "no processes": '{"adaptive_limit":[20,20,0,false,1],"holders":7}',
    "a list of processes": '{"adaptive_limit":[20,20,0,false,1],"holders":["a"]}',
    "short adaptive_limit": '{"adaptive_limit":[20,20],"holders":{}}',
    "text in adaptive_limit": '{"adaptive_limit":["20",20,0,false,1],"holders":{}}',
    "huge limit": '{"adaptive_limit":[2000,20,0,false,1],"holders":{}}',
    "negative limit": '{"adaptive_limit":[-1,20,0,false,1],"holders":{}}',
    "unknown ceiling": '{"adaptive_limit":[3,3,0,false,1],"holders":{}}',
    "ceiling is no integer": '{"adaptive_limit":[20,20.0,0,false,1],"holders":{}}',
    "NaN": '{"adaptive_limit":[20,20,NaN,false,1],"holders":{}}',
    "infinite": '{"adaptive_limit":[20,20,0,false,Infinity],"holders":{}}',
    "overflowing": '{"adaptive_limit":[20,20,1' + "0" * 400 + ',false,1],"holders":{}}',
    "process without counts": '{"adaptive_limit":[20,20,0,false,1],"holders":{"a":[1,2,3,4]}}',
    "process with negative counts": (
        '{"adaptive_limit":[20,20,0,false,1],"holders":{"a":[[-9,0,0],[0,0,0],[0,0,0],9e11]}}'
    ),
    "process with too many": (
        '{"adaptive_limit":[20,20,0,false,1],"holders":{"a":[[900,0,0],[0,0,0],[0,0,0],9e11]}}'
    ),
    "process until NaN": (
        '{"adaptive_limit":[20,20,0,false,1],"holders":{"a":[[9,0,0],[0,0,0],[0,0,0],NaN]}}'
    ),
}


def test_damaged_texts_give_a_usable_state() -> None:
    for name, text in DAMAGED.items():
        state = shares.load(text, "Enterprise", 1000.0)
        assert state.defect, name
        assert state.is_corrected, name
        assert (state.adaptive_limit.limit, state.adaptive_limit.ceiling, state.processes) == (
            20,
            20,
            {},
        ), name


def test_clocks_that_differ_by_a_second_are_no_defect() -> None:
    state = stored_state(1001.0, adaptive_limit=[20, 20, 1001.0, False, 1.0])
    loaded = shares.load(json.dumps(state), "Enterprise", 1000.0)
    assert loaded.defect == ""
    assert loaded.processes["other"].until == 1000.0 + shares.LEASE_SECONDS
    assert loaded.adaptive_limit.changed == 1000.0


@pytest.mark.django_db(transaction=True)
def test_damaged_state_is_replaced_and_logged_once(
    begin: Callable[[], SharedLimiter],
    shifted: ShiftedStore,
    key: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    limiter = begin()
    for text in ("\x01not json", "{}", "null"):
        shifted.write(key, shifted.read(key).version, text)
        # What others hold is not known, so that it takes a quarter until they have reported it.
        limiter.release_all()
        limiter._allocation = None
        assert request_slots(limiter, 20) == 5
        assert shares.load(shifted.read(key).state).defect == ""
        limiter._leases.recovered_at -= RECOVERY_SECONDS
        assert request_slots(limiter, 20) == 20
    warnings = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "cannot be parsed" in warnings[0].getMessage()


@pytest.mark.django_db(transaction=True)
def test_lost_state_does_not_double_the_slots(
    begin: Callable[[], SharedLimiter], shifted: ShiftedStore, key: str
) -> None:
    """As after a restart of Redis: who rebalances first does not take what the others use."""
    first, second = begin(), begin()
    for limiter in (first, second):
        request_slots(limiter, 20)
    for limiter in (first, second):
        limiter.pool.take(ONE, False, 0.0)
        assert request_slots(limiter, 20) == 10
    shifted.write(key, shifted.read(key).version, "")
    assert request_slots(first, 20) == 10
    assert request_slots(second, 20) == 10


def damage(key: str, redis_url: str, kind: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.delete(PREFIX + key)
        if kind == "text":
            client.set(PREFIX + key, "something else")
        elif kind == "version":
            client.hset(PREFIX + key, mapping={"version": "abc", "state": "{}"})
        elif kind == "large version":
            client.hset(PREFIX + key, mapping={"version": "9" * 30, "state": ""})
        else:
            client.hset(PREFIX + key, mapping={"version": "7", "state": b"\xff\xfe"})


@pytest.mark.parametrize("kind", ["text", "version", "large version", "bytes"])
def test_key_of_redis_with_other_content_is_replaced(redis_url: str, key: str, kind: str) -> None:
    damage(key, redis_url, kind)
    store = RedisStore(redis_url)
    stored = store.read(key)
    store.read_all([key])
    assert store.write(key, stored.version, "{}")
    assert store.read(key).state == "{}"
    assert not store.write(key, stored.version, "late")
    store.close()


@pytest.mark.django_db(transaction=True)
def test_largest_version_of_a_row_is_followed_by_the_first(key: str) -> None:
    from django_zcrm.limits.stores.database import MAX_VERSION, DatabaseStore

    SharedLimit.objects.create(key=key, version=MAX_VERSION, state="")
    store = DatabaseStore()
    assert store.write(key, MAX_VERSION, "{}")
    assert store.read(key)[:2] == (1, "{}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("text", ["\x01not json", "{}", '{"adaptive_limit":0,"holders":{"a":1}}'])
def test_damaged_state_breaks_no_page(
    zoho: SiteEmulator, configure: Callable[..., None], text: str
) -> None:
    from django_zcrm import zcrm

    configure(LIMITS={"STORE": "database"})
    connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")
    crm.org.get()
    SharedLimit.objects.update(state=text)
    assert crm.limits().concurrency == 20
    [limits] = make_report().limits
    assert (limits.concurrency, limits.in_use) == (20, 0)


def test_credits_counted_in_the_future_count_as_of_now() -> None:
    """As after a clock of another process was an hour ahead."""
    now = 1_000_000.0 // BUCKET * BUCKET
    counter = CreditCounter(lambda: now)
    counter.learn({int(now + HOUR): Bucket(credits=7, remaining=0), int(now): Bucket(credits=2)})
    assert counter.credits_spent() == 9
    assert counter.credits_left() == 0
    counter.count(1, 0.0, 400)
    counter.learn({int(now + HOUR): Bucket(credits=7, remaining=0)})
    assert counter.credits_left() == 400


def test_slots_of_memory_are_those_of_the_store() -> None:
    store = MemoryStore(lambda: 50.0)
    store.write("x", 0, json.dumps(stored_state(50.0)))
    state = shares.load(store.read("x").state, "Enterprise", 50.0)
    assert state.processes["other"].held == SlotCounts(20, 10, 12)
