"""Processes that share slots, in every order: never too many, nobody forgotten, all come back."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import nullcontext
from itertools import count
from math import ceil
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from django_zcrm.limits.shares import (
    LEASE_SECONDS,
    Allocation,
    SharedState,
    SlotRequest,
    in_use,
    load,
    rebalance,
    remove_process,
)
from django_zcrm.limits.slot_pool import SlotCounts, count_unreserved
from django_zcrm.limits.stores import Store, Stored
from django_zcrm.limits.stores.database import DatabaseStore
from django_zcrm.limits.stores.memory import MemoryStore
from django_zcrm.zoho.limits.adaptive_limit import ceiling_of

ENTERPRISE = 20
INTERLEAVINGS = int(os.environ.get("ZCRM_INTERLEAVINGS", "300"))


def request_slots(state: SharedState, name: str, slots: int, now: float = 1.0, **more: Any) -> Any:
    return rebalance(
        state, SlotRequest(name, wants=SlotCounts(slots), edition="Enterprise", **more), now
    )


def test_state_after_dump_and_load_is_equal() -> None:
    state, _ = request_slots(load("", "Enterprise"), "a", 5)
    state, _ = request_slots(state, "b", 50, refused=True)
    assert load(state.dump()) == state
    assert load("", "").adaptive_limit.limit == 25


def test_process_with_small_request_gets_all_of_it() -> None:
    state = load("", "Enterprise")
    share = {}
    for _ in range(2):
        for name, wants in {"a": 2, "b": 30, "c": 30}.items():
            state, answer = request_slots(state, name, wants)
            share[name] = answer.fair.slots
    assert share == {"a": 2, "b": 9, "c": 9}


def test_processes_without_enough_slots_take_turns() -> None:
    state = load("", "Enterprise")
    served: set[str] = set()
    for second in range(1, 12):
        for number in range(50):
            state, answer = request_slots(state, str(number), 1, now=float(second))
            if answer.share.slots:
                served.add(str(number))
    assert len(served) == 50


def test_processes_share_the_slots_that_a_killed_process_does_not_hold() -> None:
    state, _ = request_slots(load("", "Enterprise"), "killed", 18)
    state, _ = request_slots(state, "first", 1)
    state, _ = request_slots(state, "second", 1)
    served: set[str] = set()
    for tenth in range(10, 120):
        for name in ("first", "second", "third"):
            state, answer = request_slots(state, name, 8, now=tenth / 10)
            assert sum(process.held.slots for process in state.processes.values()) <= ENTERPRISE
            if answer.share.slots:
                served.add(name)
    assert served == {"first", "second", "third"}


def test_batch_calls_with_busy_pages_keep_a_tenth() -> None:
    state = load("", "Enterprise")
    for _ in range(3):
        for number in range(40):
            state, _ = request_slots(state, f"page {number}", 8)
        ask = SlotRequest("batch", wants=SlotCounts(8, 0, 8), edition="Enterprise")
        state, answer = rebalance(state, ask, 1.0)
    assert answer.fair.slots == 2


def test_edition_learnt_by_one_process_applies_to_all() -> None:
    state, _ = rebalance(load(""), SlotRequest("a", wants=SlotCounts(50)), 1.0)
    state, answer = request_slots(state, "b", 50)
    assert answer.ceiling == ENTERPRISE
    _, answer = rebalance(state, SlotRequest("a", wants=SlotCounts(50)), 1.0)
    assert answer.limit == ENTERPRISE


def test_process_after_release_is_forgotten_at_once() -> None:
    state, _ = request_slots(load("", "Enterprise"), "a", 20)
    state, answer = request_slots(remove_process(state, "a", 1.0), "b", 20)
    assert (answer.share.slots, answer.processes) == (20, 1)


class Process:
    """What a process believes: its share, and the calls that it makes with it."""

    def __init__(self) -> None:
        self.share = SlotCounts()
        self.calls: list[tuple[bool, bool]] = []
        self.wants = SlotCounts()
        self.heard = 0.0

    @property
    def busy(self) -> SlotCounts:
        heavy = sum(heavy for heavy, _ in self.calls)
        return SlotCounts(len(self.calls), heavy, sum(batch for _, batch in self.calls))


class Sharing(RuleBasedStateMachine):
    """Some processes whose questions to a store, calls and deaths come in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.store: MemoryStore | Timed = MemoryStore(lambda: self.now)
        self.processes: dict[str, Process] = {}
        self.edition, self.ceiling = "Enterprise", ENTERPRISE
        self.names = 0

    @initialize(count=st.integers(1, 6), edition=st.sampled_from(["Free", "Enterprise"]))
    def start(self, count: int, edition: str) -> None:
        self.edition, self.ceiling = edition, ceiling_of(edition)
        for _ in range(count):
            self.begin()

    @precondition(lambda self: len(self.processes) < 8)
    @rule()
    def begin(self) -> None:
        self.names += 1
        self.processes[f"p{self.names}"] = Process()

    def chosen(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.processes)))

    @precondition(lambda self: self.processes)
    @rule(
        data=st.data(),
        slots=st.integers(0, 25),
        heavy=st.integers(0, 25),
        batch=st.integers(0, 25),
        refused=st.booleans(),
    )
    def ask(self, data: st.DataObject, slots: int, heavy: int, batch: int, refused: bool) -> None:
        name = self.chosen(data)
        process = self.processes[name]
        busy = process.busy
        slots = max(slots, busy.slots)
        wants = SlotCounts(
            slots, max(min(heavy, slots), busy.heavy), max(min(batch, slots), busy.batch)
        )
        answer = self.rebalance(name, busy, wants, refused and data.draw(st.booleans()))
        process.share, process.wants, process.heard = answer.share, wants, self.now
        assert all(
            mine <= most
            for mine, most in zip(
                (answer.share.slots, answer.share.heavy, answer.share.batch),
                (answer.limit, min(10, answer.limit), count_unreserved(answer.limit, 0.4)),
                strict=True,
            )
        )

    def rebalance(
        self, name: str, busy: SlotCounts, wants: SlotCounts, refused: bool
    ) -> Allocation:
        """Rebalance as a process does; now and then another is faster, and it starts over."""
        while True:
            stored = self.store.read("x")
            state, answer = rebalance(
                load(stored.state, self.edition),
                SlotRequest(name, busy, wants, refused, self.edition),
                stored.now,
            )
            if self.store.write("x", stored.version, state.dump()):
                return answer

    @precondition(lambda self: self.processes)
    @rule(data=st.data(), count=st.integers(1, 25), heavy=st.booleans(), batch=st.booleans())
    def call(self, data: st.DataObject, count: int, heavy: bool, batch: bool) -> None:
        process = self.processes[self.chosen(data)]
        for _ in range(count):
            busy, share = process.busy, process.share
            fits = busy.slots < share.slots
            fits = fits and (not heavy or busy.heavy < share.heavy)
            if fits and (not batch or busy.batch < share.batch):
                process.calls.append((heavy, batch))

    @precondition(lambda self: any(process.calls for process in self.processes.values()))
    @rule(data=st.data(), count=st.integers(1, 25))
    def end_calls(self, data: st.DataObject, count: int) -> None:
        working = sorted(name for name, process in self.processes.items() if process.calls)
        del self.processes[data.draw(st.sampled_from(working))].calls[-count:]

    @precondition(lambda self: len(self.processes) > 1)
    @rule(data=st.data())
    def kill(self, data: st.DataObject) -> None:
        """Its calls end, and what it holds comes back by itself."""
        del self.processes[self.chosen(data)]

    @precondition(lambda self: len(self.processes) > 1)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        name = self.chosen(data)
        if not self.processes[name].calls:
            stored = self.store.read("x")
            state = remove_process(load(stored.state, self.edition), name, stored.now)
            assert self.store.write("x", stored.version, state.dump())
            del self.processes[name]

    @rule(seconds=st.floats(0.1, 3))
    def wait(self, seconds: float) -> None:
        """Time passes, while living processes prolong what they hold."""
        self.now += seconds
        for name, process in self.processes.items():
            if self.now - process.heard > LEASE_SECONDS / 2:
                answer = self.rebalance(name, process.busy, process.wants, False)
                process.share, process.heard = answer.share, self.now

    @invariant()
    def no_more_calls_than_the_ceiling(self) -> None:
        busy = [process.busy for process in self.processes.values()]
        assert sum(share.slots for share in busy) <= self.ceiling
        assert sum(share.heavy for share in busy) <= 10
        assert sum(share.batch for share in busy) <= count_unreserved(self.ceiling, 0.4)

    @invariant()
    def the_store_knows_at_least_what_is_lent(self) -> None:
        state = load(self.store.read("x").state, self.edition)
        for name, process in self.processes.items():
            if name in state.processes:
                held = state.processes[name].held
                assert held.slots >= process.share.slots
                assert held.heavy >= process.share.heavy
        assert sum(process.held.slots for process in state.processes.values()) <= self.ceiling
        assert in_use(state, self.now).slots <= self.ceiling

    def teardown(self) -> None:
        """After the life of what the dead held, the living get what they want, up to the limit."""
        if not self.processes:
            return
        for process in self.processes.values():
            process.calls.clear()
        # In a whole second: who has a turn when there are too many changes with the next one.
        self.now = ceil(self.now + LEASE_SECONDS + 20)
        for _ in range(3):
            for name, process in self.processes.items():
                self.now += 0.01
                answer = self.rebalance(name, SlotCounts(), SlotCounts(5), False)
                process.share = answer.share
        granted = sum(process.share.slots for process in self.processes.values())
        assert granted == min(answer.limit, 5 * len(self.processes))


Sharing.TestCase.settings = settings(
    max_examples=INTERLEAVINGS,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


TestSharing = pytest.mark.slow(Sharing.TestCase)


class Timed:
    """A store whose keys are new and whose time is a test's."""

    def __init__(self, store: Store, prefix: str, clock: Callable[[], float]) -> None:
        self._store, self._prefix, self._clock = store, prefix, clock

    def read(self, key: str) -> Stored:
        return self._store.read(self._prefix + key)._replace(now=self._clock())

    def write(self, key: str, version: int, state: str) -> bool:
        return self._store.write(self._prefix + key, version, state)


@pytest.mark.slow
def test_stores_with_same_calls_have_same_states(store: Store, key: str) -> None:
    """Some of the interleavings; CI runs a thousand by ZCRM_STORE_INTERLEAVINGS."""
    some = int(os.environ.get("ZCRM_STORE_INTERLEAVINGS", "10"))
    numbers = count()

    class Stores(Sharing):
        def __init__(self) -> None:
            super().__init__()
            self.store = Timed(store, f"{key}:{next(numbers)}:", lambda: self.now)

    # All processes are this thread, so one transaction is enough: a server takes longer to write
    # each change to its disk than for all the rest.
    with transaction.atomic() if isinstance(store, DatabaseStore) else nullcontext():
        run_state_machine_as_test(
            Stores, settings=settings(Sharing.TestCase.settings, max_examples=some)
        )
    done = next(numbers)
    assert done >= some
    where = connection.vendor if isinstance(store, DatabaseStore) else type(store).__name__
    print(f"{where}: {done} interleavings")
