"""Readers: functions that convert responses to the results of calls.

A reader (`Parse`) gets a response and its call. Refusals of the whole request were raised before;
readers only handle failed items in a response.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, repeat
from typing import Any, Protocol, overload

from ..errors import ApiError, Limited, NotFound, UnreadableResponse, error_from
from ..http.downloads import Download
from ..http.messages import ZohoResponse
from ..text import one_line
from .results import BasePage, BatchResult, Outcome, Page


class Call(Protocol):
    """The call of a response."""

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
    def arguments(self) -> Mapping[str, Any]:
        """The arguments."""
        ...

    @property
    def inputs(self) -> Sequence[Any]:
        """The items of the body, when it is a list."""
        ...

    def again(self, **changes: Any) -> Any:
        """Make the same call with other arguments."""
        ...


Parse = Callable[[ZohoResponse, Call], Any]


def value(response: ZohoResponse, call: Call) -> Any:
    """Read the content of the envelope, or the whole body of an operation without an envelope.

    Raises UnreadableResponse when the envelope is missing. An empty response (204) becomes None.
    """
    content = response.json
    if not call.key or content is None:
        return content
    # A dict: decoded JSON has no other mapping, and this check takes a tenth of the time.
    if isinstance(content, dict) and call.key in content:
        return content[call.key]
    raise unread(f"The response has no {call.key!r}", response.status, call.name)


def unread(message: str, status: int, operation: str) -> UnreadableResponse:
    """Return the error for a response without the expected content."""
    return UnreadableResponse(message, status, operation=operation)


def anything(response: ZohoResponse, call: Call) -> Any:
    """Read the result of a function: its JSON, or its text if it is not JSON."""
    try:
        return response.json
    except UnreadableResponse:
        return response.read().decode("utf-8", "replace")


def items(response: ZohoResponse, call: Call) -> list[Any]:
    """Read a list without pages; an empty response (204) is an empty list.

    A single object, which Zoho sends for some lists of one, becomes the only item. Raises
    UnreadableResponse for anything else.
    """
    match value(response, call):
        case None:
            return []
        case list(content):
            return content
        case Mapping() as content:
            return [content]
    name = f"The {call.key!r} of the response" if call.key else "The response"
    raise unread(f"{name} is not a list", response.status, call.name)


def item(response: ZohoResponse, call: Call) -> Any:
    """Read a single item; raise NotFound if there is none (Zoho sends 204 for an unknown id)."""
    rows = items(response, call)
    if not rows:
        message = (
            "It has not changed since" if response.status == 304 else "Zoho found no such item"
        )
        raise NotFound("NO_CONTENT", message, status=response.status, operation=call.name)
    return rows[0]


def page(response: ZohoResponse, call: Call) -> Page[Any]:
    """Read one page, able to fetch the next."""
    rows = items(response, call)
    content = response.json
    info = content.get("info") if isinstance(content, dict) else None
    info = info if isinstance(info, dict) else {}
    get_argument = call.arguments.get
    if (
        get_argument("page") is None
        and get_argument("page_token") is None
        and get_argument("index") is None
    ):
        return Page(rows, info, call.again, _advance)
    return Page(rows, info)


def _advance(page: BasePage[Any]) -> Mapping[str, Any]:
    # Only a page token reaches past the first 2,000 rows; v2 has no page tokens. Emails are paged
    # by an index.
    if token := page.info.get("next_page_token"):
        return {"page_token": token}
    if index := page.info.get("next_index"):
        return {"index": index}
    return {"page": page.number + 1}


def batch(response: ZohoResponse, call: Call) -> BatchResult:
    """Read the outcome of every item, whatever the HTTP status.

    Raises UnreadableResponse if the response has no list of outcomes.
    """
    content = response.json
    # Associated emails are sent under a separate key, but the response may use `data` (OAS 3.1).
    key = call.key if isinstance(content, Mapping) and call.key in content else "data"
    rows = content.get(key) if isinstance(content, Mapping) else None
    if isinstance(rows, Mapping) and "code" in rows:
        rows = [rows]  # when a record is no longer shared (OAS 3.1 share-records)
    if not isinstance(rows, list):
        raise unread(f"The response has no list {key!r}", response.status, call.name)
    outcomes = Outcomes(rows, call.inputs, response.status, call.name)
    extra = {name: entry for name, entry in content.items() if name != key}
    return BatchResult(outcomes, extra, call.name)


def batch_or_one(response: ZohoResponse, call: Call) -> BatchResult:
    """Read the outcome of every item, or a single one for all items (OAS 3.1 change-owner)."""
    content = response.json
    if not isinstance(content, Mapping) or call.key in content or "code" not in content:
        return batch(response, call)
    outcomes = [
        outcome_of(content, index, response.status, call.name, item)
        for index, item in enumerate(call.inputs)
    ]
    return BatchResult(outcomes, operation=call.name)


def with_missing(result: BatchResult, items: Sequence[Any]) -> BatchResult:
    """Add a failed outcome, NO_RESPONSE, for each item without one in the response."""
    missing = [
        Outcome(
            index,
            "NO_RESPONSE",
            "The response has fewer items than were sent",
            error=unread("The response has fewer items than were sent", 0, result.operation),
            input=items[index],
        )
        for index in range(len(result), len(items))
    ]
    return replace(result, outcomes=[*result.outcomes, *missing]) if missing else result


def outcome_of(row: Any, index: int, status: int, operation: str, item: Any = None) -> Outcome:
    """Read one item of a response, whatever its type; `status` is that of the whole response."""
    if not isinstance(row, dict):
        error = unread("An item of the response is not an object", status, operation)
        return Outcome(index, "UNKNOWN", error.message, error=error, input=item)
    code, message, action = row.get("code"), row.get("message"), row.get("action")
    details = row.get("details")
    return Outcome(
        index,
        one_line(code if type(code) is str else str(code or "")),
        one_line(message if type(message) is str else str(message or "")),
        details if isinstance(details, dict) else row,
        action if type(action) is str else str(action or ""),
        error_from(row, status, operation) if is_refusal(row) else None,
        item,
    )


class Outcomes(Sequence[Outcome]):
    """The outcomes of a response's rows; lazy, since most callers use few of them.

    Creating them takes a tenth of a call's time, and many callers only check for success. `inputs`
    are the items that were sent; an unexpected response may have more rows.
    """

    def __init__(
        self, rows: Sequence[Any], inputs: Sequence[Any], status: int, operation: str
    ) -> None:
        # Rows are rarely wrapped, and this check costs less than a pass over all of them.
        self._rows = list(_flat(rows)) if list in map(type, rows) else rows
        self._inputs = list(inputs)  # a copy, since the caller's list may change
        self._status = status
        self._operation = operation

    @cached_property
    def _read(self) -> list[Outcome]:
        pairs = zip(self._rows, chain(self._inputs, repeat(None)), strict=False)
        return [
            outcome_of(row, index, self._status, self._operation, item)
            for index, (row, item) in enumerate(pairs)
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


def one(response: ZohoResponse, call: Call) -> Outcome:
    """Read the outcome of the only item; raise its error when Zoho refused it.

    Some outcomes are in the envelope, others outside; some operations return nothing on success
    (204). Raises UnreadableResponse for anything else.
    """
    content = response.json
    rows = content.get(call.key) if isinstance(content, Mapping) and call.key else None
    if isinstance(rows, list):
        rows = next(_flat(rows), None)
    row = rows if rows else content
    if (
        not rows
        and content is not None
        and not (isinstance(content, Mapping) and "code" in content)
    ):
        raise unread("The response has no outcome", response.status, call.name)
    outcome = outcome_of(row or {}, 0, response.status, call.name, (call.inputs or [None])[0])
    if outcome.error is not None:
        raise outcome.error
    return outcome


def download(response: ZohoResponse, call: Call) -> Download:
    """Read a file as a stream; raise NotFound if there is none (204), or the error of a refusal."""
    if response.status == 204:
        response.close()
        raise NotFound("NO_CONTENT", "There is no such file", status=204, operation=call.name)
    # A file has a name. JSON without a name is an error, even with status 200 (OAS 3.1 mail-merge).
    if not response.filename and "json" in response.headers.get("content-type", ""):
        response.read()
        content = response.json
        reason = content if is_refusal(content) else _first(content)
        if is_refusal(reason):
            raise error_from(reason, response.status, call.name)
    return Download(response)


_REFUSED = ("error", "failure")  # not a set, since any JSON value is compared


def is_refusal(row: Any) -> bool:
    """Return whether an item of a response, or a whole response, is a refusal."""
    return isinstance(row, dict) and row.get("status") in _REFUSED and "code" in row


def refusal(response: ZohoResponse, operation: str) -> ApiError | None:
    """Return the error if the whole request was refused, whatever the status; else None."""
    if response.status < 400 and response.chunks is not None:
        return None
    try:
        content = response.json
    except UnreadableResponse:
        # With 429 and 5xx, a gateway's page adds nothing to the status. With 2xx, the reader
        # decides: a function may return anything.
        if 400 <= response.status < 500 and response.status != 429:
            raise
        content = None
    if response.status < 400 and not is_refusal(content):
        return None
    error = error_from(reason_of(content), response.status, operation)
    if isinstance(error, Limited):
        error.retry_after = response.retry_after
    return error


def reason_of(content: Any) -> Mapping[str, Any]:
    """Return the part of a refusal that contains the code; empty if there is none."""
    return content if isinstance(content, Mapping) and "code" in content else _first(content)


def _first(content: Any) -> Mapping[str, Any]:
    """Return the first of the errors that are wrapped in the operation's envelope (OAS 3.1)."""
    if isinstance(content, Mapping):
        for entry in content.values():
            row = next(_flat(entry), None) if isinstance(entry, list) else entry
            if isinstance(row, Mapping) and (isinstance(entry, list) or "code" in row):
                return row
    return {}
