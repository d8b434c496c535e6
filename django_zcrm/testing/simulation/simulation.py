"""Plays histories, and reports the first violation of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.test.utils import override_settings

from django_zcrm.mirror.models import MirrorModel
from django_zcrm.mirror.options import options_of
from django_zcrm.mirror.planning import reconcile, windows
from django_zcrm.mirror.pull import delta, files, initial_sync
from django_zcrm.mirror.values import columns_of

from .actions import Player
from .arguments import check_models, check_policy, check_shapes
from .decisions import recorded
from .entries import Violation
from .history import LENGTH, History, generate
from .oracle import Oracle
from .scheduler import EndlessLoop
from .stage import CreationRefused
from .values import Shape, shape_of
from .world import World

SMALL: tuple[tuple[Any, str, int], ...] = (
    (files, "MAX_DIRECT", 0),
    (windows, "MAX_RECORDS", 2),
    (initial_sync, "PAGE", 2),
    (delta, "FIRST_PAGE", 1),
    (delta, "PAGE", 2),
    (reconcile, "MIN_MISSING", 1),
)
"""Sizes of a history that `is_small`."""

Policy = str | Callable[..., Any] | None


def keep_larger(field: str, base: Any, local: Any, zoho: Any) -> Any:
    """Decide a conflict as a project's function may: by the values alone."""
    return max((local, zoho), key=str)


def make_unsteady() -> Callable[..., Any]:
    """Return a function like `keep_larger` that fails the first time for each conflict."""
    seen = set()

    def decide(field: str, base: Any, local: Any, zoho: Any) -> Any:
        conflict = field, str(local), str(zoho)
        if conflict not in seen:
            seen.add(conflict)
            raise ValueError("the function needs a service that cannot be reached")
        return keep_larger(field, base, local, zoho)

    return decide


REFRESH_PERIOD = 3600
"""Seconds between reads of a field that has a refresh period."""


@dataclass
class SimulationResult:
    """The result of a history: the violation, if any, and the trace."""

    history: History
    violation: Violation | None = None
    trace: list[str] = field(default_factory=list)

    @contextmanager
    def catching(self, who: str) -> Iterator[None]:
        """Store the violation that ends the block; `who` takes too many steps in an endless one.

        Other exceptions become violations, too. Raises CreationRefused, an error of the caller.
        """
        try:
            yield
        except Violation as violation:
            self.violation = violation
        except EndlessLoop:
            self.violation = Violation("progress", f"the {who} do not come to an end")
        except CreationRefused:
            raise
        except Exception as error:
            self.violation = Violation("no errors", f"{type(error).__name__}: {error}")
            self.violation.__cause__ = error


class Simulation:
    """Plays histories in one world. Use it within `installed()`.

    `conflict` replaces the option of the models in all histories; `metadata` is a path that the
    emulator imports. Raises the errors of `simulate` for its arguments.
    """

    def __init__(
        self,
        models: Sequence[type[MirrorModel]],
        conflict: Policy = None,
        metadata: str | PathLike[str] | None = None,
    ) -> None:
        check_policy(conflict)
        self.models, self.conflict, self.metadata = check_models(models), conflict, metadata
        selected = {options_of(model).connections for model in self.models}
        self.max_connections = 1 if "site" in selected else 2
        self.world = World(
            self.models, connections=2, metadata=metadata, has_site="owners" not in selected
        )
        check_shapes(self._shapes_of(self.models))

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Replace what the world replaces."""
        with self.world.installed():
            yield

    def play_seed(self, seed: int, length: int = LENGTH) -> SimulationResult:
        """Play the history of a seed."""
        history = generate(seed, len(self.models), length)
        # All connections take part: with `connections = "site"`, the site's connection alone.
        return self.play(
            replace(history, connections=min(history.connections, self.max_connections))
        )

    def play(self, history: History) -> SimulationResult:
        """Play a history to its end, or to the first violation."""
        outcome = SimulationResult(history)
        world = self.world
        world.models[:] = self._with_targets(history.models)
        with self._configured(history) as chosen:
            world.reset("beginning", history.connections)
            shapes, clock = self._shapes_of(world.models), world.emulator.zoho.clock
            if history.has_repetitions:
                shapes = [shape.with_repetitions() for shape in shapes]
            oracle = Oracle(shapes, outcome.trace.append, clock.time, chosen)
            oracle.watch(world.emulator.zoho.organisations.values())
            if history.is_small:
                world.export_in_parts(2)
            player = Player(world, oracle, outcome.trace.append, history)
            with outcome.catching("workers"):
                player.begin()
                checked = 0
                for step in history.steps:
                    player.play(step, history.seed)
                    if checked != world.database.changes:
                        oracle.check_rows()
                        checked = world.database.changes
                player.heal()
                oracle.check_end()
        return outcome

    def _with_targets(self, positions: Iterable[int]) -> list[type[MirrorModel]]:
        """Return the models at these positions, and all to which their lookups refer."""
        targets: set[type[MirrorModel]] = set()
        found = {self.models[position] for position in positions}
        while found:
            targets |= found
            columns = [column for model in found for column in columns_of(model)]
            found = {column.to for column in columns if column.to is not None} - targets
        return [model for model in self.models if model in targets]

    @contextmanager
    def _configured(self, history: History) -> Iterator[dict[Any, Any]]:
        """Apply the sizes and the policy of a history; yield what its function returns."""
        chosen: dict[Any, Any] = {}
        policies: dict[str, Policy] = {"function": keep_larger, "unsteady": make_unsteady()}
        policy: Policy = policies.get(history.conflict, history.conflict)
        policy = self.conflict if self.conflict is not None else policy
        with ExitStack() as stack:
            stack.callback(options_of.cache_clear)
            for owner, name, size in SMALL if history.is_small else ():
                stack.enter_context(patch.object(owner, name, size))
            for model in self.models:
                option: Any = policy or options_of(model).conflict
                if callable(option):
                    option = staticmethod(recorded(option, options_of(model).module, chosen))
                stack.enter_context(patch.object(model.Zoho, "conflict", option, create=True))
            for model in self.models if history.refreshes else ():
                periods = dict.fromkeys(options_of(model).fields.values(), REFRESH_PERIOD)
                stack.enter_context(patch.object(model.Zoho, "refresh", periods, create=True))
            if history.has_limits:
                zcrm = {**settings.ZCRM, "LIMITS": {}}
                stack.enter_context(override_settings(ZCRM=zcrm))
            options_of.cache_clear()
            yield chosen

    def _shapes_of(self, models: Iterable[type[MirrorModel]]) -> list[Shape]:
        org = self.world.organisations[0]
        return [shape_of(model, org) for model in models]
