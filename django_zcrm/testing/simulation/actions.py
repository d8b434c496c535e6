"""Performs the steps of a history, and the work of the mirror's processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.db import router

from django_zcrm.mirror.leased_mirror import METADATA_SECONDS
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.mirror.models.mirror_state import TOO_MANY_MISSING
from django_zcrm.mirror.planning.schedule import FILES
from django_zcrm.mirror.runners.due import attempt, run_due
from django_zcrm.mirror.runners.mirror_states import ensure_states
from django_zcrm.mirror.statements import Select, compiled
from django_zcrm.models import Connection
from django_zcrm.zoho.http.messages import ZohoRequest

from .audits import MAX_SKEW, Audit
from .entries import SITE, ZOHO, Violation
from .history import FAR_AHEAD, GRANTS, SKEWS, History, Step
from .network import FAULTS, NetworkFault
from .oracle import Oracle, find_unfinished
from .scheduler import Process, Task
from .site_users import SiteUsers
from .world import World
from .zoho_admins import ZohoAdmins

HEAL_WAITS = (400.0, 40_000.0, 400.0, 4000.0, 40_000.0, 400.0, 4000.0, 90_000.0, 400.0)
"""Seconds between the rounds of work of the quiet period in the end."""

FREEZE = 95.0
"""Seconds for which a worker stands still: more than its lease lasts."""

SHORT_FREEZE = 45.0
"""Seconds for which a worker stands still while a clock is far ahead. Workers take each other's
leases at once then, so only SETTLE_TIME protects a request that one of them is about to send.
"""

MAX_STEPS = 100
"""Steps of bulk reads in one of these rounds."""


class Player(SiteUsers, ZohoAdmins):
    """Plays the steps of one history in a world that was just reset."""

    def __init__(
        self, world: World, oracle: Oracle, note: Callable[[str], None], history: History
    ) -> None:
        super().__init__(world, oracle, note)
        self.history = history
        self.audit = Audit(world, oracle, counts_credits=history.has_limits)
        self._faults, self._database_faults = 0.0, 0.0
        self._weights = [fault.weight for fault in FAULTS]
        world.network.choose = self._choose_fault
        world.network.note = self.note_here
        world.network.performing = self._as_site
        world.database.fail = self._fail_database

    # Faults

    def _choose_fault(self, request: ZohoRequest) -> NetworkFault | None:
        chance = self.world.scheduler.random
        if not self._faults or chance.random() >= self._faults:
            return None
        return chance.choices(FAULTS, self._weights)[0]

    def _fail_database(self, what: str) -> str:
        chance = self.world.scheduler.random
        if not self._database_faults or chance.random() >= self._database_faults:
            return ""
        failure = chance.choice(("before", "after"))
        self.note_here(f"the database failed {failure} a {what}")
        return failure

    def _as_site(self, request: ZohoRequest, perform: Callable[[], Any]) -> Any:
        oracle, process = self.oracle, self.world.scheduler.process.name
        for module in self._modules_read(request):
            oracle.last_reads[process, module] = oracle.tick()
        oracle.author, oracle.writer = SITE, process
        try:
            return perform()
        finally:
            oracle.author = ZOHO

    def _modules_read(self, request: ZohoRequest) -> list[str]:
        """Return the modules of which a request reads records."""
        if request.path.endswith("/coql"):
            words = (request.body or b"").decode().split()
            return [module for module in self.oracle.shapes if module in words]
        parts = request.path.split("/")
        is_read = request.method == "GET"
        return [module for module in self.oracle.shapes if is_read and module in parts]

    # Steps

    def play(self, step: Step, seed: int) -> None:
        """Perform a step."""
        self.world.scheduler.random.seed(f"{seed} {step.number}")
        self.world.seed(f"{seed} {step.number}")
        self.note(f"{step.number} {step.kind} {_short(step.args)}")
        self._act(step.kind, step.args)
        self.audit.check_credits()
        self.world.scheduler.move_to(self.world.scheduler.now + 0.37)

    def _act(self, kind: str, args: Mapping[str, Any]) -> None:
        if kind in GRANTS:
            self.audit.refreshed.clear()
        method: Callable[..., None] = getattr(self, f"do_{kind}")
        method(**args)

    def do_wait(self, seconds: float) -> None:
        """Let time pass."""
        self.world.scheduler.move_to(self.world.scheduler.now + seconds)

    def do_work(
        self,
        workers: list[dict[str, Any]],
        faults: float = 0.0,
        database: float = 0.0,
        meanwhile: list[tuple[str, Mapping[str, Any]]] | None = None,
    ) -> None:
        """Let workers do what is due, and users change things in the meantime."""
        self._faults, self._database_faults = faults, database
        self.oracle.last_reads.clear()
        skews = [worker.get("skew", 0.0) for worker in workers]
        self.oracle.max_skew = max(self.oracle.max_skew, *skews)
        is_settled = not (faults or database) and all(
            {"kill", "kill_after", "freeze"}.isdisjoint(worker) for worker in workers
        )
        self.audit.is_certain = is_settled and all(abs(skew) <= MAX_SKEW for skew in skews)
        # By a fast clock, a worker takes over the lease of another, which may have sent changes.
        self.oracle.are_writes_settled = self.audit.is_certain or (is_settled and len(skews) == 1)
        seconds = SHORT_FREEZE if FAR_AHEAD in skews else FREEZE
        numbered = enumerate(workers, 1)
        tasks = [self._worker(number, seconds, **worker) for number, worker in numbered]
        for number, (kind, args) in enumerate(meanwhile or (), 1):
            process = self.world.new_process(f"web{number}")
            tasks.append(Task(process, partial(self._act, kind, args)))
        try:
            self.world.scheduler.run(tasks)
        finally:
            self._faults = self._database_faults = 0.0
            self.audit.is_certain = self.oracle.are_writes_settled = True
        for task in tasks:
            if task.error is not None:
                self.note(f"  {task.process.name} ended: {task.error!r}")

    def _worker(
        self,
        number: int,
        freeze_seconds: float,
        skew: float = 0.0,
        kill: int = 0,
        kill_after: int = 0,
        freeze: int = 0,
        delay: float = 0.0,
    ) -> Task:
        process: Process = self.world.new_process(f"worker{number}", skew)
        task = Task(process, self._run_mirrors, kill, kill_after, freeze, freeze_seconds)
        task.wake = self.world.scheduler.now + delay
        return task

    def _run_mirrors(self) -> None:
        chance = self.world.scheduler.random
        if chance.random() < 0.3:
            run_due()
            return
        states = _select_active(router.db_for_write(MirrorState)).fetch()
        if len(states) > 1:
            states = chance.sample(states, chance.randint(1, len(states)))
        for state in states:
            result = attempt(state)
            if result.error is not None:
                self.note_here(f"{state.module} failed: {type(result.error).__name__}")

    def begin(self) -> None:
        """Create the mirrors, and what Zoho has in the beginning."""
        history = self.history
        for number, connection in enumerate(self.world.connections):
            self.oracle.note_move(connection.pk, number)
            for shape in self.shapes:
                for _ in range(history.records):
                    self.create_in_zoho(number, shape)
        setup = replace(history, seed=0, models=(), steps=(), conflict="", row_lag=0.0)
        first_work = ensure_states if history.is_new else self._sync_first
        self.world.begin((*self.world.models, setup), first_work)
        for organisation in self.world.organisations:
            organisation.row_lag = history.row_lag
        self.oracle.row_lag = history.row_lag
        self.world.seed(history.seed)
        self.world.scheduler.random.seed(history.seed)

    def _sync_first(self) -> None:
        self.do_runner()
        MirrorState.objects.all().request_sync()
        self.do_runner()

    def heal(self) -> None:
        """Let everything work, and time pass, until there is no more to do."""
        self.note("quiet")
        self.world.scheduler.random.seed("quiet")
        if self.oracle.reduced:
            self.do_zoho_restore_fields()
            # Until then the mirror may know nothing of a field that was restored earlier.
            self.do_wait(METADATA_SECONDS + max(SKEWS))
        begin = self.world.scheduler.now
        self.do_zoho_allow()
        if self.oracle.hidden:
            self.do_zoho_show()
        self.shorten_values()
        stopped = MirrorState.objects.filter(blocked=TOO_MANY_MISSING)
        if self.oracle.hidden or self.oracle.discarded or stopped.exists():
            self.do_reconcile(force=True)
        self.audit.refreshed.clear()
        for connection in Connection.objects.exclude(state=Connection.State.CONNECTED):
            self.world.connect(connection, self.oracle.org_of[connection.pk])
        self._work_until_quiet(begin)
        if self.oracle.retried or self.oracle.discarded:
            # Until a poll, deletions that are sent again leave other rows of their records, and
            # changes whose row was deleted, and got another key, do not reach that row.
            self._work_until_quiet(self.world.scheduler.now)
        lost = OutboxItem.objects.filter(operation="delete", state=OutboxItem.State.CONFLICT)
        if self.oracle.changed_lookups or lost.exists() or stopped.exists():
            # No poll finds these lookups, nor those that were cleared before a deletion that lost
            # a conflict. By now all deletions are known, so the comparison finds the lookups to
            # deleted records. A first comparison may have stopped at many records that were
            # deleted before the initial sync, which a person has to confirm.
            self.do_reconcile(force=True)
            self._work_until_quiet(begin)

    def _work_until_quiet(self, begin: float) -> None:
        for wait in HEAL_WAITS:
            self._work_after(wait)
            for _ in range(MAX_STEPS):
                # A runner does the steps of a bulk read when they are due. After one of the long
                # waits Zoho has deleted the files, and the mirror starts again.
                steps = [state.due.timestamp() for state in _find_bulk_reads()]
                if not steps:
                    break
                self._work_after(max(min(steps) - self.world.scheduler.now, 0.0) + 1)
            behind = _find_behind(max(begin, self.oracle.shown_from))
            if not (behind or find_unfinished()):
                return
        if behind:
            raise Violation("progress", f"the sync of {behind.module} does not end")

    def _work_after(self, seconds: float) -> None:
        self.world.scheduler.move_to(self.world.scheduler.now + seconds)
        task = Task(self.world.new_process("worker"), run_due)
        changes = self.world.database.changes
        self.oracle.last_reads.clear()
        self.world.scheduler.run([task])
        if task.error is not None:
            raise task.error
        self.audit.check_credits()
        if changes != self.world.database.changes:
            self.oracle.check_rows()

    def do_runner(self) -> None:
        """Run what is due, as a runner does, without faults."""
        self.oracle.last_reads.clear()
        self.world.scheduler.run([Task(self.world.new_process("runner"), run_due)])

    def do_reconcile(self, *, force: bool = False) -> None:
        """Request a comparison with Zoho."""
        MirrorState.objects.all().request_reconcile(force=force)

    def do_resync(self) -> None:
        """Request that all records are read again."""
        MirrorState.objects.all().request_initial_sync()


def _find_behind(begin: float) -> MirrorState | None:
    """Return a mirror that fails, or has not read what was written before `begin`, if any."""
    for state in MirrorState.objects.all():
        for until in (state.synced_until, state.deleted_until):
            if until is None or until.timestamp() < begin:
                return state
        if state.failures or state.reconciliation or FILES in state.refreshed:
            return state
    return None


def _find_bulk_reads() -> list[MirrorState]:
    """Return the mirrors that are in the middle of an initial sync, a comparison or a refresh."""
    return [
        state
        for state in _select_active(router.db_for_write(MirrorState)).fetch()
        if state.windows or state.reconciliation.get("windows") or FILES in state.refreshed
    ]


@compiled
def _select_active(using: str) -> Select:
    rows = MirrorState.objects.using(using).active().select_related("connection")
    return Select.of(rows.order_by("pk"))


def _short(args: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in args.items())
