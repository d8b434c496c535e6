"""Makes asynchronous calls: drives the same plans as the blocking session.

A token that is not in memory (it is in the database, or has to come from the accounts server) is
fetched in a thread.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Protocol, Self

from ..auth.tokens import AccessToken, TokenSource
from ..calls.lookups import READ_FIELDS
from ..calls.metadata import ModuleFields
from ..calls.observer import AttemptReporter, Observer
from ..calls.plans import Planner
from ..calls.session import refuse_pickling
from ..calls.steps import CallPlan, CallStep, Pause, Send, T, Token
from ..errors import ZohoError
from ..http.deadline import Deadline
from ..http.messages import Timeout, ZohoRequest, ZohoResponse
from ..http.pauses import apause
from ..limits.limiter import Limiter, SlotClaim, no_limiter
from ..operations.operation import Operation
from ..operations.results import Page
from .results import AsyncDownload, AsyncPage


class AsyncTransport(Protocol):
    """Sends one request to one base URL, without blocking."""

    async def send(
        self, base_url: str, request: ZohoRequest, timeout: tuple[float, float]
    ) -> ZohoResponse:
        """Return the response, whatever its status. Raises Unreachable, TimedOut or
        TransportError.
        """
        ...


@dataclass(frozen=True, eq=False, repr=False)
class AsyncSession:
    """Sends operations for one token source; every call is a coroutine. Immutable."""

    tokens: TokenSource
    transport: AsyncTransport
    planner: Planner
    timeout: Timeout
    observer: Observer
    limiter: Limiter | None = None
    caller: str = ""

    @property
    def version(self) -> str:
        """The version of the API, as in paths."""
        return self.planner.version

    __reduce__ = refuse_pickling

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the same: deep copies can share it."""
        return self

    async def call(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        """Perform an operation with these arguments and return its result.

        Raises the exceptions defined in `errors`.
        """
        result = await self._run(operation.name, self.planner.call(operation, arguments, self))
        if isinstance(result, Page):
            return AsyncPage.of(result)
        if operation.stream:
            return AsyncDownload(result)
        return result

    async def send(self, request: ZohoRequest) -> ZohoResponse:
        """Send a request with a token and return the response.

        Raises the exceptions defined in `errors`.
        """
        return await self._run(request.operation, self.planner.send(request))

    async def module_fields(self, module: str) -> ModuleFields:
        """Return a module's fields; cached, and fetched only once for concurrent tasks."""
        lookups = self.planner.lookups
        async with lookups.cache.task_lock(module):
            return await self._run(READ_FIELDS, lookups.module_fields(module))

    async def _run(self, operation: str, plan: CallPlan[T]) -> T:
        reporter, deadline = AttemptReporter(self.observer), Deadline(self.timeout)
        with self.observer.call(operation, reporter.request_id):
            try:
                step = next(plan)
                while True:
                    try:
                        outcome = await self._do(step, reporter, deadline)
                    except Exception as error:
                        step = plan.throw(error)
                    else:
                        step = plan.send(outcome)
            except StopIteration as finished:
                result: T = finished.value
                return result
            finally:
                plan.close()  # closed at once, so that a held slot is released

    async def _do(self, step: CallStep, reporter: AttemptReporter, deadline: Deadline) -> Any:
        match step:
            case Send(token, request, attempt):
                if not attempt:
                    deadline.start()
                return await self._transmit(token, request, reporter, deadline)
            case SlotClaim():
                slot = await (self.limiter or no_limiter()).aclaim(step, self.caller)
                reporter.note_slot(slot.waited, step.cost)
                deadline.postpone(slot.waited)
                return slot
            case Token(None):
                return await self._ask("current")
            case Token(AccessToken() as refused):
                return await self._ask("renew", refused)
            case Pause(seconds):
                if may_wait := deadline.allows(seconds):
                    await apause(seconds)
                return may_wait

    async def _ask(self, verb: str, *arguments: AccessToken) -> AccessToken:
        """Call the token source: an async method if it has one, else the other in a thread."""
        async_method = getattr(self.tokens, f"a{verb}", None)
        if async_method is not None:
            token: AccessToken = await async_method(*arguments)
            return token
        return await asyncio.to_thread(getattr(self.tokens, verb), *arguments)

    async def _transmit(
        self,
        token: AccessToken,
        request: ZohoRequest,
        reporter: AttemptReporter,
        deadline: Deadline,
    ) -> ZohoResponse:
        started = time.perf_counter()
        try:
            url = token.url(request.host, request.origin)
            response = await self.transport.send(url, request, deadline.next_timeout())
        except ZohoError as error:
            reporter.report(request, started, error)
            raise
        reporter.report(request, started, response)
        return response
