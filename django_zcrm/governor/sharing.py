"""The governor of an organisation whose slots are shared with other processes."""

from __future__ import annotations

import logging
import os
import random
import secrets
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace

from ..zoho.governor_options import GovernorOptions
from ..zoho.pace import HEAVY
from . import shares
from .gate import Share, unreserved
from .governors import OrganisationGovernor
from .keeper import keeper
from .ledger import Ledger
from .shares import Answer, Ask
from .stores import Store

log = logging.getLogger("django_zcrm")

BEAT = 0.5
"""Seconds between two questions to the store while this process makes calls."""

HURRY = 0.05
"""The same while it waits for what others give back, or gives back itself."""

IDLE = 5.0
"""Seconds without calls after which all slots are given back."""

PROLONG = shares.LIFE / 2
"""Seconds before their end when slots are prolonged though nothing else changed."""

SHOW = 2.0
"""Seconds after which the store is told how many slots are in use, for people who look at it."""

AWAY = 1.0
"""Seconds until a store that failed is asked again."""

SETTLING = 5.0
"""Seconds after its failure until more is used than before: others may still use theirs."""

RETURNING = 2.0
"""Seconds after its return in which only the share of its absence is asked for."""

ATTEMPTS = 50
"""How often a change is tried that others get ahead of."""

PROCESSES = 4
"""How many processes are assumed while none was ever seen."""


class Contended(Exception):
    """Others changed the state again and again."""


class SharedGovernor(OrganisationGovernor):
    """Governs the calls of one OAuth client in one organisation, in this process among others.

    It lends threads and coroutines slots that it holds at the store, so that a call asks nobody.
    """

    def __init__(
        self, options: GovernorOptions, edition: str, ledger: Ledger, store: Store, key: str
    ) -> None:
        self.keeper = keeper
        self._store = store
        self._key = key
        self._start_over()
        super().__init__(options, edition, ledger)
        self.gate.wanted = self._want

    def _start_over(self) -> None:
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._answer: Answer | None = None
        self._prolong_at = self._show_at = 0.0
        self._peaks: deque[Share] = deque(maxlen=2)
        self._asked = Share()
        self._last_use = 0.0
        self._has_refusal = False
        self._away_since: float | None = None
        self._back_since = float("-inf")

    def reset(self) -> None:
        """Start over after a fork: what the parent holds is not ours."""
        self._start_over()
        super().reset()

    def slow_down(self) -> None:
        """Tell the store that Zoho refused a call; until it answers, use one slot less."""
        self._has_refusal = True
        share = self.gate.capacity
        if share.slots > 1:
            self.gate.capacity = replace(share, slots=share.slots - 1)
        self.keeper.want(self)

    def adapt_pace(self) -> None:
        """Do nothing: the store raises the pace, for all."""

    @property
    def limit(self) -> int:
        """How many calls all processes may make at once now, as the store last said."""
        return self._answer.limit if self._answer else self._pace.limit

    def in_use(self) -> Share:
        """Return the slots that are held by calls, those of others as the store last said."""
        own, others = self.gate.in_use, self._answer.others if self._answer else Share()
        return Share(own.slots + others.slots, own.heavy + others.heavy, own.batch + others.batch)

    @property
    def known_processes(self) -> int:
        """How many processes make calls, as the store last said; 0 while it was not asked."""
        return self._answer.processes if self._answer else 0

    def refresh(self) -> None:
        """Read from the store what other processes use, if this one does not ask it anyway."""
        try:
            stored = self._store.read(self._key)
        except Exception:  # it is away, or this is an event loop: what is known has to do
            return
        state = shares.load(stored.state, self.edition)
        _, answer = shares.exchange(state, Ask(self._name, edition=self.edition), stored.now)
        if self._answer is None:
            self._answer = replace(answer, processes=answer.processes - 1)
        else:
            self._answer = replace(self._answer, others=answer.others, limit=answer.limit)

    def exchange(self) -> float | None:
        """Tell the store what is needed, take over what it gives; return when to ask again."""
        now = time.monotonic()
        wants, busy = self._wants(), self.gate.in_use
        if wants.slots or busy.slots:
            self._last_use = now
        elif now - self._last_use >= IDLE and self._has_left():
            return None
        self._asked = wants
        try:
            answer = self._ask_twice(wants, busy, now)
        except Exception as error:  # any store has errors of its own; calls must go on
            return self._go_on_alone(error, now)
        self._note_return(now)
        self._answer = answer
        self.gate.capacity = answer.share
        is_waiting = self.gate.waiting and answer.share != answer.fair
        gives_back = self.gate.in_use.slots > answer.share.slots
        return HURRY * random.uniform(1, 2) if is_waiting or gives_back else BEAT  # noqa: S311

    def _has_left(self) -> bool:
        """Give all slots back, unless a call came meanwhile."""
        self._asked, self.gate.capacity = Share(), Share()
        if self.gate.waiting or self.gate.in_use.slots:
            return False
        self.leave()
        return True

    def leave(self) -> None:
        """Give all slots back."""
        self._asked, self.gate.capacity = Share(), Share()
        self._prolong_at = 0.0
        try:
            for _ in range(ATTEMPTS):
                stored = self._store.read(self._key)
                state = shares.load(stored.state, self.edition)
                if self._name not in state.processes:
                    return
                state = shares.left(state, self._name, stored.now)
                if self._store.write(self._key, stored.version, state.dump()):
                    return
        except Exception as error:  # they come back by themselves
            log.debug("Slots not given back: %s", type(error).__name__)

    def close(self) -> None:
        """Close what this thread has open."""
        with suppress(Exception):  # what cannot be closed any more is closed
            self._store.close()

    def _want(self) -> None:
        """Have the store asked, unless it knows what calls here want."""
        wants, asked = self.gate.wants(), self._asked
        if wants.slots > asked.slots or wants.heavy > asked.heavy or wants.batch > asked.batch:
            self.keeper.want(self)

    def _wants(self) -> Share:
        """Return what could be used at once, by the most that was since the last time but one."""
        self._peaks.append(self.gate.take_peak())
        slots, heavy, batch = (
            max(getattr(peak, name) for peak in self._peaks) for name in ("slots", "heavy", "batch")
        )
        return Share(slots, heavy, batch)

    def _ask_twice(self, wants: Share, busy: Share, now: float) -> Answer:
        try:
            return self._ask(wants, busy, now)
        except Exception:  # a connection that the server closed, or that a fork shared
            self.close()
            return self._ask(wants, busy, now)

    def _ask(self, wants: Share, busy: Share, now: float) -> Answer:
        if now - self._back_since < RETURNING:
            wants = shares.at_most(wants, self._alone())
        for attempt in range(ATTEMPTS):
            stored = self._store.read(self._key)
            state = shares.load(stored.state, self.edition)
            ask = Ask(
                self._name,
                busy,
                wants,
                self._has_refusal,
                self.edition,
                self.options.reserved_concurrency,
            )
            changed, answer = shares.exchange(state, ask, stored.now)
            if stored.now < self._prolong_at and self._is_told(state, changed, stored.now):
                return answer
            if self._store.write(self._key, stored.version, changed.dump()):
                self._has_refusal = False
                self._prolong_at = stored.now + PROLONG
                self._show_at = stored.now + SHOW
                return answer
            time.sleep(random.uniform(0, 0.002 * min(attempt + 1, 10)))  # noqa: S311
        raise Contended

    def _is_told(self, before: shares.State, after: shares.State, now: float) -> bool:
        """Tell whether the store knows all that matters to others, and need not be written to."""
        if before.pace != after.pace or before.processes.keys() != after.processes.keys():
            return False
        old, new = before.processes[self._name], after.processes[self._name]
        is_shown = old.busy == new.busy or now < self._show_at
        return old.held == new.held and old.wants == new.wants and is_shown

    def _go_on_alone(self, error: Exception, now: float) -> float:
        """Use a share of the limit that is ours whatever others do."""
        if self._away_since is None:
            self._away_since = now
            log.warning(
                "The store of Zoho's limits is away (%s); this process goes on with a share of "
                "%d calls at once.",
                type(error).__name__,
                self._alone().slots,
            )
        self._prolong_at = 0.0
        share, held = self._alone(), self.gate.capacity
        if self._answer and held.slots and now - self._away_since < SETTLING:
            share = shares.at_most(share, held)
        self.gate.capacity = share
        self.close()
        return AWAY

    def _note_return(self, now: float) -> None:
        if self._away_since is not None:
            self._away_since, self._back_since = None, now
            log.info("The store of Zoho's limits is back.")

    def _alone(self) -> Share:
        """Return the limit, divided by the processes that were last seen."""
        processes = self.known_processes or _expected_processes()
        slots = max(self.limit // max(processes, 1), 1)
        heavy = max(min(HEAVY, self.limit) // max(processes, 1), 1)
        return Share(slots, min(heavy, slots), unreserved(slots, self.options.reserved_concurrency))

    def _set_capacity(self) -> None:
        """Do nothing: the store decides."""


def _expected_processes() -> int:
    given = os.environ.get("WEB_CONCURRENCY", "")
    return int(given) if given.isdecimal() and int(given) else PROCESSES
