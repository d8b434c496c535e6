"""How processes share an organisation's slots: pure functions from one state to the next.

The state says which process holds how many slots until when, and the pace that all keep to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..zoho.pace import HEAVY, UNKNOWN_EDITION, Pace, ceiling_of, starting
from .gate import SlotCounts, unreserved

LEASE_SECONDS = 30.0
"""Seconds for which slots are leased unless renewed: a killed process holds its own for so long."""

BATCH_FLOOR = 10
"""Of the slots, one in so many goes to batch calls even if pages could use them all."""

ROTATION_SECONDS = 1.0
"""Seconds after which the next processes are served, if there are more of them than slots."""

NO_SLOTS = SlotCounts()


@dataclass(frozen=True)
class SharingProcess:
    """A process: the slots that it holds, those that its calls use, and those they could use."""

    held: SlotCounts
    busy: SlotCounts
    wants: SlotCounts
    until: float


@dataclass(frozen=True)
class SharedState:
    """What processes share. `processes` are by name, in the order in which they came."""

    pace: Pace
    processes: Mapping[str, SharingProcess] = field(default_factory=dict)

    def dump(self) -> str:
        """Serialize it as JSON."""
        pace = self.pace
        return json.dumps(
            {
                "pace": [pace.limit, pace.ceiling, pace.changed, pace.is_raised, pace.step],
                "holders": {
                    name: [
                        *map(_numbers, (process.held, process.busy, process.wants)),
                        process.until,
                    ]
                    for name, process in self.processes.items()
                },
            },
            separators=(",", ":"),
        )


def load(text: str, edition: str = "") -> SharedState:
    """Return the state that `dump` wrote; the initial one for an empty text."""
    if not text:
        return SharedState(replace(starting(ceiling_of(edition)), changed=0.0))
    content = json.loads(text)
    return SharedState(
        Pace(*content["pace"]),
        {
            name: SharingProcess(SlotCounts(*held), SlotCounts(*busy), SlotCounts(*wants), until)
            for name, (held, busy, wants, until) in content["holders"].items()
        },
    )


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
    of the others use; `processes` counts those that hold or want some.
    """

    share: SlotCounts
    fair: SlotCounts
    others: SlotCounts
    limit: int
    ceiling: int
    processes: int


def exchange(
    state: SharedState, request: SlotRequest, now: float
) -> tuple[SharedState, Allocation]:
    """Return the next state, and the slots that a process may use for `LEASE_SECONDS`."""
    pace = state.pace
    if request.edition:
        pace = pace.below(ceiling_of(request.edition))
    pace = pace.refused(now) if request.refused else pace.at(now)
    processes = {name: process for name, process in state.processes.items() if process.until > now}
    known = processes.get(request.name)
    asking = SharingProcess(
        known.held if known else SlotCounts(), request.busy, request.wants, now + LEASE_SECONDS
    )
    processes[request.name] = asking
    fair = _fair(processes, pace.limit, request.reserved, now)[request.name]
    others = [process for name, process in processes.items() if name != request.name]
    limits = _limits(pace.limit, request.reserved)
    share = smaller_of(fair, _difference(limits, _sum(process.held for process in others)))
    # What calls use cannot be taken from them: it counts as held until they end.
    processes[request.name] = replace(asking, held=_larger_of(share, request.busy))
    allocation = Allocation(
        share,
        fair,
        _sum(process.busy for process in others),
        pace.limit,
        pace.ceiling,
        len(processes),
    )
    return SharedState(pace, processes), allocation


def left(state: SharedState, name: str, now: float) -> SharedState:
    """Return the state after a process has released what it held."""
    return replace(
        state,
        processes={
            n: process
            for n, process in state.processes.items()
            if n != name and process.until > now
        },
    )


def in_use(state: SharedState, now: float) -> SlotCounts:
    """Return the slots that calls of all processes use, as they last said."""
    return _sum(process.busy for process in state.processes.values() if process.until > now)


def waiting(state: SharedState, now: float) -> int:
    """Return how many more slots calls of all processes could use, as they last said."""
    return sum(
        max(process.wants.slots - process.held.slots, 0)
        for process in state.processes.values()
        if process.until > now
    )


def initial_state() -> SharedState:
    """Return the state of an organisation for which nothing is stored."""
    return SharedState(starting(UNKNOWN_EDITION))


def _fair(
    processes: Mapping[str, SharingProcess], limit: int, reserved: float, now: float
) -> dict[str, SlotCounts]:
    """Return what each process should have: equal shares, but to none more than it wants."""
    limits, rotation = _limits(limit, reserved), int(now / ROTATION_SECONDS)
    heavy = _divided(
        {n: process.wants.heavy for n, process in processes.items()}, limits.heavy, rotation
    )
    batch = _divided(
        {n: process.wants.batch for n, process in processes.items()}, limits.batch, rotation
    )
    # Batch calls that have to wait for the reserve want no slots either.
    wants = {
        n: process.wants.slots - process.wants.batch + batch[n] for n, process in processes.items()
    }
    floor = _divided(batch, limit // BATCH_FLOOR, rotation)
    rest = {n: wants[n] - floor[n] for n in processes}
    more = _divided(rest, limit - sum(floor.values()), rotation)
    slots = {n: floor[n] + more[n] for n in processes}
    return {
        n: SlotCounts(slots[n], min(heavy[n], slots[n]), min(batch[n], slots[n])) for n in processes
    }


def _divided(wants: Mapping[str, int], available: int, rotation: int) -> dict[str, int]:
    """Divide slots equally, except that no process gets more than it wants."""
    allocated = dict.fromkeys(wants, 0)
    unsatisfied = [name for name, want in wants.items() if want > 0]
    while unsatisfied and available >= len(unsatisfied):
        part = available // len(unsatisfied)
        for name in unsatisfied:
            taken = min(part, wants[name] - allocated[name])
            allocated[name] += taken
            available -= taken
        unsatisfied = [name for name in unsatisfied if allocated[name] < wants[name]]
    if unsatisfied and not any(allocated[name] for name in unsatisfied):
        # More processes than slots: they take turns.
        start = rotation * available % len(unsatisfied)
        unsatisfied = unsatisfied[start:] + unsatisfied[:start]
    for name in unsatisfied[:available]:
        allocated[name] += 1
    return allocated


def _limits(limit: int, reserved: float) -> SlotCounts:
    return SlotCounts(limit, min(HEAVY, limit), unreserved(limit, reserved))


def _numbers(share: SlotCounts) -> tuple[int, int, int]:
    return share.slots, share.heavy, share.batch


def _sum(shares: Iterable[SlotCounts]) -> SlotCounts:
    slots = heavy = batch = 0
    for share in shares:
        slots, heavy, batch = slots + share.slots, heavy + share.heavy, batch + share.batch
    return SlotCounts(slots, heavy, batch)


def _difference(share: SlotCounts, other: SlotCounts) -> SlotCounts:
    return SlotCounts(
        max(share.slots - other.slots, 0),
        max(share.heavy - other.heavy, 0),
        max(share.batch - other.batch, 0),
    )


def smaller_of(share: SlotCounts, other: SlotCounts) -> SlotCounts:
    """Return the smaller number of each kind of slots."""
    return SlotCounts(*map(min, _numbers(share), _numbers(other)))


def _larger_of(share: SlotCounts, other: SlotCounts) -> SlotCounts:
    return SlotCounts(*map(max, _numbers(share), _numbers(other)))
