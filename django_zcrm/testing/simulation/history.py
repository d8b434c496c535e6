"""A history: the steps that a seed generates. Steps are data, so that they can be left out.

References to rows and records are numbers, which the world takes modulo what there is. Each step
has its own source of chance, so that the other steps stay as they are when one is left out.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

LENGTH = 50


@dataclass(frozen=True)
class Step:
    """One step; `number` is its position in the whole history, which seeds its chance."""

    number: int
    kind: str
    args: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        args = ", ".join(f"{name}={value!r}" for name, value in self.args.items())
        return f"Step({self.number}, {self.kind!r}, dict({args}))"


@dataclass(frozen=True)
class History:
    """A seed, the setup of its world, and its steps.

    `models` are positions in the simulated models, `connections` how many organisations there are,
    `records` how many records Zoho has in the beginning. With `is_small`, pages and files have a
    few records, so that a few records need several. With `has_repetitions`, most columns have few
    values, and users often set them back. `conflict` is one of POLICIES. With
    `refreshes`, all fields of the models have a refresh period. With `is_new`, the site has not
    synced yet, and workers do the initial sync. With `has_limits`, the site limits its calls, and
    counts their credits. Zoho shows new records in lists and queries `row_lag` seconds late.
    """

    seed: int
    models: tuple[int, ...]
    steps: tuple[Step, ...] = ()
    connections: int = 1
    records: int = 0
    is_small: bool = False
    conflict: str = ""
    refreshes: bool = False
    is_new: bool = False
    has_limits: bool = False
    row_lag: float = 0.0
    has_repetitions: bool = False

    def with_steps(self, steps: Iterable[Step]) -> History:
        """Return the history with other steps."""
        return replace(self, steps=tuple(steps))


LOCAL = {
    "create": 6,
    "create_matched": 2,
    "edit": 14,
    "edit_stale": 3,
    "edit_invalid": 1.5,
    "delete": 3,
    "relate": 3,
    "push": 2,
    "rollback": 1,
    "discard": 1,
    "retry": 1,
}
REMOTE = {
    "zoho_create": 3,
    "zoho_edit": 9,
    "zoho_delete": 2,
    "zoho_restore": 2,
    "zoho_bulk": 1,
    "zoho_merge": 1,
    "zoho_convert": 1,
    "zoho_hide": 1,
    "zoho_show": 1,
    "zoho_edit_long": 0.7,
    "zoho_refuse": 1.2,
    "zoho_allow": 1,
    "zoho_lose_jobs": 0.4,
    "zoho_fail_jobs": 0.4,
    "zoho_remove_field": 0.5,
    "zoho_restore_fields": 0.5,
    "notify": 3,
}
GRANTS = {"expire": 1, "revoke": 0.3, "reconnect": 0.5, "move": 0.3}
OTHER = {"wait": 10, "work": 11, "runner": 1.5, "reconcile": 1, "resync": 0.5}
WEIGHTS = {**LOCAL, **REMOTE, **GRANTS, **OTHER}

CORE = frozenset({"create", "edit", "zoho_create", "zoho_edit", "wait", "work"})
"""Kinds of steps that each history has. Each other kind is left out of some histories."""

REPAIRS = frozenset({"reconcile", "resync", "notify", "zoho_hide", "zoho_merge", "discard"})
"""Kinds of steps after which records are read again that a poll may have missed, at once or in the
end. Some histories have none of them, because they hide errors of polls.
"""

WITHOUT_ARGS = frozenset(
    {
        "runner",
        "resync",
        "expire",
        "zoho_show",
        "zoho_allow",
        "zoho_lose_jobs",
        "zoho_fail_jobs",
        "zoho_restore_fields",
    }
)

POLICIES = ("", "", "zoho_wins", "local_wins", "newest", "merge", "function", "unsteady")
"""Values of `conflict` that a history may set for all models; empty for each model's own."""

LAGS = (0.0, 0.0, 0.0, 20.0)
"""Seconds that Zoho takes to show a new record: with the clocks' difference, below SETTLE_TIME."""

MOST_BEHIND = -2.0
"""The error, in seconds, of the slowest clock while Zoho shows new records late."""

WAITS = (1, 1, 5, 30, 61, 120, 310, 310, 400, 3700)
"""Seconds that pass in a step."""

LATE = 300
"""Seconds after which a poll reads again only a part of what was changed since."""

MONTHS = 6_000_000
"""Seconds that pass in few steps: Zoho lists deletions for a shorter time."""

FAR_AHEAD = 3600.0
"""Seconds by which a wrong clock is ahead."""

SKEWS = (0, 0, 0, 0, 0.7, -2.0, 20.0, -35.0, FAR_AHEAD)
"""Errors of clocks in seconds: they differ by less than MAX_TOLERANCE, or one is far ahead."""

COMMITS = (1, 1, 1, 1, 2, 2, 3, 4, 6)
"""After which of its commits a worker is killed, counted from its first page of records."""


def generate(seed: int, models: int, length: int = LENGTH) -> History:
    """Return the history of a seed for a number of models."""
    chance = random.Random(f"history {seed}")  # noqa: S311
    if models > 1 and chance.random() < 0.4:
        positions = tuple(sorted(chance.sample(range(models), 2)))
    else:
        positions = (chance.randrange(models),)
    connections = 2 if chance.random() < 0.1 else 1
    records = chance.choice((0, 1, 3))
    steps = tuple(_generate_steps(_choose_kinds(chance), chance, length))
    is_small, conflict = chance.random() < 0.2, chance.choice(POLICIES)
    options = is_small, conflict, chance.random() < 0.1, chance.random() < 0.15
    has_limits, row_lag = chance.random() < 0.3, chance.choice(LAGS)
    if row_lag:
        for worker in (one for step in steps for one in step.args.get("workers", ())):
            worker["skew"] = max(worker["skew"], MOST_BEHIND)
    more = has_limits, row_lag, chance.random() < 0.15
    return History(seed, positions, steps, connections, records, *options, *more)


def _choose_kinds(chance: random.Random) -> list[str]:
    """Return the kinds of steps that a history has."""
    omitted = REPAIRS if chance.random() < 0.3 else frozenset()
    others = [kind for kind in WEIGHTS if kind not in omitted]
    return [kind for kind in others if kind in CORE or chance.random() < 0.7]


def _generate_steps(kinds: Sequence[str], chance: random.Random, length: int) -> Iterator[Step]:
    """Yield steps; workers often come after a long wait, when there is much to read."""
    weights, is_late = [WEIGHTS[kind] for kind in kinds], False
    for number in range(1, length + 1):
        kind = "work" if is_late and chance.random() < 0.4 else chance.choices(kinds, weights)[0]
        args = _args(kind, chance, kinds)
        is_late = kind == "wait" and args["seconds"] > LATE
        yield Step(number, kind, args)


def _args(kind: str, chance: random.Random, kinds: Sequence[str]) -> dict[str, Any]:
    if kind == "wait":
        return {"seconds": MONTHS if chance.random() < 0.01 else chance.choice(WAITS)}
    if kind == "work":
        return _work_args(chance, kinds)
    if kind == "reconcile":
        return {"force": chance.random() < 0.7}
    if kind in WITHOUT_ARGS:
        return {}
    return {"pick": chance.randrange(1000), "field": chance.randrange(100)}


def _work_args(chance: random.Random, kinds: Sequence[str]) -> dict[str, Any]:
    args: dict[str, Any] = {
        "workers": [_worker(chance) for _ in range(chance.choice((1, 1, 1, 1, 2, 3)))],
        "faults": chance.choice((0.0, 0.0, 0.0, 0.15, 0.5)),
    }
    if any("freeze" in worker for worker in args["workers"]):
        # Another worker comes when the lease of the frozen one has expired.
        args["workers"].append({"skew": chance.choice(SKEWS), "delay": 70.0})
    # Leases and SETTLE_TIME cannot protect from two clocks that are far ahead, and a right one.
    for worker in [one for one in args["workers"] if one["skew"] == FAR_AHEAD][1:]:
        worker["skew"] = 0
    if chance.random() < 0.15:
        args["database"] = chance.choice((0.02, 0.1))
    others = [kind for kind in kinds if kind in LOCAL or kind in REMOTE]
    meanwhile = chance.choice((0, 0, 0, 1, 2))
    if meanwhile:
        args["meanwhile"] = [
            (kind, _args(kind, chance, kinds))
            for kind in chance.choices(others, [WEIGHTS[kind] for kind in others], k=meanwhile)
        ]
    return args


def _worker(chance: random.Random) -> dict[str, Any]:
    worker: dict[str, Any] = {"skew": chance.choice(SKEWS)}
    fate = chance.random()
    if fate < 0.1:
        worker["kill"] = chance.randint(1, 45)
    elif fate < 0.26:
        worker["kill_after"] = chance.choice(COMMITS)
    elif fate < 0.33:
        worker["freeze"] = chance.randint(2, 40)
    return worker
