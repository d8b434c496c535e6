"""The plans of calls: generators without I/O, which all sessions share."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..auth.scope_names import name_missing_scopes
from ..auth.tokens import AccessToken
from ..errors import TransportError
from ..http.messages import ZohoRequest, ZohoResponse
from ..http.response_sizes import MAX_ACCOUNTS_BYTES, MAX_RESPONSE_BYTES
from ..limits.budget import may_wait
from ..limits.costs import cost_of
from ..operations import composite
from ..operations.operation import Operation, Performs
from ..operations.readers import batch, batch_or_one, refusal, with_missing
from ..operations.results import BatchResult
from ..operations.versions import number
from . import authorization, retry, slots
from .batches import in_batches, with_items_listed
from .lookups import Lookups
from .metadata import MetadataCache
from .steps import CallPlan, Pause, Send

# Responses to these report on every item; they are not a refusal of the whole call.
_PER_ITEM = frozenset({batch, batch_or_one, composite.outcomes})


class _Call(NamedTuple):
    """One call of an operation, as the functions in `readers` use it."""

    session: Performs
    api: float
    operation: Operation
    arguments: Mapping[str, Any]

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
        inputs = self.arguments.get(self.operation.each or self.operation.body)
        return inputs if isinstance(inputs, list | tuple) else [inputs]

    def again(self, **changes: Any) -> Any:
        return self.session.call(self.operation, {**self.arguments, **changes})


class Planner:
    """Plans calls for one version of the API. Immutable and thread-safe.

    `retries` is how often a call that changes nothing is retried; `max_bytes` is the limit of a
    response that is not streamed; with `is_limited`, requests need a slot.
    """

    def __init__(
        self,
        version: str,
        retries: int,
        metadata: MetadataCache,
        max_bytes: int = MAX_RESPONSE_BYTES,
        *,
        is_limited: bool = False,
    ) -> None:
        self.api = number(version)
        self.version = version
        self.retries = retries
        self.max_bytes = max_bytes
        self.is_limited = is_limited
        self.metadata = metadata

    @property
    def lookups(self) -> Lookups:
        """Looks up the metadata that calls need."""
        # Created on each access: a stored one would make a reference cycle with the planner.
        return Lookups(self.version, self.metadata, self.send)

    def call(
        self, operation: Operation, arguments: dict[str, Any], session: Performs
    ) -> CallPlan[Any]:
        """Perform an operation; `session` fetches the following pages of a list.

        Raises the exceptions defined in `errors`.
        """
        arguments = with_items_listed(operation, arguments)
        items = arguments.get(operation.each or operation.body)
        if operation.batch and isinstance(items, list | tuple) and len(items) > operation.batch:

            def call(part: dict[str, Any]) -> CallPlan[BatchResult]:
                return self.call(operation, part, session)

            return (yield from in_batches(call, operation, arguments, items))
        if (operation.fields and arguments.get("fields") is None) or operation.organisation:
            arguments = yield from self.lookups.fill_in(operation, arguments)
        response = yield from self.send(operation.build(arguments, self.version), check=False)
        answered = _Call(session, self.api, operation, arguments)
        is_whole = operation.returns not in _PER_ITEM or not _tells_of_items(response, answered)
        if is_whole and (error := refusal(response, operation.name)):
            name_missing_scopes(error, operation.scopes, str(arguments.get("module") or ""))
            raise error
        result = operation.returns(response, answered)
        return with_missing(result, answered.inputs) if operation.batch else result

    def send(self, request: ZohoRequest, *, check: bool = True) -> CallPlan[ZohoResponse]:
        """Send a request with a token, retrying where that is safe, and return the response.

        With `check`, a refusal raises the matching error.
        """
        limit = self.max_bytes
        if request.host == "accounts":
            limit = min(limit, MAX_ACCOUNTS_BYTES)
        if request.max_bytes != limit:
            request = request.replace(max_bytes=limit)
        response = yield from authorization.send_authorized(request, self._deliver)
        if check and (error := refusal(response, request.operation)):
            raise error
        return response

    def _deliver(self, token: AccessToken, request: ZohoRequest) -> CallPlan[ZohoResponse]:
        attempt = 0
        while True:
            outcome = yield from self._attempt(Send(token, request, attempt))
            if isinstance(outcome, ZohoResponse) and outcome.status not in retry.TRANSIENT:
                return outcome  # nearly always: return without planning a retry
            if self.is_limited and slots.is_refused(outcome):
                break  # the plan has already waited for as long as it may
            retries = self.retries if may_wait() else 0
            delay = retry.next_delay(attempt, request, outcome, retries, random.random())  # noqa: S311
            if delay is None or not (yield Pause(delay)):
                break
            if isinstance(outcome, ZohoResponse):
                outcome.close()
            request.rewind()
            attempt += 1
        if isinstance(outcome, TransportError):
            raise outcome
        return outcome

    def _attempt(self, send: Send) -> CallPlan[ZohoResponse | TransportError]:
        if self.is_limited and (cost := cost_of(send.request)):
            return slots.send_in_slot(send, cost)
        return slots.send_unlimited(send)


def _tells_of_items(response: ZohoResponse, call: _Call) -> bool:
    """Return whether a response contains an outcome per item, not a refusal of the call.

    A refused batch lists the reason for each item, whatever the status, but a refusal of the whole
    call sometimes comes in the same list (OAS 3.1).
    """
    if response.status in {401, 429} or response.status >= 500:
        return False
    content = response.json
    rows = content.get(call.key) if isinstance(content, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(r, dict) and "code" in r for r in rows):
        return False
    return response.status < 400 or len(rows) == len(call.inputs)
