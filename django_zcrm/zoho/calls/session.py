"""Makes blocking calls: performs a plan's steps, such as getting tokens, sending and waiting.

It stores nothing but its constructor's arguments between calls.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, NoReturn, Self

from ..auth.tokens import AccessToken, TokenSource
from ..errors import ZohoError
from ..http.deadline import Deadline
from ..http.messages import Timeout, ZohoRequest, ZohoResponse
from ..http.pauses import pause
from ..http.response_sizes import MAX_RESPONSE_BYTES
from ..http.transports import Transport
from ..limits.limiter import Limiter, SlotClaim, no_limiter
from ..operations.operation import Operation
from .lookups import READ_FIELDS, READ_ORGANISATION
from .metadata import MetadataCache, ModuleFields
from .observer import AttemptReporter, Observer
from .plans import Planner
from .steps import CallPlan, CallStep, Pause, Send, T, Token


def refuse_pickling(self: object) -> NoReturn:
    """Raise TypeError: a pickled client, or a page that fetches more, would hold tokens."""
    raise TypeError(
        "A client of Zoho's API cannot be pickled, and neither can a page, which uses it to fetch "
        "the next one. Cache page.rows (or list(page), the rows of all pages), and get a client "
        "where it is used."
    )


@dataclass(frozen=True, eq=False, repr=False)
class Session:
    """Sends operations for one token source. Immutable and thread-safe.

    `timeout` is (connect, read) or (connect, read, total) in seconds, see `Deadline`; `retries` is
    how often a call that changes nothing is retried; `max_response_bytes` limits a decoded
    response, but not a file that is streamed; `observer` is notified of every call and attempt. A
    `limiter` keeps the calls below Zoho's limits; without a limiter, they are sent immediately. The
    limiter serves callers in turn; `caller` identifies the caller of this session.
    """

    tokens: TokenSource
    transport: Transport
    _: KW_ONLY
    version: str = "v8"
    timeout: Timeout = (5.0, 30.0)
    retries: int = 2
    max_response_bytes: int = MAX_RESPONSE_BYTES
    metadata: MetadataCache = field(default_factory=MetadataCache)
    observer: Observer = field(default_factory=Observer)
    limiter: Limiter | None = None
    caller: str = ""
    planner: Planner = field(init=False)

    def __post_init__(self) -> None:
        planner = Planner(
            self.version,
            self.retries,
            self.metadata,
            self.max_response_bytes,
            is_limited=self.limiter is not None,
        )
        object.__setattr__(self, "planner", planner)

    __reduce__ = refuse_pickling

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the session itself: deep copies, as by Django's `setUpTestData`, can share it."""
        return self

    def call(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        """Perform an operation with these arguments and return its result.

        Raises the exceptions defined in `errors`.
        """
        return self._run(operation.name, self.planner.call(operation, arguments, self))

    def send(self, request: ZohoRequest, *, check: bool = True) -> ZohoResponse:
        """Send a request with a token, retrying where that is safe, and return the response.

        With `check`, a refusal raises the matching error.
        """
        return self._run(request.operation, self.planner.send(request, check=check))

    def field_names(self, module: str) -> Sequence[str]:
        """Return the API names of the fields to list for a module, at most 50; cached."""
        return self._run(READ_FIELDS, self.planner.lookups.field_names(module))

    def module_fields(self, module: str) -> ModuleFields:
        """Return a module's fields; cached, and fetched only once for concurrent threads."""
        plan = self.planner.lookups.module_fields(module)
        with self.metadata.thread_lock(module):
            return self._run(READ_FIELDS, plan)

    def organisation_id(self) -> str:
        """Return the organisation's `zgid`, which some uploads need as a header; cached."""
        return self._run(READ_ORGANISATION, self.planner.lookups.organisation_id())

    def _run(self, operation: str, plan: CallPlan[T]) -> T:
        reporter, deadline = AttemptReporter(self.observer), Deadline(self.timeout)
        with self.observer.call(operation, reporter.request_id):
            try:
                step = next(plan)
                while True:
                    try:
                        outcome = self._do(step, reporter, deadline)
                    except Exception as error:
                        step = plan.throw(error)
                    else:
                        step = plan.send(outcome)
            except StopIteration as finished:
                result: T = finished.value
                return result
            finally:
                plan.close()  # closed at once, so that a held slot is released

    def _do(self, step: CallStep, reporter: AttemptReporter, deadline: Deadline) -> Any:
        match step:
            case Send(token, request, attempt):
                if not attempt:
                    deadline.start()
                return self._transmit(token, request, reporter, deadline)
            case SlotClaim():
                slot = (self.limiter or no_limiter()).claim(step, self.caller)
                reporter.note_slot(slot.waited, step.cost)
                deadline.postpone(slot.waited)
                return slot
            case Token(None):
                return self.tokens.current()
            case Token(AccessToken() as refused):
                return self.tokens.renew(refused)
            case Pause(seconds):
                if may_wait := deadline.allows(seconds):
                    pause(seconds)
                return may_wait

    def _transmit(
        self,
        token: AccessToken,
        request: ZohoRequest,
        reporter: AttemptReporter,
        deadline: Deadline,
    ) -> ZohoResponse:
        started = time.perf_counter()
        try:
            url = token.url(request.host, request.origin)
            response = self.transport.send(url, request, deadline.next_timeout())
        except ZohoError as error:
            reporter.report(request, started, error)
            raise
        reporter.report(request, started, response)
        return response
