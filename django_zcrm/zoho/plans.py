"""The plans of calls: generators without I/O, which all sessions share."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from . import auth, composite, permits, retry
from .auth import AccessToken, Pause, Plan, Send
from .batches import in_batches, with_items_listed
from .costs import cost_of
from .errors import TransportError
from .http import Request, Response
from .lookups import Lookups
from .metadata import MetadataCache
from .operation import Operation, Performs
from .readers import batch, batch_or_one, refusal, with_missing
from .reply_sizes import MAX_ACCOUNTS_BYTES, MAX_RESPONSE_BYTES
from .results import BatchResult
from .versions import number

# Replies to these report on every item, and must not be taken for a refusal of the whole call.
_PER_ITEM = frozenset({batch, batch_or_one, composite.outcomes})


class _Call(NamedTuple):
    """One call of an operation, as the readers in `readers` see it."""

    session: Performs
    api: float
    operation: Operation
    given: Mapping[str, Any]

    @property
    def key(self) -> str:
        return self.operation.key

    @property
    def name(self) -> str:
        return self.operation.name

    @property
    def version(self) -> float:
        return self.api

    @property
    def inputs(self) -> Sequence[Any]:
        inputs = self.given.get(self.operation.each or self.operation.body)
        return inputs if isinstance(inputs, list | tuple) else [inputs]

    def again(self, **changes: Any) -> Any:
        return self.session.call(self.operation, {**self.given, **changes})


class Planner:
    """Plans calls for one version of the API. Immutable and thread-safe.

    `retries` is how often a call that changes nothing is retried; `max_bytes` is the limit of a
    reply that is not streamed; `is_governed` says that requests need a permit.
    """

    def __init__(
        self,
        version: str,
        retries: int,
        metadata: MetadataCache,
        max_bytes: int = MAX_RESPONSE_BYTES,
        *,
        is_governed: bool = False,
    ) -> None:
        self.api = number(version)
        self.version = version
        self.retries = retries
        self.max_bytes = max_bytes
        self.is_governed = is_governed
        self.metadata = metadata

    @property
    def lookups(self) -> Lookups:
        """Looks up the metadata that calls need."""
        # Made when asked for: one that is kept would hold the planner in a circle.
        return Lookups(self.version, self.metadata, self.send)

    def call(self, operation: Operation, given: dict[str, Any], session: Performs) -> Plan[Any]:
        """Perform an operation; `session` fetches the following pages of a list.

        Raises the exceptions defined in `errors`.
        """
        given = with_items_listed(operation, given)
        items = given.get(operation.each or operation.body)
        if operation.batch and isinstance(items, list | tuple) and len(items) > operation.batch:

            def call(part: dict[str, Any]) -> Plan[BatchResult]:
                return self.call(operation, part, session)

            return (yield from in_batches(call, operation, given, items))
        if (operation.fields and given.get("fields") is None) or operation.organisation:
            given = yield from self.lookups.fill_in(operation, given)
        reply = yield from self.send(operation.build(given, self.version), check=False)
        answered = _Call(session, self.api, operation, given)
        is_whole = operation.returns not in _PER_ITEM or not _tells_of_items(reply, answered)
        if is_whole and (error := refusal(reply, operation.name)):
            raise error
        result = operation.returns(reply, answered)
        return with_missing(result, answered.inputs) if operation.batch else result

    def send(self, request: Request, *, check: bool = True) -> Plan[Response]:
        """Send a request with a token, retrying where that is safe, and return the reply.

        With `check`, a refusal raises the matching error.
        """
        limit = self.max_bytes
        if request.host == "accounts":
            limit = min(limit, MAX_ACCOUNTS_BYTES)
        if request.max_bytes != limit:
            request = request.changed(max_bytes=limit)
        reply = yield from auth.flow(request, self._deliver)
        if check and (error := refusal(reply, request.operation)):
            raise error
        return reply

    def _deliver(self, token: AccessToken, request: Request) -> Plan[Response]:
        attempt = 0
        while True:
            outcome = yield from self._attempt(Send(token, request, attempt))
            if isinstance(outcome, Response) and outcome.status not in retry.TRANSIENT:
                return outcome  # as nearly always, without asking what follows
            if self.is_governed and permits.is_refused(outcome):
                break  # it was waited for, as long as that is allowed
            delay = retry.next_delay(attempt, request, outcome, self.retries, random.random())  # noqa: S311
            if delay is None or not (yield Pause(delay)):
                break
            if isinstance(outcome, Response):
                outcome.close()
            request.rewind()
            attempt += 1
        if isinstance(outcome, TransportError):
            raise outcome
        return outcome

    def _attempt(self, send: Send) -> Plan[Response | TransportError]:
        if self.is_governed and (cost := cost_of(send.request)):
            return permits.send_permitted(send, cost)
        return permits.send_ungoverned(send)


def _tells_of_items(reply: Response, call: _Call) -> bool:
    """Tell whether a reply holds an outcome for every item rather than a refusal of the call.

    A refused batch lists the reason for each item, whatever the status, but a refusal of the whole
    call sometimes comes in the same list (OAS 3.1).
    """
    if reply.status in {401, 429} or reply.status >= 500:
        return False
    content = reply.json
    rows = content.get(call.key) if isinstance(content, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(r, dict) and "code" in r for r in rows):
        return False
    return reply.status < 400 or len(rows) == len(call.inputs)
