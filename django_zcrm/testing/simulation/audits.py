"""Checks how the site uses its grant: the credits that it counts, and its refresh requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from django_zcrm.emulator.core.limits import RequestLimits, cost
from django_zcrm.limits import registry
from django_zcrm.zoho.http.messages import ZohoRequest, ZohoResponse
from django_zcrm.zoho.limits.costs import cost_of
from django_zcrm.zoho.secret import reveal

from .entries import SITE, Violation
from .ledger import Ledger
from .world import World

FRESH = 3000.0
"""Seconds for which no process needs another access token."""

MAX_SKEW = 2.0
"""Seconds by which clocks may differ, because the lease of a refresh is short."""


class Audit(RequestLimits):
    """Notes what Zoho charges for requests of the site, and how often the site refreshes a token.

    `is_certain` is False while a process may end or stop before it has stored a new access token,
    while a response may take longer than the lease of a refresh lasts, which nothing prolongs here,
    or while the clocks differ by more than the lease allows for.
    """

    def __init__(self, world: World, oracle: Ledger, *, counts_credits: bool) -> None:
        zoho = world.emulator.zoho
        super().__init__(zoho.options, zoho.clock)
        self.world, self.oracle = world, oracle
        self.counts_credits, self.is_certain = counts_credits, True
        self.refreshed: dict[str, float] = {}
        self.charged = self.counted = 0
        self._running_costs: dict[int, int] = {}
        zoho.limits = self
        world.network.ended = self.note_end

    @contextmanager
    def count_request(self, org: Any, request: Any) -> Iterator[dict[str, str]]:
        """Note the credits that Zoho charges for a request that runs now."""
        route = request.match.route
        if route is not None and self.oracle.author == SITE:
            self._running_costs[id(self.world.scheduler.process)] = cost(route, request)
        yield {}

    def note_end(self, request: ZohoRequest, response: ZohoResponse | None) -> None:
        """Note that the site knows the outcome of a request: a response, or that it got none.

        Not of requests that connect the site: these are made before there is a connection.
        """
        process = self.world.scheduler.process
        if process is self.world.scheduler.home:
            return
        charged = self._running_costs.pop(id(process), None)
        status = response.status if response is not None else 0
        if request.path.endswith("/oauth/v2/token"):
            if status == HTTPStatus.OK:
                self._note_refresh(dict(request.form or ()))
            return
        own_cost = cost_of(request)
        if charged is None and own_cost is not None and status not in (401, 429):
            charged = own_cost.credits  # the emulator did not get the request
        self.charged += charged or 0

    def _note_refresh(self, form: dict[str, Any]) -> None:
        token, now = reveal(form.get("refresh_token") or ""), self.world.scheduler.now
        if not token:
            return
        last = self.refreshed.pop(token, None)
        if not self.is_certain:
            return
        if last is not None and now - last < FRESH:
            self.oracle.errors.append(
                Violation("one refresh", f"two requests for tokens in {now - last:.0f} seconds")
            )
        self.refreshed[token] = now

    def check_credits(self) -> None:
        """Check that the site has counted what Zoho charged. Raises Violation."""
        counters = [registry.credit_counters()]
        name = registry.__name__, "_credit_counters"
        counters += [process.globals[name] for process in self.world.processes]
        for counter in {id(one): one for group in counters for one in group.values()}.values():
            self.counted += sum(bucket.credits for bucket in counter.take_waiting().values())
        self.world.processes.clear()
        self._running_costs.clear()
        if self.counts_credits and self.counted != self.charged:
            raise Violation(
                "credits", f"the site counted {self.counted} credits, of {self.charged}"
            )
