"""All stores do the same: memory, the database of this run, Redis."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from django_zcrm.governor import shares, sharing
from django_zcrm.governor.exchange_thread import ExchangeThread, SlotSharer
from django_zcrm.governor.gate import Slot, SlotCounts
from django_zcrm.governor.ledger import Ledger
from django_zcrm.governor.sharing import SharedGovernor
from django_zcrm.governor.stores import Store
from django_zcrm.zoho import pace
from django_zcrm.zoho.auth import Permit
from django_zcrm.zoho.costs import ONE, SEND_MAIL
from django_zcrm.zoho.governor_options import GovernorOptions
from django_zcrm.zoho.http import Response

LONG = 60.0

pytestmark = pytest.mark.slow


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.002)


@pytest.fixture
def process(
    store: Store, key: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., SharedGovernor]]:
    """Make what a process has of its own: a governor, and a thread that asks the store."""
    monkeypatch.setattr(sharing, "EXCHANGE_SECONDS", 0.1)
    threads: list[ExchangeThread] = []

    def make(edition: str = "Standard", **options: float) -> SharedGovernor:
        own = ExchangeThread()
        threads.append(own)
        governor = SharedGovernor(
            GovernorOptions(**{"wait": LONG, **options}),  # type: ignore[arg-type]
            edition,
            Ledger(),
            store,
            key,
        )
        governor.exchange_thread = own
        return governor

    yield make
    for exchange_thread in threads:
        exchange_thread.stop()


def hold(governor: SharedGovernor, count: int) -> list[Slot]:
    slots = [governor.gate.take(ONE, False, LONG) for _ in range(count)]
    assert None not in slots
    return [slot for slot in slots if slot]


def test_a_state_is_replaced_only_if_it_is_the_one_that_was_read(store: Store, key: str) -> None:
    first = store.read(key)
    assert (first.version, first.state) == (0, "")
    assert store.write(key, 0, "one")
    assert not store.write(key, 0, "other")
    assert store.read(key)[:2] == (1, "one")
    assert store.write(key, 1, "ü" * 4000)
    assert store.read(key).state == "ü" * 4000


def test_time_is_in_seconds(store: Store, key: str) -> None:
    before = store.read(key).now
    time.sleep(0.05)
    assert 0.04 < store.read(key).now - before < LONG
    assert abs(before - time.time()) < 60


def test_many_writers_lose_nothing(store: Store, key: str) -> None:
    store.read(key)

    def add(number: int) -> None:
        try:
            for _ in range(5):
                while True:
                    stored = store.read(key)
                    if store.write(key, stored.version, stored.state + "x"):
                        break
        finally:
            store.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    assert store.read(key).state == "x" * 20


def test_a_process_gets_what_its_calls_need(process: Callable[..., SharedGovernor]) -> None:
    governor = process()
    slots = hold(governor, 10)
    assert governor.gate.take(ONE, False, 0.2) is None
    assert governor.in_use().slots == 10
    slots[0].release()
    assert governor.gate.take(ONE, False, LONG)


def test_two_share_equally_and_never_have_too_many(
    process: Callable[..., SharedGovernor], store: Store, key: str
) -> None:
    first, second = process(), process()
    most = at_once = 0
    lock, served = threading.Lock(), {first: 0, second: 0}
    have_both_begun = False

    def call(governor: SharedGovernor) -> None:
        nonlocal most, at_once, have_both_begun
        while sum(served.values()) < 800:  # some 0.8 s, longer on a machine that is busy
            slot = governor.gate.take(ONE, False, LONG)
            assert slot
            with lock:
                at_once += 1
                most = max(most, at_once)
                served[governor] += 1
                if not have_both_begun and min(served.values()) >= 10:
                    have_both_begun = True
                    served.update(dict.fromkeys(served, 0))
            time.sleep(0.01)
            with lock:
                at_once -= 1
            slot.release()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(call, [first, second] * 8))
    assert most == 10
    assert min(served.values()) > 0.3 * sum(served.values())


class NoThread(ExchangeThread):
    """Leaves it to the test when the store is asked."""

    def schedule(self, governor: SlotSharer) -> None:
        """Do nothing."""


def test_what_is_taken_while_the_store_is_asked_is_not_promised_to_others(
    process: Callable[..., SharedGovernor], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = process(), process()
    first.exchange_thread = second.exchange_thread = NoThread()
    taken: list[Slot] = []
    write = store.write

    def ask(pool: ThreadPoolExecutor, governor: SharedGovernor) -> list[Future[Slot | None]]:
        asked = [pool.submit(governor.gate.take, ONE, False, LONG) for _ in range(10)]
        until(lambda: governor.gate.waiting == 10)
        governor.exchange()
        return asked

    def slow(*given: Any) -> bool:
        while slot := first.gate.take(ONE, False, 0.0):
            taken.append(slot)
        return write(*given)

    with ThreadPoolExecutor(20) as pool:
        for had in ask(pool, first):
            had.result().release()  # type: ignore[union-attr]
        waiting = ask(pool, second)
        with monkeypatch.context() as patch:
            patch.setattr(store, "write", slow)
            first.exchange()
        second.exchange()
        together = first.gate.in_use.slots + second.gate.in_use.slots
        for slot in taken:
            slot.release()
        first.release_all()
        second.exchange()
        assert all(future.result() for future in waiting)
    assert together == 10


def test_one_that_needs_less_leaves_the_rest(process: Callable[..., SharedGovernor]) -> None:
    first, second = process(), process()
    held = hold(first, 2)
    assert len(hold(second, 8)) == 8
    assert second.gate.take(ONE, False, 0.1) is None
    for slot in held:
        slot.release()
    assert second.gate.take(ONE, False, LONG)


def test_heavy_calls_are_limited_for_all_together(process: Callable[..., SharedGovernor]) -> None:
    first, second = process("Enterprise"), process("Enterprise")
    for _ in range(6):
        assert first.gate.take(SEND_MAIL, False, LONG)
    for _ in range(4):
        assert second.gate.take(SEND_MAIL, False, LONG)
    assert second.gate.take(SEND_MAIL, False, 0.2) is None
    assert second.gate.take(ONE, False, LONG)


def test_batches_leave_the_reserve_of_all_processes(
    process: Callable[..., SharedGovernor],
) -> None:
    first, second = process(), process()
    held = [first.gate.take(ONE, True, LONG) for _ in range(4)]
    held += [second.gate.take(ONE, True, LONG) for _ in range(2)]
    assert all(held)
    assert second.gate.take(ONE, True, 0.2) is None
    assert first.gate.take(ONE, True, 0.2) is None
    assert len(hold(second, 4)) == 4


def test_what_a_killed_process_held_comes_back(
    process: Callable[..., SharedGovernor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "LEASE_SECONDS", 2.0)
    monkeypatch.setattr(sharing, "RENEW_SECONDS", 1.0)
    killed, other = process(), process()
    hold(killed, 10)
    monkeypatch.setattr(killed, "exchange", lambda: None)
    assert other.gate.take(ONE, False, 0.1) is None
    assert len(hold(other, 10)) == 10


def test_a_refusal_slows_all_down(
    process: Callable[..., SharedGovernor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "FIRST_STEP", LONG)  # it does not rise again meanwhile
    first, second = process("Enterprise"), process("Enterprise")
    hold(first, 1)
    [slot] = hold(second, 1)
    first.slow_down()
    until(lambda: first.limit == 10)
    slot.release()
    until(lambda: second.limit == 10)


def test_an_idle_process_gives_back_and_its_thread_ends(
    process: Callable[..., SharedGovernor],
    store: Store,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sharing, "IDLE_SECONDS", 0.2)
    governor = process()
    for slot in hold(governor, 3):
        slot.release()
    until(lambda: governor.exchange_thread._thread is None)
    assert shares.load(store.read(key).state).processes == {}
    assert governor.gate.capacity == SlotCounts()
    assert hold(governor, 3)


def test_in_steady_state_no_call_asks_the_store(
    process: Callable[..., SharedGovernor], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when all of them have to wait: it is asked by the clock."""
    monkeypatch.setattr(sharing, "EXCHANGE_SECONDS", 0.5)
    governor = process()
    asked = calls = 0
    hold(governor, 1)[0].release()
    read = store.read

    def counting(key: str) -> object:
        nonlocal asked
        asked += 1
        return read(key)

    monkeypatch.setattr(store, "read", counting)

    def call(number: int) -> None:
        nonlocal calls
        while calls < 5000:
            permit = governor.permit(Permit(ONE))
            time.sleep(0.001)
            permit.release(Response(200))
            calls += 1

    started = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(call, range(20)))
    by_the_clock = 2 * (time.monotonic() - started) / sharing.EXCHANGE_SECONDS
    assert asked <= 20 + by_the_clock  # the former while threads start


class Broken:
    """A store whose server goes away."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.is_away = False

    def read(self, key: str) -> object:
        if self.is_away:
            raise OSError("away")
        return self.store.read(key)

    def write(self, key: str, version: int, state: str) -> bool:
        if self.is_away:
            raise OSError("away")
        return self.store.write(key, version, state)

    def close(self) -> None:
        self.store.close()


def test_without_the_store_each_goes_on_with_its_share(
    process: Callable[..., SharedGovernor],
    store: Store,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sharing, "FAILOVER_SECONDS", 0.2)
    monkeypatch.setattr(sharing, "STORE_RETRY_SECONDS", 0.05)
    first, second = process(), process()
    broken = Broken(store)
    for governor in (first, second):
        governor._store = broken  # type: ignore[assignment]
        for slot in hold(governor, 3):
            slot.release()
    until(lambda: first.known_processes == second.known_processes == 2)
    broken.is_away = True
    until(lambda: first.gate.capacity.slots == second.gate.capacity.slots == 5)
    hold(first, 5)
    hold(second, 5)
    assert first.gate.take(ONE, False, 0.3) is None
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 2  # one for each process
    assert "share of 5 calls" in warnings[0].getMessage()
    broken.is_away = False
    until(lambda: first._failed_since is None and second._failed_since is None)


def test_a_store_that_was_never_there_does_not_stop_calls(
    process: Callable[..., SharedGovernor], store: Store
) -> None:
    governor = process("Enterprise")
    broken = Broken(store)
    broken.is_away = True
    governor._store = broken  # type: ignore[assignment]
    assert len(hold(governor, 5)) == 5
    assert governor.gate.take(ONE, False, 0.1) is None


def test_when_no_thread_can_be_started_a_call_asks_itself(
    process: Callable[..., SharedGovernor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while the interpreter ends."""
    governor = process()

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread at interpreter shutdown")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert hold(governor, 1)


def test_a_store_is_written_to_only_for_a_reason(
    process: Callable[..., SharedGovernor], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "EXCHANGE_SECONDS", 0.5)
    governor = process()
    slots = hold(governor, 4)
    until(lambda: governor.gate.capacity.slots == 4)
    time.sleep(1.2)
    written, write = 0, store.write

    def counting(*given: object) -> bool:
        nonlocal written
        written += 1
        return write(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "write", counting)
    started = time.monotonic()
    for _ in range(60):
        slots.pop().release()
        time.sleep(0.01)
        slots += hold(governor, 1)
    # How many are in use, for people.
    assert written <= 1 + (time.monotonic() - started) / sharing.REPORT_SECONDS
