"""Makes blocking calls: does the steps of a plan, that is gets tokens, sends and waits.

It keeps nothing between calls beyond its constructor's arguments.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, NoReturn, Self

from . import auth
from .auth import Pause, Permit, Plan, Send, Step, T, Token
from .deadline import Deadline
from .errors import ZohoError
from .governor import Governor, no_governor
from .http import Request, Response, Timeout
from .lookups import READ_FIELDS, READ_ORGANISATION
from .metadata import MetadataCache, ModuleFields
from .observer import AttemptReporter, Observer
from .operation import Operation
from .pauses import pause
from .plans import Planner
from .reply_sizes import MAX_RESPONSE_BYTES
from .transports import Transport


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
    how often a call that changes nothing is retried; `max_response_bytes` limits a decoded reply,
    but not a file that is streamed; `observer` is told of every call and attempt. A `governor`
    keeps the calls below Zoho's limits; without one they are sent at once.
    """

    tokens: auth.TokenSource
    transport: Transport
    _: KW_ONLY
    version: str = "v8"
    timeout: Timeout = (5.0, 30.0)
    retries: int = 2
    max_response_bytes: int = MAX_RESPONSE_BYTES
    metadata: MetadataCache = field(default_factory=MetadataCache)
    observer: Observer = field(default_factory=Observer)
    governor: Governor | None = None
    planner: Planner = field(init=False)

    def __post_init__(self) -> None:
        planner = Planner(
            self.version,
            self.retries,
            self.metadata,
            self.max_response_bytes,
            is_governed=self.governor is not None,
        )
        object.__setattr__(self, "planner", planner)

    __reduce__ = refuse_pickling

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the same: deep copies, such as Django's of `setUpTestData`, can share it."""
        return self

    def call(self, operation: Operation, given: dict[str, Any]) -> Any:
        """Perform an operation with the arguments given and return its result.

        Raises the exceptions defined in `errors`.
        """
        return self._run(operation.name, self.planner.call(operation, given, self))

    def send(self, request: Request, *, check: bool = True) -> Response:
        """Send a request with a token, retrying where that is safe, and return the reply.

        With `check`, a refusal raises the matching error.
        """
        return self._run(request.operation, self.planner.send(request, check=check))

    def field_names(self, module: str) -> Sequence[str]:
        """Return the API names of the fields to list for a module, at most 50; cached."""
        return self._run(READ_FIELDS, self.planner.lookups.field_names(module))

    def module_fields(self, module: str) -> ModuleFields:
        """Return a module's fields; cached, and asked for once however many threads need them."""
        plan = self.planner.lookups.module_fields(module)
        with self.metadata.thread_lock(module):
            return self._run(READ_FIELDS, plan)

    def organisation_id(self) -> str:
        """Return the organisation's `zgid`, which some uploads need as a header; cached."""
        return self._run(READ_ORGANISATION, self.planner.lookups.organisation_id())

    def _run(self, operation: str, plan: Plan[T]) -> T:
        reporter, deadline = AttemptReporter(self.observer), Deadline(self.timeout)
        with self.observer.call(operation, reporter.request_id):
            try:
                step = next(plan)
                while True:
                    try:
                        done = self._do(step, reporter, deadline)
                    except Exception as error:
                        step = plan.throw(error)
                    else:
                        step = plan.send(done)
            except StopIteration as finished:
                result: T = finished.value
                return result
            finally:
                plan.close()  # at once: a permit that it holds goes back

    def _do(self, step: Step, reporter: AttemptReporter, deadline: Deadline) -> Any:
        match step:
            case Send(token, request, attempt):
                if not attempt:
                    deadline.start()
                return self._transmit(token, request, reporter, deadline)
            case Permit():
                held = (self.governor or no_governor()).permit(step)
                reporter.waited(held.waited)
                return held
            case Token(None):
                return self.tokens.current()
            case Token(auth.AccessToken() as refused):
                return self.tokens.renew(refused)
            case Pause(seconds):
                if allowed := deadline.allows(seconds):
                    pause(seconds)
                return allowed

    def _transmit(
        self,
        token: auth.AccessToken,
        request: Request,
        reporter: AttemptReporter,
        deadline: Deadline,
    ) -> Response:
        started = time.perf_counter()
        try:
            url = token.url(request.host, request.origin)
            reply = self.transport.send(url, request, deadline.next_timeout())
        except ZohoError as error:
            reporter.report(request, started, error)
            raise
        reporter.report(request, started, reply)
        return reply
