"""How processes share an organisation's slots: pure functions from one state to the next.

The state has the number of slots of each process, the end of its lease, and the adaptive limit of
all.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..zoho.limits.adaptive_limit import (
    CONCURRENCY,
    HEAVY,
    MAX_STEP,
    UNKNOWN_EDITION,
    AdaptiveLimit,
    ceiling_of,
    initial_limit,
)
from .slot_counts import difference, larger_of, numbers, smaller_of, sum_counts
from .slot_pool import SlotCounts, count_unreserved

LEASE_SECONDS = 30.0
"""Seconds for which slots are leased. A killed process keeps its slots for this time."""

RENEW_SECONDS = LEASE_SECONDS / 2
"""Seconds after which a process renews an unchanged lease."""

ENDED_SECONDS = 2.0
"""Seconds for which the slots of a process that has ended stay leased: Zoho may still execute its
last calls.
"""

LATE_SECONDS = 2.0
"""Seconds by which a renewal may be late before a process counts as lost."""

CLOCK_TOLERANCE = 5.0
"""Seconds by which a stored time may be in the future: the clocks of two servers differ."""

MAX_WANTED = 100_000
"""Largest number of waiting calls that a process can report."""

MAX_MOMENT = 1e12
"""Largest number of seconds that can be a time."""

BATCH_FLOOR = 10
"""One in this number of slots goes to batch calls, even if interactive calls need all."""

ROTATION_SECONDS = 1.0
"""If there are more processes than slots, these seconds are the turn of each process."""

NO_SLOTS = SlotCounts()


@dataclass(frozen=True)
class SharingProcess:
    """A process: the slots that it holds, those that its calls use, and those that they can use."""

    held: SlotCounts
    busy: SlotCounts
    wants: SlotCounts
    until: float


@dataclass(frozen=True)
class SharedState:
    """The state that processes share. `processes` are by name, in the order in which they came.

    `defect` describes what was wrong with the stored text, if anything. `is_corrected` is true if
    the text has to be replaced even if no process needs other slots.
    """

    adaptive_limit: AdaptiveLimit
    processes: Mapping[str, SharingProcess] = field(default_factory=dict)
    defect: str = field(default="", compare=False)
    is_corrected: bool = field(default=False, compare=False)

    def dump(self) -> str:
        """Serialize it as JSON."""
        adaptive_limit = self.adaptive_limit
        return json.dumps(
            {
                "adaptive_limit": [
                    adaptive_limit.limit,
                    adaptive_limit.ceiling,
                    adaptive_limit.changed,
                    adaptive_limit.is_raised,
                    adaptive_limit.step,
                ],
                "holders": {
                    name: [
                        *map(numbers, (process.held, process.busy, process.wants)),
                        process.until,
                    ]
                    for name, process in self.processes.items()
                },
            },
            separators=(",", ":"),
        )


def load(text: str, edition: str = "", now: float = math.inf) -> SharedState:
    """Return the state that `dump` wrote; the initial one for an empty text.

    The text is not trusted: invalid parts are left out, times too far after `now` are
    bounded, and `defect` describes what was wrong. It never raises an error.
    """
    initial = replace(initial_limit(ceiling_of(edition)), changed=0.0)
    if not text:
        return SharedState(initial)
    try:
        content = json.loads(text)
        stored_pace, stored_processes = content["adaptive_limit"], content["holders"].items()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return SharedState(initial, defect="it cannot be parsed", is_corrected=True)
    defects = []
    try:
        adaptive_limit = _parse_adaptive_limit(stored_pace)
    except (ValueError, TypeError):
        adaptive_limit = initial
        defects.append("the limit is invalid")
    if adaptive_limit.changed > now + CLOCK_TOLERANCE:
        defects.append("the limit was changed in the future")
    processes = {}
    for name, stored in stored_processes:
        try:
            process = _parse_process(stored)
        except (ValueError, TypeError):
            defects.append("a process is invalid")
            continue
        if process.until > now + LEASE_SECONDS + CLOCK_TOLERANCE:
            defects.append("a lease ends too late")
        processes[name] = replace(process, until=min(process.until, now + LEASE_SECONDS))
    return SharedState(
        replace(adaptive_limit, changed=min(adaptive_limit.changed, now)),
        processes,
        ", ".join(dict.fromkeys(defects)),
        is_corrected=bool(defects),
    )


def _parse_adaptive_limit(value: Any) -> AdaptiveLimit:
    """Return a stored adaptive limit. Raises ValueError or TypeError if it is invalid."""
    limit, ceiling, changed, is_raised, step = value
    ceiling = _parse_count(ceiling, UNKNOWN_EDITION)
    if ceiling not in CONCURRENCY.values() or not isinstance(is_raised, bool):
        raise ValueError
    limit = _parse_count(limit, ceiling)
    return AdaptiveLimit(
        max(limit, 1),
        ceiling,
        _parse_number(changed),
        is_raised,
        min(_parse_number(step), MAX_STEP),
    )


def _parse_process(value: Any) -> SharingProcess:
    """Return a stored process. Raises ValueError or TypeError if it is invalid."""
    held, busy, wants, until = value
    return SharingProcess(
        _parse_counts(held, UNKNOWN_EDITION),
        _parse_counts(busy, UNKNOWN_EDITION),
        _parse_counts(wants, MAX_WANTED),
        _parse_number(until),
    )


def _parse_counts(value: Any, maximum: int) -> SlotCounts:
    slots, heavy, batch = (_parse_count(count, maximum) for count in value)
    return SlotCounts(slots, heavy, batch)


def _parse_count(value: Any, maximum: int) -> int:
    if type(value) is not int or not 0 <= value <= maximum:
        raise ValueError
    return value


def _parse_number(value: Any) -> float:
    if type(value) not in (int, float) or not -MAX_MOMENT < value < MAX_MOMENT:
        raise ValueError
    return float(value)


@dataclass(frozen=True)
class SlotRequest:
    """A process's request for slots: what its calls use, what they could use, and whether Zoho
    refused one."""

    name: str
    busy: SlotCounts = NO_SLOTS
    wants: SlotCounts = NO_SLOTS
    refused: bool = False
    edition: str = ""
    reserved: float = 0.4


@dataclass(frozen=True)
class Allocation:
    """The slots that a process may use from now on.

    `fair` is what it will get once others have released theirs; `others` are the slots that calls
    of the others use; `processes` counts those that hold or want some. `lost` describes the others
    that have ended without releasing their slots.
    """

    share: SlotCounts
    fair: SlotCounts
    others: SlotCounts
    limit: int
    ceiling: int
    processes: int
    lost: LostSlots


@dataclass(frozen=True)
class LostSlots:
    """The slots of processes that did not renew their leases in time.

    Such a process was probably killed. `seconds` is the time until the last of the slots return.
    """

    processes: int = 0
    slots: int = 0
    seconds: float = 0.0


def count_lost_slots(state: SharedState, now: float, except_for: str = "") -> LostSlots:
    """Return the slots of processes whose renewal is overdue."""
    latest = now + LEASE_SECONDS - RENEW_SECONDS - LATE_SECONDS
    ended_processes = [
        process
        for name, process in state.processes.items()
        if name != except_for and now < process.until < latest and process.held.slots
    ]
    return LostSlots(
        len(ended_processes),
        sum(process.held.slots for process in ended_processes),
        max((process.until - now for process in ended_processes), default=0.0),
    )


def shorten_leases(state: SharedState, names: Collection[str], now: float) -> SharedState:
    """Return the state with shorter leases for these processes, which have ended."""
    until = now + ENDED_SECONDS
    shortened = {
        name: replace(process, until=until)
        for name, process in state.processes.items()
        if name in names and process.until > until
    }
    if not shortened:
        return state
    return replace(state, processes={**state.processes, **shortened}, is_corrected=True)


def rebalance(
    state: SharedState, request: SlotRequest, now: float
) -> tuple[SharedState, Allocation]:
    """Return the next state, and the slots that a process may use for `LEASE_SECONDS`."""
    adaptive_limit = state.adaptive_limit
    if request.edition:
        adaptive_limit = adaptive_limit.below(ceiling_of(request.edition))
    adaptive_limit = adaptive_limit.decrease(now) if request.refused else adaptive_limit.at(now)
    processes = {name: process for name, process in state.processes.items() if process.until > now}
    former = processes.get(request.name)
    asking = SharingProcess(
        former.held if former else SlotCounts(),
        request.busy,
        request.wants,
        now + LEASE_SECONDS,
    )
    processes[request.name] = asking
    others = [process for name, process in processes.items() if name != request.name]
    limits = _limits(adaptive_limit.limit, request.reserved)
    rotation = int(now / ROTATION_SECONDS)
    fair_shares = _fair_shares(processes, limits, rotation)
    fair = fair_shares[request.name]
    turn = _share_of_rest(processes, fair_shares, limits, rotation, request.name)
    free = difference(limits, sum_counts(process.held for process in others))
    share = smaller_of(smaller_of(fair, turn), free)
    # Running calls cannot lose their slots: these count as held until the calls end.
    processes[request.name] = replace(asking, held=larger_of(share, request.busy))
    allocation = Allocation(
        share,
        fair,
        sum_counts(process.busy for process in others),
        adaptive_limit.limit,
        adaptive_limit.ceiling,
        len(processes),
        count_lost_slots(state, now, request.name),
    )
    return SharedState(adaptive_limit, processes), allocation


def remove_process(state: SharedState, name: str, now: float) -> SharedState:
    """Return the state without a process, which has released its slots."""
    return replace(
        state,
        processes={
            n: process
            for n, process in state.processes.items()
            if n != name and process.until > now
        },
    )


def in_use(state: SharedState, now: float) -> SlotCounts:
    """Return the slots that calls of all processes use, by their last reports."""
    return sum_counts(process.busy for process in state.processes.values() if process.until > now)


def waiting(state: SharedState, now: float) -> int:
    """Return how many more slots calls of all processes could use, by their last reports."""
    return sum(
        max(process.wants.slots - process.held.slots, 0)
        for process in state.processes.values()
        if process.until > now
    )


def _fair_shares(
    processes: Mapping[str, SharingProcess], limits: SlotCounts, rotation: int
) -> dict[str, SlotCounts]:
    """Return each process's fair share: equal shares, but no more than a process can use."""
    heavy = _divide(
        {n: process.wants.heavy for n, process in processes.items()}, limits.heavy, rotation
    )
    batch = _divide(
        {n: process.wants.batch for n, process in processes.items()}, limits.batch, rotation
    )
    # Batch calls that must leave the reserve free need no slots either.
    wants = {
        n: process.wants.slots - process.wants.batch + batch[n] for n, process in processes.items()
    }
    floor = _divide(batch, limits.slots // BATCH_FLOOR, rotation)
    rest = {n: wants[n] - floor[n] for n in processes}
    more = _divide(rest, limits.slots - sum(floor.values()), rotation)
    slots = {n: floor[n] + more[n] for n in processes}
    return {
        n: SlotCounts(slots[n], min(heavy[n], slots[n]), min(batch[n], slots[n])) for n in processes
    }


def _share_of_rest(
    processes: Mapping[str, SharingProcess],
    fair_shares: Mapping[str, SlotCounts],
    limits: SlotCounts,
    rotation: int,
    name: str,
) -> SlotCounts:
    """Return a process's share of the slots that others do not hold beyond their fair shares.

    A killed process, or one with long calls, does not release those slots soon. If that leaves a
    process without any, the others share the rest with it. Otherwise those that came first would
    keep the rest until then.
    """
    if all(process.held.slots or not process.wants.slots for process in processes.values()):
        return fair_shares[name]
    above_share = {
        other: process.held
        for other, process in processes.items()
        if other != name and process.held.slots > fair_shares[other].slots
    }
    rest = {other: process for other, process in processes.items() if other not in above_share}
    return _fair_shares(rest, difference(limits, sum_counts(above_share.values())), rotation)[name]


def _divide(wants: Mapping[str, int], available: int, rotation: int) -> dict[str, int]:
    """Divide slots equally, except that no process gets more than it can use."""
    allocated = dict.fromkeys(wants, 0)
    unsatisfied = [name for name, want in wants.items() if want > 0]
    while unsatisfied and available >= len(unsatisfied):
        part = available // len(unsatisfied)
        for name in unsatisfied:
            share = min(part, wants[name] - allocated[name])
            allocated[name] += share
            available -= share
        unsatisfied = [name for name in unsatisfied if allocated[name] < wants[name]]
    if unsatisfied and not any(allocated[name] for name in unsatisfied):
        # More processes than slots: they take turns.
        start = rotation * available % len(unsatisfied)
        unsatisfied = unsatisfied[start:] + unsatisfied[:start]
    for name in unsatisfied[:available]:
        allocated[name] += 1
    return allocated


def _limits(limit: int, reserved: float) -> SlotCounts:
    return SlotCounts(limit, min(HEAVY, limit), count_unreserved(limit, reserved))
