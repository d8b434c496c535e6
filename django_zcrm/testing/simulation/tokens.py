"""Histories of one connection's tokens: many processes, refreshes, revocation, and failures."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django_zcrm.exceptions import ConsentWithdrawn, NotConnected, ZCRMError
from django_zcrm.models import Connection
from django_zcrm.tokens import ConnectionTokens
from django_zcrm.zoho.http.messages import ZohoRequest

from .entries import Violation
from .history import History, Step
from .network import FAULTS, NetworkFault
from .scheduler import Task
from .simulation import SimulationResult
from .world import World

LENGTH = 50
WAITS = (1, 30, 600, 3400, 3500, 3590, 3700, 90_000)
KINDS = {"calls": 20, "wait": 18, "expire": 4, "revoke": 1, "reconnect": 2}


def generate(seed: int, length: int = LENGTH) -> History:
    """Return the history of a seed."""
    chance = random.Random(f"tokens {seed}")  # noqa: S311
    kinds = chance.choices(list(KINDS), list(KINDS.values()), k=length)
    return History(
        seed, (), tuple(Step(n, kind, _args(kind, chance)) for n, kind in enumerate(kinds, 1))
    )


def _args(kind: str, chance: random.Random) -> dict[str, Any]:
    if kind == "wait":
        return {"seconds": chance.choice(WAITS)}
    if kind != "calls":
        return {}
    callers = []
    for _ in range(chance.randint(1, 4)):
        caller: dict[str, Any] = {"calls": chance.randint(1, 3), "skew": chance.choice((0, 1, -2))}
        if chance.random() < 0.1:
            caller["kill"] = chance.randint(1, 12)
        elif chance.random() < 0.1:
            caller["freeze"] = chance.randint(1, 8)
        callers.append(caller)
    return {
        "callers": callers,
        "faults": chance.choice((0.0, 0.0, 0.3, 0.6)),
        "database": chance.choice((0.0, 0.0, 0.0, 0.1)),
    }


class TokenSimulation:
    """Plays histories of tokens. Use it within `installed()`."""

    subject = "tokens"

    def __init__(self) -> None:
        self.world = World([])

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Replace what the world replaces."""
        with self.world.installed():
            yield

    def play_seed(self, seed: int, length: int = LENGTH) -> SimulationResult:
        """Play the history of a seed."""
        return self.play(generate(seed, length))

    def play(self, history: History) -> SimulationResult:
        """Play a history to its end, or to the first violation."""
        outcome = SimulationResult(history)
        self.world.reset(history.seed)
        player = _Player(self.world, outcome.trace.append)
        with outcome.catching("callers"):
            for step in history.steps:
                player.play(step, history.seed)
            player.check_end()
        return outcome


class _Player:
    """Plays the steps of one history, and checks each."""

    def __init__(self, world: World, note: Callable[[str], None]) -> None:
        self.world, self.note = world, note
        self.is_revoked = False
        self.refreshes = self.failures = self.interruptions = 0
        self._faults, self._database = 0.0, 0.0
        world.network.choose = self._choose
        world.network.performing = self._perform
        world.network.note = lambda line: note(f"  {world.scheduler.process.name}: {line}")
        world.database.fail = self._fail

    def play(self, step: Step, seed: int) -> None:
        """Perform a step."""
        self.world.scheduler.random.seed(f"{seed} {step.number}")
        self.world.seed(f"{seed} {step.number}")
        self.note(f"{step.number} {step.kind} {dict(step.args)}")
        getattr(self, f"do_{step.kind}")(**step.args)

    def _choose(self, request: ZohoRequest) -> NetworkFault | None:
        chance = self.world.scheduler.random
        if not self._faults or chance.random() >= self._faults:
            return None
        self.failures += 1
        return chance.choice(FAULTS)

    def _fail(self, what: str) -> str:
        chance = self.world.scheduler.random
        if not self._database or chance.random() >= self._database:
            return ""
        self.failures += 1
        return chance.choice(("before", "after"))

    def _perform(self, request: ZohoRequest, perform: Callable[[], Any]) -> Any:
        if request.path.endswith("/oauth/v2/token"):
            self.refreshes += 1
        return perform()

    def do_wait(self, seconds: float) -> None:
        """Let time pass."""
        self.world.scheduler.move_to(self.world.scheduler.now + seconds)

    def do_expire(self) -> None:
        """Let Zoho refuse all access tokens."""
        grants = self.world.emulator.zoho.grants
        for token in list(grants.access_tokens):
            grants.expire(token)

    def do_revoke(self) -> None:
        """Withdraw the consent."""
        self.world.revoke(0)
        self.is_revoked = True

    def do_reconnect(self) -> None:
        """Connect again; the new grant replaces the tokens."""
        self.world.connect(self.world.connections[0], 0)
        self.is_revoked = False

    def do_calls(
        self, callers: list[dict[str, Any]], faults: float = 0.0, database: float = 0.0
    ) -> None:
        """Let several processes make calls at once. Raises Violation, and errors of the callers."""
        self.refreshes = self.failures = 0
        self.interruptions = sum(("kill" in one) + ("freeze" in one) for one in callers)
        self._faults, self._database = faults, database
        tasks = []
        for number, caller in enumerate(callers, 1):
            process = self.world.new_process(f"process{number}", caller.get("skew", 0))
            count = caller["calls"]
            run = _Caller(self, count).run
            kill, freeze = caller.get("kill", 0), caller.get("freeze", 0)
            tasks.append(Task(process, run, kill_at=kill, freeze_at=freeze, freeze=20.0))
        try:
            self.world.scheduler.run(tasks)
        finally:
            self._faults = self._database = 0.0
        for task in tasks:
            if isinstance(task.error, Exception):
                raise task.error
        # Each caller asks twice before the site marks the connection as withdrawn.
        max_refreshes = 2 * len(callers) if self.is_revoked else 1
        max_refreshes += self.failures + self.interruptions
        if self.refreshes > max_refreshes:
            raise Violation("one refresh", f"{self.refreshes} requests, at most {max_refreshes}")
        row = Connection.objects.get(pk=self.world.connections[0].pk)
        if row.state == Connection.State.CONSENT_WITHDRAWN and not self.is_revoked:
            raise Violation("no false alarm", "the connection is marked as withdrawn")

    def is_valid(self, token: str) -> bool:
        """Whether Zoho accepts a token."""
        access = self.world.emulator.zoho.grants.access_tokens.get(token)
        return access is not None and access.expires_at > self.world.scheduler.now

    def check_end(self) -> None:
        """Check that calls work in the end."""
        self.do_reconnect()
        self.do_wait(90_000)
        self.do_calls([{"calls": 1}])
        row = Connection.objects.get(pk=self.world.connections[0].pk)
        if row.state != Connection.State.CONNECTED or self.refreshes != 1:
            raise Violation("recovery", f"{row}: {self.refreshes} requests")


class _Caller:
    """The code of one process: it gets tokens, and others for those that Zoho refuses."""

    def __init__(self, player: _Player, count: int) -> None:
        self.player, self.count = player, count

    def run(self) -> None:
        """Make calls. Raises Violation for a token that Zoho refuses, and errors without cause."""
        player = self.player
        try:
            row = Connection.objects.get(pk=player.world.connections[0].pk)
            tokens = ConnectionTokens(row)
            for _ in range(self.count):
                token = tokens.current()
                player.world.scheduler.step()
                if player.is_valid(token.value.reveal()):
                    continue
                token = tokens.renew(token)
                if not player.is_valid(token.value.reveal()) and not player.failures:
                    raise Violation("valid tokens", "a renewed token is not accepted")
        except (ConsentWithdrawn, NotConnected) as error:
            if not player.is_revoked and not player.failures:
                raise Violation("no false alarm", str(error)) from error
        except Violation:
            raise
        except Exception as error:
            has_cause = player.interruptions or player.is_revoked
            if not player.failures and not (has_cause and isinstance(error, ZCRMError)):
                raise
            player.note(f"  {player.world.scheduler.process.name}: {type(error).__name__}")
