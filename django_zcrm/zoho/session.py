"""Makes calls: adds the token, sends, tries again where that is safe, and reads the reply.

Knows no operation by name and keeps nothing between calls but what it was given.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import auth, composite, retry
from .encoding import params
from .errors import ApiError, TransportError, ZCRMError, ZohoError
from .http import Request, Response
from .metadata import MetadataCache
from .operation import Operation
from .results import BatchResult, Outcome, batch, refusal
from .transports import Transport
from .versions import FIELDS_MANDATORY, MAX_FIELDS, number

log = logging.getLogger("django_zcrm")

# Zoho's own query form for a list of fields; these types never come in lists (docs v2.1 change
# log) or cannot be asked for by name.
_UNLISTED_TYPES = frozenset({"subform", "multiselectlookup", "multiuserlookup", "fileupload"})

# What these read tells of every item, and is not to be taken for a refusal of the whole.
_PER_ITEM = frozenset({batch, composite.outcomes})


@dataclass(frozen=True)
class _Call:
    """One call of an operation, as results see it."""

    session: Session
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
        return number(self.session.version)

    @property
    def inputs(self) -> Sequence[Any]:
        found = self.given.get(self.operation.each or self.operation.body)
        return found if isinstance(found, list | tuple) else [found]

    def again(self, **changes: Any) -> Any:
        return self.session.call(self.operation, {**self.given, **changes})


class Session:
    """Sends operations for one token source. Immutable, and safe to share by threads.

    `timeout` is (connect, read) in seconds; `retries` is how often a call that changes nothing is
    tried again.
    """

    def __init__(
        self,
        tokens: auth.TokenSource,
        transport: Transport,
        *,
        version: str = "v8",
        timeout: tuple[float, float] = (5.0, 30.0),
        retries: int = 2,
        metadata: MetadataCache | None = None,
    ) -> None:
        number(version)
        self.tokens = tokens
        self.transport = transport
        self.version = version
        self.timeout = timeout
        self.retries = retries
        self.metadata = metadata or MetadataCache()

    def call(self, operation: Operation, given: dict[str, Any]) -> Any:
        """Perform an operation with the arguments given and return what it returns.

        Raises the errors of `errors`.
        """
        items = given.get(operation.each or operation.body)
        if operation.batch and isinstance(items, list | tuple) and len(items) > operation.batch:
            return self._call_in_batches(operation, given, items)
        if operation.fields and given.get("fields") is None:
            given = self._with_fields(operation, given)
        if operation.organisation and given.get(operation.organisation) is None:
            given = {**given, operation.organisation: self.organisation_id()}
        reply = self.send(operation.build(given, self.version), check=False)
        call = _Call(self, operation, given)
        is_whole = operation.returns not in _PER_ITEM or not _tells_of_items(reply, call)
        if is_whole and (error := refusal(reply, operation.name)):
            raise error
        return operation.returns(reply, call)

    def _call_in_batches(
        self, operation: Operation, given: dict[str, Any], items: Sequence[Any]
    ) -> BatchResult:
        """Send more items than one call takes, in order, and join the outcomes.

        A call that fails after others succeeded does not hide them: its items and those after it
        get its error as their outcome, and nothing more is sent. The code of those after it is
        NOT_SENT; that of its own items is Zoho's, or NO_REPLY when they may have arrived.
        """
        outcomes: list[Outcome] = []
        extra: dict[str, Any] = {}
        for start in range(0, len(items), operation.batch):
            part = items[start : start + operation.batch]
            try:
                result: BatchResult = self.call(
                    operation, {**given, operation.each or operation.body: part}
                )
            except ZCRMError as reason:
                if not outcomes:
                    raise
                code = _code_of(reason)
                outcomes += [
                    Outcome(
                        index,
                        code if index < start + operation.batch else "NOT_SENT",
                        str(reason),
                        error=reason,
                        input=item,
                    )
                    for index, item in enumerate(items[start:], start)
                ]
                break
            outcomes += [replace(one, index=one.index + start) for one in result]
            extra.update(result.extra)
        return BatchResult(outcomes, extra, operation.name)

    def send(self, request: Request, *, check: bool = True) -> Response:
        """Send a request with a token, again where that is safe, and return the reply.

        With `check`, a refusal is raised as the error it means.
        """
        attempt = 0
        while True:
            outcome: Response | TransportError
            try:
                outcome = self._send_authorised(request)
            except TransportError as failure:
                outcome = failure
            delay = retry.next_delay(attempt, request, outcome, self.retries, random.random())  # noqa: S311
            if delay is None:
                break
            if isinstance(outcome, Response):
                outcome.close()
            time.sleep(delay)
            request.rewind()
            attempt += 1
        if isinstance(outcome, TransportError):
            raise outcome
        if check and (error := refusal(outcome, request.operation)):
            raise error
        return outcome

    def _send_authorised(self, request: Request) -> Response:
        steps = auth.flow(request, self.tokens)
        token, authorised = next(steps)
        while True:
            started = time.perf_counter()
            try:
                reply = self.transport.send(
                    token.url(request.host, request.origin), authorised, self.timeout
                )
            except ZohoError as error:
                _log(request, error.message, started)
                raise
            _log(request, f"HTTP {reply.status}", started)
            try:
                token, authorised = steps.send(reply)
            except StopIteration:
                return reply
            request.rewind()

    def _with_fields(self, operation: Operation, given: dict[str, Any]) -> dict[str, Any]:
        """Name the fields of a list for a caller who did not, where the version demands it."""
        if number(self.version) < FIELDS_MANDATORY:
            return given
        if not isinstance(operation.fields, str):
            return {**given, "fields": operation.fields}
        return {**given, "fields": self.field_names(str(given[operation.fields]))}

    def field_names(self, module: str) -> Sequence[str]:
        """Return the API names to ask for in a list of a module, at most 50, remembered a while."""

        def ask() -> Sequence[str]:
            try:
                reply = self.send(
                    Request(
                        method="GET",
                        path=f"/crm/{self.version}/settings/fields",
                        params=params({"module": module}),
                        safe=True,
                        operation="GET /crm/{version}/settings/fields",
                    )
                )
            except ApiError as error:
                error.add_note(
                    "A list was called without fields, so the module's metadata was asked for: "
                    "name the fields, or grant ZohoCRM.settings.fields.READ."
                )
                raise
            fields = (reply.json or {}).get("fields") or []
            names = [f["api_name"] for f in fields if f.get("data_type") not in _UNLISTED_TYPES]
            return tuple(names[:MAX_FIELDS]) or ("id",)

        return self.metadata.get((self.version, "fields", module), ask)

    def organisation_id(self) -> str:
        """Return the organisation's `zgid`, which some uploads need as a header."""

        def ask() -> str:
            reply = self.send(
                Request(
                    method="GET",
                    path=f"/crm/{self.version}/org",
                    safe=True,
                    operation="GET /crm/{version}/org",
                )
            )
            return str(reply.json["org"][0]["zgid"])

        return self.metadata.get(("zgid",), ask)


def _log(request: Request, outcome: str, started: float) -> None:
    milliseconds = (time.perf_counter() - started) * 1000
    log.debug("%s: %s in %.0f ms", request.operation, outcome, milliseconds)


def _tells_of_items(reply: Response, call: _Call) -> bool:
    """Tell whether a reply holds the outcome of every item, rather than a refusal of the whole.

    A refused batch lists every item's reason under any status, but refusals of the whole call come
    in the same list at times (OAS 3.1).
    """
    if reply.status in {401, 429} or reply.status >= 500:
        return False
    found = reply.json
    rows = found.get(call.key) if isinstance(found, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(r, Mapping) and "code" in r for r in rows):
        return False
    return reply.status < 400 or len(rows) == len(call.inputs)


def _code_of(reason: ZCRMError) -> str:
    if isinstance(reason, ApiError):
        return reason.code
    return "NO_REPLY" if getattr(reason, "sent", True) else "NOT_SENT"
