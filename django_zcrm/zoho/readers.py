"""Readers: functions that convert replies to the results of calls.

A reader (`Parse`) gets a reply and the call that it answers. Refusals of the whole request have
been raised by then; readers only see refused items inside a reply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, repeat
from typing import Any, Protocol, overload

from .downloads import Download
from .errors import ApiError, Limited, NotFound, UnreadableReply, error_from
from .http import Response
from .results import BasePage, BatchResult, Outcome, Page


class Call(Protocol):
    """The call that a reply answers."""

    @property
    def key(self) -> str:
        """The key of Zoho's envelope."""
        ...

    @property
    def name(self) -> str:
        """The operation's name, for errors."""
        ...

    @property
    def version(self) -> float:
        """The API version."""
        ...

    @property
    def given(self) -> Mapping[str, Any]:
        """The arguments."""
        ...

    @property
    def inputs(self) -> Sequence[Any]:
        """The items of the body, when it is a list."""
        ...

    def again(self, **changes: Any) -> Any:
        """Make the same call with other arguments."""
        ...


Parse = Callable[[Response, Call], Any]


def value(reply: Response, call: Call) -> Any:
    """Read the content of the envelope, or the whole body of an operation without one.

    Raises UnreadableReply when the envelope is missing. Nothing (204) is None.
    """
    content = reply.json
    if not call.key or content is None:
        return content
    # A dict, as decoded JSON has no other mapping, and to ask for one takes a tenth of the time.
    if isinstance(content, dict) and call.key in content:
        return content[call.key]
    raise unread(f"The reply has no {call.key!r}", reply.status, call.name)


def unread(message: str, status: int, operation: str) -> UnreadableReply:
    """Return the error for a reply that lacks what it should contain."""
    return UnreadableReply(message, status, operation=operation)


def anything(reply: Response, call: Call) -> Any:
    """Read what a function returned: its JSON, or its text if it is not JSON."""
    try:
        return reply.json
    except UnreadableReply:
        return reply.read().decode("utf-8", "replace")


def items(reply: Response, call: Call) -> list[Any]:
    """Read a list that comes in one piece; nothing (204) is an empty list.

    An object on its own, as Zoho sends for some lists of one, is its only item. Raises
    UnreadableReply for anything else.
    """
    match value(reply, call):
        case None:
            return []
        case list(content):
            return content
        case Mapping() as content:
            return [content]
    name = f"The {call.key!r} of the reply" if call.key else "The reply"
    raise unread(f"{name} is no list", reply.status, call.name)


def item(reply: Response, call: Call) -> Any:
    """Read a single item; raise NotFound if there is none (Zoho answers 204 to an unknown id)."""
    listed = items(reply, call)
    if not listed:
        message = "It has not changed since" if reply.status == 304 else "Zoho found no such item"
        raise NotFound("NO_CONTENT", message, status=reply.status, operation=call.name)
    return listed[0]


def page(reply: Response, call: Call) -> Page[Any]:
    """Read one page, able to fetch the next."""
    rows = items(reply, call)
    content = reply.json
    info = content.get("info") if isinstance(content, dict) else None
    info = info if isinstance(info, dict) else {}
    asked = call.given.get
    if asked("page") is None and asked("page_token") is None and asked("index") is None:
        return Page(rows, info, call.again, _advance)
    return Page(rows, info)


def _advance(page: BasePage[Any]) -> Mapping[str, Any]:
    # A page token reaches past the first 2,000 rows, which `page` does not; v2 has none. Emails are
    # paged by an index.
    if token := page.info.get("next_page_token"):
        return {"page_token": token}
    if index := page.info.get("next_index"):
        return {"index": index}
    return {"page": page.number + 1}


def batch(reply: Response, call: Call) -> BatchResult:
    """Read the outcome of every item, whatever the HTTP status.

    Raises UnreadableReply when the reply has no list of outcomes: then nobody knows them.
    """
    content = reply.json
    # Associated emails are sent under a key of their own, but may be answered under `data` (OAS
    # 3.1).
    key = call.key if isinstance(content, Mapping) and call.key in content else "data"
    rows = content.get(key) if isinstance(content, Mapping) else None
    if isinstance(rows, Mapping) and "code" in rows:
        rows = [rows]  # when a record is no longer shared (OAS 3.1 share-records)
    if not isinstance(rows, list):
        raise unread(f"The reply has no list {key!r}", reply.status, call.name)
    outcomes = Outcomes(rows, call.inputs, reply.status, call.name)
    extra = {name: entry for name, entry in content.items() if name != key}
    return BatchResult(outcomes, extra, call.name)


def batch_or_one(reply: Response, call: Call) -> BatchResult:
    """Read the outcome of every item, or the one that holds for all (OAS 3.1 change-owner)."""
    content = reply.json
    if not isinstance(content, Mapping) or call.key in content or "code" not in content:
        return batch(reply, call)
    outcomes = [
        outcome_of(content, index, reply.status, call.name, given)
        for index, given in enumerate(call.inputs)
    ]
    return BatchResult(outcomes, operation=call.name)


def with_missing(result: BatchResult, items: Sequence[Any]) -> BatchResult:
    """Add a failed outcome, NO_REPLY, for each item without one in the reply."""
    missing = [
        Outcome(
            index,
            "NO_REPLY",
            "The reply tells of fewer items than were sent",
            error=unread("The reply tells of fewer items than were sent", 0, result.operation),
            input=items[index],
        )
        for index in range(len(result), len(items))
    ]
    return replace(result, outcomes=[*result.outcomes, *missing]) if missing else result


def outcome_of(row: Any, index: int, status: int, operation: str, given: Any = None) -> Outcome:
    """Read one item of a reply, whatever its type; `status` is that of the whole reply."""
    if not isinstance(row, dict):
        error = unread("An item of the reply is not an object", status, operation)
        return Outcome(index, "UNKNOWN", error.message, error=error, input=given)
    code, message, action = row.get("code"), row.get("message"), row.get("action")
    details = row.get("details")
    return Outcome(
        index,
        code if type(code) is str else str(code or ""),
        message if type(message) is str else str(message or ""),
        details if isinstance(details, dict) else row,
        action if type(action) is str else str(action or ""),
        error_from(row, status, operation) if refused(row) else None,
        given,
    )


class Outcomes(Sequence[Outcome]):
    """The outcomes of a reply's rows; lazy, since most callers look at few.

    They are a tenth of the work of a call, and many callers only want to know that it succeeded.
    `inputs` are the items that were sent; there may be more rows, as of a reply that nobody
    expects.
    """

    def __init__(
        self, rows: Sequence[Any], inputs: Sequence[Any], status: int, operation: str
    ) -> None:
        # Hardly ever one is wrapped, and to look for that costs less than to go through them.
        self._rows = list(_flat(rows)) if list in map(type, rows) else rows
        self._inputs = list(inputs)  # the caller's list may change until then
        self._status = status
        self._operation = operation

    @cached_property
    def _read(self) -> list[Outcome]:
        given = zip(self._rows, chain(self._inputs, repeat(None)), strict=False)
        return [
            outcome_of(row, index, self._status, self._operation, sent)
            for index, (row, sent) in enumerate(given)
        ]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self._read)

    @overload
    def __getitem__(self, index: int) -> Outcome: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Outcome]: ...

    def __getitem__(self, index: int | slice) -> Outcome | Sequence[Outcome]:
        return self._read[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, list | Outcomes):
            return NotImplemented
        return self._read == list(other)

    def __repr__(self) -> str:
        return repr(self._read)


def _flat(rows: Sequence[Any]) -> Iterator[Any]:
    """Yield items, including those wrapped in lists of one (OAS 3.1 territory-users)."""
    for row in rows:
        if isinstance(row, list):
            yield from row
        else:
            yield row


def one(reply: Response, call: Call) -> Outcome:
    """Read the outcome of the only item; raise its error when Zoho refused it.

    Some stand in the envelope, others outside of it; some operations say nothing on success (204).
    Raises UnreadableReply for anything else.
    """
    content = reply.json
    rows = content.get(call.key) if isinstance(content, Mapping) and call.key else None
    if isinstance(rows, list):
        rows = next(_flat(rows), None)
    row = rows if rows else content
    if (
        not rows
        and content is not None
        and not (isinstance(content, Mapping) and "code" in content)
    ):
        raise unread("The reply has no outcome", reply.status, call.name)
    outcome = outcome_of(row or {}, 0, reply.status, call.name, (call.inputs or [None])[0])
    if outcome.error is not None:
        raise outcome.error
    return outcome


def download(reply: Response, call: Call) -> Download:
    """Read a file as a stream; raise NotFound if there is none (204), or the error of a refusal."""
    if reply.status == 204:
        reply.close()
        raise NotFound("NO_CONTENT", "There is no such file", status=204, operation=call.name)
    # A file has a name; JSON without one says why there is no file, even with status 200 (OAS 3.1
    # mail-merge).
    if not reply.filename and "json" in reply.headers.get("content-type", ""):
        reply.read()
        content = reply.json
        reason = content if refused(content) else _first(content)
        if refused(reason):
            raise error_from(reason, reply.status, call.name)
    return Download(reply)


_REFUSED = frozenset({"error", "failure"})


def refused(row: Any) -> bool:
    """Whether an item of a reply, or a whole reply, is a refusal."""
    return isinstance(row, dict) and row.get("status") in _REFUSED and "code" in row


def refusal(reply: Response, operation: str) -> ApiError | None:
    """Return the error if the whole request was refused, whatever the status; else None."""
    if reply.status < 400 and reply.chunks is not None:
        return None
    try:
        content = reply.json
    except UnreadableReply:
        # With 429 and 5xx, a gateway's page says no more than the status. With 2xx, the reader
        # decides: a function may return anything.
        if 400 <= reply.status < 500 and reply.status != 429:
            raise
        content = None
    if reply.status < 400 and not refused(content):
        return None
    top = content if isinstance(content, Mapping) and "code" in content else _first(content)
    error = error_from(top, reply.status, operation)
    if isinstance(error, Limited):
        error.retry_after = reply.retry_after
    return error


def _first(content: Any) -> Mapping[str, Any]:
    """Return the first error of those that come wrapped in the operation's envelope (OAS 3.1)."""
    if isinstance(content, Mapping):
        for entry in content.values():
            row = next(_flat(entry), None) if isinstance(entry, list) else entry
            if isinstance(row, Mapping) and (isinstance(entry, list) or "code" in row):
                return row
    return {}
