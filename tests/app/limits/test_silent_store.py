"""A store that does not respond, or a process that ended without releasing its slots."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from django_zcrm import Limited
from django_zcrm.health.report import make_report
from django_zcrm.limits import shares, sharing
from django_zcrm.limits.credit_counter import CreditCounter
from django_zcrm.limits.machines import has_ended, process_name
from django_zcrm.limits.rebalance_thread import RebalanceThread, SlotSharing
from django_zcrm.limits.shares import LostSlots, SlotRequest
from django_zcrm.limits.sharing import START_SECONDS, SharedLimiter
from django_zcrm.limits.slot_pool import SlotCounts
from django_zcrm.limits.stores import Stored
from django_zcrm.limits.stores.memory import MemoryStore
from django_zcrm.limits.stores.redis import TIMEOUT, RedisStore
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.http.messages import ZohoResponse
from django_zcrm.zoho.limits.budget import no_waiting
from django_zcrm.zoho.limits.costs import ONE
from django_zcrm.zoho.limits.limiter import SlotClaim
from django_zcrm.zoho.limits.options import LimitOptions
from tests.app.zoho import connect


class SilentStore(MemoryStore):
    """A store that does not respond until the test ends."""

    def __init__(self) -> None:
        super().__init__()
        self.ends = threading.Event()

    def read(self, key: str) -> Stored:
        self.ends.wait(30)
        return super().read(key)


@pytest.fixture
def silent() -> Iterator[SharedLimiter]:
    """Make a process whose store is silent from the start."""
    store = SilentStore()
    limiter = SharedLimiter(LimitOptions(max_wait=0.2), "Enterprise", CreditCounter(), store, "x")
    limiter.rebalance_thread = RebalanceThread()
    yield limiter
    store.ends.set()
    limiter.rebalance_thread.stop()


@pytest.fixture
def silent_url() -> Iterator[str]:
    """Return the URL of a server that accepts connections, and never responds."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(20)
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


def test_first_call_with_silent_store_does_not_wait(
    silent: SharedLimiter, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even a call that may wait for 0.2 s only."""
    slot = silent.claim(SlotClaim(ONE))
    assert 0.09 < slot.waited < 0.2
    assert silent.pool.capacity.slots == 5  # 20, divided by the assumed number of processes
    slot.release(ZohoResponse(200))
    second = silent.claim(SlotClaim(ONE))
    assert second.waited == 0
    second.release(ZohoResponse(200))
    [warning] = [record.getMessage() for record in caplog.records]
    assert "is unavailable (no response)" in warning


def test_call_that_may_not_wait_for_others_waits_for_the_store(silent: SharedLimiter) -> None:
    with no_waiting():
        slot = silent.claim(SlotClaim(ONE))
    assert slot.waited > 0.4
    slot.release(ZohoResponse(200))


def test_first_awaited_call_with_silent_store_does_not_wait(silent: SharedLimiter) -> None:
    slot = asyncio.run(silent.aclaim(SlotClaim(ONE)))
    assert 0.09 < slot.waited < 0.2
    slot.release(ZohoResponse(200))


def test_process_with_a_slot_uses_the_fallback_once_the_store_is_silent(
    silent: SharedLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "REBALANCE_SECONDS", 0.01)
    monkeypatch.setattr(sharing, "FAILOVER_SECONDS", 0.3)
    store: Any = silent._leases.store
    store.ends.set()
    silent.claim(SlotClaim(ONE))
    assert silent.pool.capacity.slots == 1
    store.ends.clear()
    with pytest.raises(Limited):
        silent.claim(SlotClaim(ONE))  # others may use their slots
    time.sleep(0.3)
    for _ in range(19):  # of 20, as there is no other process
        assert silent.claim(SlotClaim(ONE)).waited < 0.1
    silent.slow_down()
    with pytest.raises(Limited):
        silent.claim(SlotClaim(ONE))
    assert silent.pool.capacity.slots == 19


def test_store_after_recovery_decides_again(silent: SharedLimiter) -> None:
    silent.claim(SlotClaim(ONE)).release(ZohoResponse(200))
    store: Any = silent._leases.store
    store.ends.set()
    ends = time.monotonic() + 30
    while silent.known_processes != 1:
        assert time.monotonic() < ends
        time.sleep(0.01)
    assert silent._failed_since is None


def test_silent_redis_gets_one_request(silent_url: str) -> None:
    limiter = SharedLimiter(LimitOptions(), "", CreditCounter(), RedisStore(silent_url), "x")
    limiter.pool._peak = [1, 0, 0]  # a call wants a slot
    started = time.monotonic()
    limiter.rebalance()
    assert time.monotonic() - started < 2 * TIMEOUT
    assert limiter.pool.capacity.slots


@pytest.mark.django_db
def test_pages_with_unavailable_store_are_shown(
    zoho: SiteEmulator, configure: Callable[..., None]
) -> None:
    configure(LIMITS={"STORE": "redis://127.0.0.1:1/0"})
    connect(zoho)
    [limits] = make_report().limits
    assert (limits.is_store_away, limits.is_shared) == (True, False)


class ByHand(RebalanceThread):
    """Exchanges slots within the call that needs them."""

    def schedule(self, limiter: SlotSharing) -> None:
        """Exchange slots now."""
        limiter.rebalance()


def make_process(store: MemoryStore, name: str = "") -> SharedLimiter:
    limiter = SharedLimiter(LimitOptions(max_wait=0.05), "Enterprise", CreditCounter(), store, "x")
    limiter.rebalance_thread = ByHand()
    if name:
        limiter._leases.name = name
    return limiter


def ended_process() -> str:
    """Return the name of a process on this machine that has ended."""
    code = "from django_zcrm.limits.machines import process_name; print(process_name())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def hold_all(store: MemoryStore, name: str, now: float) -> None:
    """Let a process of this name hold all 20 slots, as a killed one did until its end."""
    request = SlotRequest(name, SlotCounts(20), SlotCounts(20), edition="Enterprise")
    state, _ = shares.rebalance(shares.load("", "Enterprise"), request, now)
    assert store.write("x", store.read("x").version, state.dump())


def test_slots_of_an_ended_process_of_this_machine_return_at_once() -> None:
    now = 1000.0
    store = MemoryStore(lambda: now)
    hold_all(store, ended_process(), now)
    limiter = make_process(store)
    with pytest.raises(Limited):
        limiter.claim(SlotClaim(ONE))
    now += shares.ENDED_SECONDS + 0.1
    limiter.rebalance()
    slot = limiter.claim(SlotClaim(ONE))
    slot.release(ZohoResponse(200))


def test_slots_of_a_process_of_another_machine_return_with_its_lease() -> None:
    now = 1000.0
    store = MemoryStore(lambda: now)
    hold_all(store, "1-abcdef012345-00000000", now)
    limiter = make_process(store)
    with pytest.raises(
        Limited, match=r"\(2\) share the slots of the organisation \(20\)"
    ) as caught:
        limiter.claim(SlotClaim(ONE))
    assert "If a process was killed, its slots return within 30 s." in str(caught.value)
    now += 20
    limiter.rebalance()
    with pytest.raises(Limited, match=r"\(1\) ended without releasing their slots \(20\)") as lost:
        limiter.claim(SlotClaim(ONE))
    assert "which return within 10 s." in str(lost.value)
    assert lost.value.retry_after == pytest.approx(10)
    now += 10.1
    limiter.rebalance()
    limiter.claim(SlotClaim(ONE)).release(ZohoResponse(200))


def test_living_process_keeps_its_slots_and_is_not_lost() -> None:
    now = 1000.0
    store = MemoryStore(lambda: now)
    hold_all(store, process_name(), now)
    limiter = make_process(store)
    now += shares.RENEW_SECONDS
    with pytest.raises(Limited):
        limiter.claim(SlotClaim(ONE))
    state = shares.load(store.read("x").state, now=now)
    assert shares.count_lost_slots(state, now) == LostSlots()
    assert len(state.processes) == 2


def test_process_has_ended_only_if_this_machine_knows() -> None:
    mine = process_name()
    machine = mine.split("-")[1]
    assert machine
    assert not has_ended(mine)
    assert not has_ended(f"{os.getppid()}-{machine}-x")
    assert has_ended(f"{2**22 + 1}-{machine}-x")
    assert has_ended(f"{10**30}-{machine}-x")
    assert has_ended(f"{'9' * 5000}-{machine}-x")  # more digits than Python converts
    for name in (f"{2**22 + 1}-other-x", f"{2**22 + 1}-x", "", "-", "x", f"-5-{machine}-x", "--"):
        assert not has_ended(name), name


def test_process_without_a_parent_that_waits_for_it_has_ended() -> None:
    code = "from django_zcrm.limits.machines import process_name; print(process_name())"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        name = child.stdout.read().strip()
        ends = time.monotonic() + 30
        while not has_ended(name):  # its status has not been collected
            assert time.monotonic() < ends
            time.sleep(0.01)
        assert child.returncode is None


def test_time_to_start_is_short() -> None:
    assert START_SECONDS <= 0.5


def test_process_that_has_to_wait_for_its_turn_does_not_count_the_store_as_silent() -> None:
    store = MemoryStore(lambda: 1000.0)
    hold_all(store, "1-abcdef012345-00000000", 1000.0)
    limiter = make_process(store)
    for _ in range(3):  # the later calls need no rebalance: the store knows what they want
        with pytest.raises(Limited):
            limiter.claim(SlotClaim(ONE))
        assert limiter.pool.capacity == SlotCounts()
    assert limiter._failed_since is None
