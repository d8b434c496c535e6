"""How processes share an organisation's slots. Pure: a state in, a state out, with the time given.

The state says who holds how many and until when, and the pace that all of them keep to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..zoho.pace import HEAVY, UNKNOWN_EDITION, Pace, ceiling_of, starting
from .gate import Share, unreserved

LIFE = 30.0
"""Seconds for which slots are held unless that is prolonged: what a killed process keeps."""

BATCH_FLOOR = 10
"""Of the slots, one in so many goes to batch calls even if pages could use them all."""

TURN = 1.0
"""Seconds after which other processes are served, when there are more of them than slots."""

NOTHING = Share()


@dataclass(frozen=True)
class Process:
    """A process: the slots that it holds, those that its calls use, and those they could use."""

    held: Share
    busy: Share
    wants: Share
    until: float


@dataclass(frozen=True)
class State:
    """What processes share. `processes` are by name, in the order in which they came."""

    pace: Pace
    processes: Mapping[str, Process] = field(default_factory=dict)

    def dump(self) -> str:
        """Return it as a text."""
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


def load(text: str, edition: str = "") -> State:
    """Return the state that a text holds; the first one for an empty text."""
    if not text:
        return State(replace(starting(ceiling_of(edition)), changed=0.0))
    content = json.loads(text)
    return State(
        Pace(*content["pace"]),
        {
            name: Process(Share(*held), Share(*busy), Share(*wants), until)
            for name, (held, busy, wants, until) in content["holders"].items()
        },
    )


@dataclass(frozen=True)
class Ask:
    """What a process says: what its calls use and could use, and whether Zoho refused one."""

    name: str
    busy: Share = NOTHING
    wants: Share = NOTHING
    refused: bool = False
    edition: str = ""
    reserved: float = 0.4


@dataclass(frozen=True)
class Answer:
    """What a process may use from now on.

    `fair` is what it will get once others have given theirs back; `others` are the slots that their
    calls use; `processes` counts all that hold or want some.
    """

    share: Share
    fair: Share
    others: Share
    limit: int
    ceiling: int
    processes: int


def exchange(state: State, ask: Ask, now: float) -> tuple[State, Answer]:
    """Tell a process how many slots it may use; it holds them until `LIFE` seconds later."""
    pace = state.pace
    if ask.edition:
        pace = pace.below(ceiling_of(ask.edition))
    pace = pace.refused(now) if ask.refused else pace.at(now)
    processes = {name: process for name, process in state.processes.items() if process.until > now}
    known = processes.get(ask.name)
    asking = Process(known.held if known else Share(), ask.busy, ask.wants, now + LIFE)
    processes[ask.name] = asking
    fair = _fair(processes, pace.limit, ask.reserved, now)[ask.name]
    others = [process for name, process in processes.items() if name != ask.name]
    limits = _limits(pace.limit, ask.reserved)
    share = at_most(fair, _minus(limits, _sum(process.held for process in others)))
    # What calls use cannot be taken from them: it counts as held until they end.
    processes[ask.name] = replace(asking, held=_most(share, ask.busy))
    answer = Answer(
        share,
        fair,
        _sum(process.busy for process in others),
        pace.limit,
        pace.ceiling,
        len(processes),
    )
    return State(pace, processes), answer


def left(state: State, name: str, now: float) -> State:
    """Return the state without a process, which gave back what it held."""
    return replace(
        state,
        processes={
            n: process
            for n, process in state.processes.items()
            if n != name and process.until > now
        },
    )


def in_use(state: State, now: float) -> Share:
    """Return the slots that calls of all processes use, as they last said."""
    return _sum(process.busy for process in state.processes.values() if process.until > now)


def waiting(state: State, now: float) -> int:
    """Return how many more slots calls of all processes could use, as they last said."""
    return sum(
        max(process.wants.slots - process.held.slots, 0)
        for process in state.processes.values()
        if process.until > now
    )


def nothing_known() -> State:
    """Return the state of an organisation that nobody has asked about."""
    return State(starting(UNKNOWN_EDITION))


def _fair(
    processes: Mapping[str, Process], limit: int, reserved: float, now: float
) -> dict[str, Share]:
    """Return what each process should have: the same for all who want it, and no more than that."""
    limits, turn = _limits(limit, reserved), int(now / TURN)
    heavy = _divided(
        {n: process.wants.heavy for n, process in processes.items()}, limits.heavy, turn
    )
    batch = _divided(
        {n: process.wants.batch for n, process in processes.items()}, limits.batch, turn
    )
    # Batch calls that have to wait for the reserve want no slots either.
    wants = {
        n: process.wants.slots - process.wants.batch + batch[n] for n, process in processes.items()
    }
    floor = _divided(batch, limit // BATCH_FLOOR, turn)
    rest = {n: wants[n] - floor[n] for n in processes}
    more = _divided(rest, limit - sum(floor.values()), turn)
    slots = {n: floor[n] + more[n] for n in processes}
    return {n: Share(slots[n], min(heavy[n], slots[n]), min(batch[n], slots[n])) for n in processes}


def _divided(wants: Mapping[str, int], available: int, turn: int) -> dict[str, int]:
    """Divide slots: who wants less than an equal part gets that, the others share what is left."""
    given = dict.fromkeys(wants, 0)
    hungry = [name for name, want in wants.items() if want > 0]
    while hungry and available >= len(hungry):
        part = available // len(hungry)
        for name in hungry:
            taken = min(part, wants[name] - given[name])
            given[name] += taken
            available -= taken
        hungry = [name for name in hungry if given[name] < wants[name]]
    if hungry and not any(given[name] for name in hungry):
        # More processes than slots: they take turns.
        start = turn * available % len(hungry)
        hungry = hungry[start:] + hungry[:start]
    for name in hungry[:available]:
        given[name] += 1
    return given


def _limits(limit: int, reserved: float) -> Share:
    return Share(limit, min(HEAVY, limit), unreserved(limit, reserved))


def _numbers(share: Share) -> tuple[int, int, int]:
    return share.slots, share.heavy, share.batch


def _sum(shares: Iterable[Share]) -> Share:
    slots = heavy = batch = 0
    for share in shares:
        slots, heavy, batch = slots + share.slots, heavy + share.heavy, batch + share.batch
    return Share(slots, heavy, batch)


def _minus(share: Share, other: Share) -> Share:
    return Share(
        max(share.slots - other.slots, 0),
        max(share.heavy - other.heavy, 0),
        max(share.batch - other.batch, 0),
    )


def at_most(share: Share, other: Share) -> Share:
    """Return the less of both, of each kind of slots."""
    return Share(*map(min, _numbers(share), _numbers(other)))


def _most(share: Share, other: Share) -> Share:
    return Share(*map(max, _numbers(share), _numbers(other)))
