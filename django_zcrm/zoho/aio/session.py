"""Makes asynchronous calls: drives the same plans as the blocking session.

A token that is not in memory (it is in the database, or has to come from the accounts server) is
fetched in a thread.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Protocol, Self

from ..auth import AccessToken, Pause, Permit, Plan, Send, Step, T, Token, TokenSource
from ..deadline import Deadline
from ..errors import ZohoError
from ..governor import Governor, no_governor
from ..http import Request, Response, Timeout
from ..lookups import READ_FIELDS
from ..metadata import ModuleFields
from ..observer import AttemptReporter, Observer
from ..operation import Operation
from ..pauses import apause
from ..plans import Planner
from ..results import Page
from ..session import refuse_pickling
from .results import AsyncDownload, AsyncPage


class AsyncTransport(Protocol):
    """Sends one request to one base URL, without blocking."""

    async def send(self, base_url: str, request: Request, timeout: tuple[float, float]) -> Response:
        """Return the reply, whatever its status. Raises Unreachable, TimedOut or TransportError."""
        ...


@dataclass(frozen=True, eq=False, repr=False)
class AsyncSession:
    """Sends operations for one token source; every call is a coroutine. Immutable."""

    tokens: TokenSource
    transport: AsyncTransport
    planner: Planner
    timeout: Timeout
    observer: Observer
    governor: Governor | None = None

    @property
    def version(self) -> str:
        """The version of the API, as in paths."""
        return self.planner.version

    __reduce__ = refuse_pickling

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the same: deep copies can share it."""
        return self

    async def call(self, operation: Operation, given: dict[str, Any]) -> Any:
        """Perform an operation with the arguments given and return its result.

        Raises the exceptions defined in `errors`.
        """
        result = await self._run(operation.name, self.planner.call(operation, given, self))
        if isinstance(result, Page):
            return AsyncPage.of(result)
        if operation.stream:
            return AsyncDownload(result)
        return result

    async def send(self, request: Request) -> Response:
        """Send a request with a token and return the reply.

        Raises the exceptions defined in `errors`.
        """
        return await self._run(request.operation, self.planner.send(request))

    async def module_fields(self, module: str) -> ModuleFields:
        """Return a module's fields; cached, and asked for once however many tasks need them."""
        lookups = self.planner.lookups
        async with lookups.cache.task_lock(module):
            return await self._run(READ_FIELDS, lookups.module_fields(module))

    async def _run(self, operation: str, plan: Plan[T]) -> T:
        reporter, deadline = AttemptReporter(self.observer), Deadline(self.timeout)
        with self.observer.call(operation, reporter.request_id):
            try:
                step = next(plan)
                while True:
                    try:
                        done = await self._do(step, reporter, deadline)
                    except Exception as error:
                        step = plan.throw(error)
                    else:
                        step = plan.send(done)
            except StopIteration as finished:
                result: T = finished.value
                return result
            finally:
                plan.close()  # at once: a permit that it holds goes back

    async def _do(self, step: Step, reporter: AttemptReporter, deadline: Deadline) -> Any:
        match step:
            case Send(token, request, attempt):
                if not attempt:
                    deadline.start()
                return await self._transmit(token, request, reporter, deadline)
            case Permit():
                held = await (self.governor or no_governor()).apermit(step)
                reporter.waited(held.waited)
                return held
            case Token(None):
                return await self._ask("current")
            case Token(AccessToken() as refused):
                return await self._ask("renew", refused)
            case Pause(seconds):
                if allowed := deadline.allows(seconds):
                    await apause(seconds)
                return allowed

    async def _ask(self, verb: str, *given: AccessToken) -> AccessToken:
        """Call the token source: an async method if it has one, else the other in a thread."""
        async_method = getattr(self.tokens, f"a{verb}", None)
        if async_method is not None:
            token: AccessToken = await async_method(*given)
            return token
        return await asyncio.to_thread(getattr(self.tokens, verb), *given)

    async def _transmit(
        self, token: AccessToken, request: Request, reporter: AttemptReporter, deadline: Deadline
    ) -> Response:
        started = time.perf_counter()
        try:
            url = token.url(request.host, request.origin)
            reply = await self.transport.send(url, request, deadline.next_timeout())
        except ZohoError as error:
            reporter.report(request, started, error)
            raise
        reporter.report(request, started, reply)
        return reply
