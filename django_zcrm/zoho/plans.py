"""The steps of a call, without any I/O: the core that all sessions share.

A plan is a generator. It yields the steps that it needs done (`Token`, `Send`, `Pause`), is sent
their outcomes, and returns its result; a session drives it and does the I/O in its own way.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from . import auth, composite, retry
from .auth import AccessToken, Pause, Send, Token
from .encoding import params
from .errors import ApiError, TransportError, UnreadableReply, ZCRMError, ZohoError
from .http import MAX_ACCOUNTS_BYTES, MAX_RESPONSE_BYTES, Request, Response
from .metadata import RELATED_MODULES, MetadataCache, ModuleFields, read_fields
from .operation import Operation, Performs
from .results import BatchResult, Outcome, batch, batch_or_one, refusal, with_missing
from .versions import FIELDS_MANDATORY, MAX_FIELDS, number

T = TypeVar("T")
Step = Token | Send | Pause
Plan = Generator[Step, Any, T]

# Lists never contain these types (docs v2.1 change log), or they cannot be asked for by name.
_UNLISTED_TYPES = frozenset({"subform", "multiselectlookup", "multiuserlookup", "fileupload"})

# Replies to these report on every item, and must not be taken for a refusal of the whole call.
_PER_ITEM = frozenset({batch, batch_or_one, composite.outcomes})


@dataclass(frozen=True)
class _Call:
    """One call of an operation, as the readers in `results` see it."""

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
        found = self.given.get(self.operation.each or self.operation.body)
        return found if isinstance(found, list | tuple) else [found]

    def again(self, **changes: Any) -> Any:
        return self.session.call(self.operation, {**self.given, **changes})


class Planner:
    """Plans calls for one version of the API. Immutable and thread-safe.

    `retries` is how often a call that changes nothing is retried; `max_bytes` is the limit of a
    reply that is not streamed.
    """

    def __init__(
        self,
        version: str,
        retries: int,
        metadata: MetadataCache,
        max_bytes: int = MAX_RESPONSE_BYTES,
    ) -> None:
        self.api = number(version)
        self.version = version
        self.retries = retries
        self.max_bytes = max_bytes
        self.metadata = metadata

    def call(self, operation: Operation, given: dict[str, Any], session: Performs) -> Plan[Any]:
        """Perform an operation; `session` fetches the following pages of a list.

        Raises the exceptions defined in `errors`.
        """
        given = _with_items_counted(operation, given)
        items = given.get(operation.each or operation.body)
        if operation.batch and isinstance(items, list | tuple) and len(items) > operation.batch:
            return (yield from self._call_in_batches(operation, given, items, session))
        given = yield from self._with_metadata(operation, given)
        reply = yield from self.send(operation.build(given, self.version), check=False)
        call = _Call(session, self.api, operation, given)
        is_whole = operation.returns not in _PER_ITEM or not _tells_of_items(reply, call)
        if is_whole and (error := refusal(reply, operation.name)):
            raise error
        result = operation.returns(reply, call)
        return with_missing(result, call.inputs) if operation.batch else result

    def _call_in_batches(
        self,
        operation: Operation,
        given: dict[str, Any],
        items: Sequence[Any],
        session: Performs,
    ) -> Plan[BatchResult]:
        """Send more items than one request takes, in order, and join the outcomes.

        A request that fails after others succeeded does not hide them: its items and those after it
        get its error as their outcome, and nothing more is sent. The code of those after it is
        NOT_SENT; that of its own items is Zoho's, NO_REPLY when they may have arrived, or NOT_SENT
        when they certainly did not, such as for want of an access token.
        """
        outcomes: list[Outcome] = []
        extra: dict[str, Any] = {}
        for start in range(0, len(items), operation.batch):
            part = items[start : start + operation.batch]
            changed = {**given, operation.each or operation.body: part}
            try:
                result: BatchResult = yield from self.call(operation, changed, session)
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

    def send(self, request: Request, *, check: bool = True) -> Plan[Response]:
        """Send a request with a token, retrying where that is safe, and return the reply.

        With `check`, a refusal raises the matching error.
        """
        limit = self.max_bytes
        if request.host == "accounts":
            limit = min(limit, MAX_ACCOUNTS_BYTES)
        if request.max_bytes != limit:
            request = replace(request, max_bytes=limit)
        reply = yield from auth.flow(request, self._deliver)
        if check and (error := refusal(reply, request.operation)):
            raise error
        return reply

    def _deliver(self, token: AccessToken, request: Request) -> Plan[Response]:
        attempt = 0
        while True:
            outcome: Response | TransportError
            try:
                outcome = yield Send(token, request, attempt)
            except TransportError as failure:
                outcome = failure
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

    def _with_metadata(self, operation: Operation, given: dict[str, Any]) -> Plan[dict[str, Any]]:
        """Fill in what the caller left out and Zoho wants, asking for it; an error is its own."""
        try:
            if operation.fields and given.get("fields") is None:
                given = yield from self._with_fields(operation, given)
            if operation.organisation and given.get(operation.organisation) is None:
                zgid = yield from self.organisation_id()
                given = {**given, operation.organisation: zgid}
        except ZohoError as error:
            error.sent = False  # the operation itself; what was asked for before changes nothing
            raise
        return given

    def _with_fields(self, operation: Operation, given: dict[str, Any]) -> Plan[dict[str, Any]]:
        """Fill in `fields` where this version requires it and the caller did not give any."""
        if self.api < FIELDS_MANDATORY:
            return given
        if not isinstance(operation.fields, str):
            return {**given, "fields": operation.fields}
        listed = str(given[operation.fields])
        names = yield from self.field_names(RELATED_MODULES.get(listed, listed))
        return {**given, "fields": names}

    def field_names(self, module: str) -> Plan[Sequence[str]]:
        """Return the API names of the fields to list for a module, at most 50; cached."""
        try:
            fields = yield from self.module_fields(module)
        except ApiError as error:
            error.add_note(
                "A list was called without fields, so the module's metadata was needed: "
                "name the fields, or grant ZohoCRM.settings.fields.READ."
            )
            raise
        found = [field.api_name for field in fields if field.data_type not in _UNLISTED_TYPES]
        return tuple(found[:MAX_FIELDS]) or ("id",)

    def module_fields(self, module: str) -> Plan[ModuleFields]:
        """Return a module's fields; cached."""
        kept: ModuleFields | None = self.kept_fields(module)
        if kept is None:
            reply = yield from self.send(self._read("settings/fields", module=module))
            kept = read_fields(module, _rows(reply, "fields"))
            self.metadata.put((self.version, "fields", module), kept)
        return kept

    def kept_fields(self, module: str) -> ModuleFields | None:
        """Return a module's fields if the cache has them."""
        kept: ModuleFields | None = self.metadata.get((self.version, "fields", module))
        return kept

    def organisation_id(self) -> Plan[str]:
        """Return the organisation's `zgid`, which some uploads need as a header; cached."""
        key = ("zgid",)
        if (kept := self.metadata.get(key)) is not None:
            return str(kept)
        reply = yield from self.send(self._read("org"))
        for organisation in _rows(reply, "org"):
            if found := organisation.get("zgid"):
                self.metadata.put(key, str(found))
                return str(found)
        error = UnreadableReply("Zoho returned no organisation with a zgid", reply.status)
        error.operation = reply.operation
        raise error

    def _read(self, what: str, **query: str) -> Request:
        return Request(
            method="GET",
            path=f"/crm/{self.version}/{what}",
            params=params(query),
            safe=True,
            operation=f"GET /crm/{{version}}/{what}",
        )


def _with_items_counted(operation: Operation, given: dict[str, Any]) -> dict[str, Any]:
    """Turn items given as a set, a generator or a queryset into a list."""
    name = operation.each or operation.body
    items = given.get(name)
    is_one = isinstance(items, list | tuple | str | bytes | Mapping) or hasattr(items, "read")
    if is_one or not (operation.batch or operation.each) or not isinstance(items, Iterable):
        return given
    return {**given, name: list(items)}


def _rows(reply: Response, key: str) -> Sequence[Mapping[str, Any]]:
    found = reply.json
    rows = found.get(key) if isinstance(found, Mapping) else None
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _tells_of_items(reply: Response, call: _Call) -> bool:
    """Tell whether a reply holds an outcome for every item rather than a refusal of the call.

    A refused batch lists the reason for each item, whatever the status, but a refusal of the whole
    call sometimes comes in the same list (OAS 3.1).
    """
    if reply.status in {401, 429} or reply.status >= 500:
        return False
    found = reply.json
    rows = found.get(call.key) if isinstance(found, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(r, Mapping) and "code" in r for r in rows):
        return False
    return reply.status < 400 or len(rows) == len(call.inputs)


def _code_of(reason: ZCRMError) -> str:
    # Without a ZohoError nothing was sent: an item could not be encoded, or the grant is gone.
    if not isinstance(reason, ZohoError) or not reason.sent:
        return "NOT_SENT"
    return reason.code if isinstance(reason, ApiError) else "NO_REPLY"
