"""What calls return, and how replies are read into it.

A reader (`Parse`) gets a reply and the call that it answers. Refusals of the whole request have
been raised by then; readers only see refused items inside a reply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from typing import Any, Generic, Protocol, Self, TypeVar, overload

from .downloads import Download
from .errors import (
    ApiError,
    Limited,
    NotFound,
    UnreadableReply,
    ZCRMError,
    ZohoError,
    error_from,
)
from .http import Response

T = TypeVar("T")
Record = dict[str, Any]
"""A record: its fields are defined by the customer, so its keys are not fixed."""


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


@dataclass(frozen=True)
class BasePage(Generic[T]):
    """One page of a list, and how the next one is asked for; what blocking and awaited pages share.

    `rows` are this page's rows, `info` is what Zoho said about paging. There is no `len()`: use
    `len(page.rows)`, or `count`. A page that can fetch the next holds its client and cannot be
    pickled: cache its `rows`.
    """

    rows: list[T]
    info: dict[str, Any] = field(default_factory=dict)
    again: Callable[..., Any] | None = field(default=None, repr=False, compare=False)
    advance: Callable[[BasePage[T]], Mapping[str, Any] | None] | None = field(
        default=None, repr=False, compare=False
    )
    number: int = field(default=1, compare=False)
    reached: int = field(default=0, repr=False, compare=False)

    @property
    def more_records(self) -> bool:
        """Whether Zoho has more than this page."""
        return bool(self.info.get("more_records"))

    def changes(self) -> Mapping[str, Any] | None:
        """Return what the call for the next page changes; None when this is the last."""
        if self.again is None or self.advance is None or not self.more_records:
            return None
        return self.advance(self)

    def followed_by(self, page: Self) -> Self:
        """Return `page` as the successor of this one, able to fetch the page after it."""
        return replace(
            page,
            again=self.again,
            advance=self.advance,
            number=self.number + 1,
            reached=self.reached + len(self.rows),
        )

    def __bool__(self) -> bool:
        return bool(self.rows)

    def __getitem__(self, index: int) -> T:
        return self.rows[index]


class Page(BasePage[T]):
    """One page of a list; iterating goes through this page and all that follow.

    `for row in page` fetches the following pages as it goes, one request each: by `page`, and past
    2,000 rows by `page_token`. A call that asks for a certain `page` or `page_token` gives that
    page alone.
    """

    def next_page(self) -> Page[T] | None:
        """Fetch the next page; None when this is the last."""
        changes = self.changes()
        if changes is None or self.again is None:
            return None
        return self.followed_by(self.again(**changes))

    def pages(self) -> Iterator[Page[T]]:
        """Yield this page and those that follow."""
        page: Page[T] | None = self
        while page is not None:
            yield page
            page = page.next_page()

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.rows


@dataclass(frozen=True)
class Outcome:
    """The outcome of one item of a batch.

    `index` is the item's position in what was sent, `input` the item itself. `id` is the record's;
    `action` says whether an upsert inserted or updated. `error` is None when Zoho accepted it.
    """

    index: int
    code: str
    message: str
    details: dict[str, Any] = field(default_factory=dict, repr=False)
    action: str = ""
    error: ZCRMError | None = None
    input: Any = field(default=None, repr=False)

    def __init__(
        self,
        index: int,
        code: str,
        message: str,
        details: dict[str, Any] | None = None,
        action: str = "",
        error: ZCRMError | None = None,
        input: Any = None,
    ) -> None:
        # A reply has a hundred of these, and what a frozen dataclass writes takes three times as
        # long.
        attributes = self.__dict__
        attributes["index"] = index
        attributes["code"] = code
        attributes["message"] = message
        attributes["details"] = {} if details is None else details
        attributes["action"] = action
        attributes["error"] = error
        attributes["input"] = input

    @property
    def ok(self) -> bool:
        """Whether Zoho accepted the item."""
        return self.error is None

    @property
    def id(self) -> str:
        """The record's id, where Zoho gave one."""
        record_id = self.details.get("id")
        return "" if record_id is None else str(record_id)


@dataclass(frozen=True)
class BatchResult:
    """The outcome of every item of a batch, in the order in which they were sent.

    A batch can succeed in part: check `failed`, or call `raise_for_failures()`. `extra` holds
    whatever the reply contained besides the items.
    """

    outcomes: Sequence[Outcome]
    extra: dict[str, Any] = field(default_factory=dict, repr=False)
    operation: str = ""

    @property
    def succeeded(self) -> list[Outcome]:
        """The accepted items."""
        return [outcome for outcome in self.outcomes if outcome.ok]

    @property
    def failed(self) -> list[Outcome]:
        """The refused items."""
        return [outcome for outcome in self.outcomes if not outcome.ok]

    @property
    def ids(self) -> list[str]:
        """Ids of the accepted items."""
        return [outcome.id for outcome in self.succeeded]

    def raise_for_failures(self) -> Self:
        """Return self if all items were accepted; else raise PartialFailure, holding self."""
        if self.failed:
            raise PartialFailure(self, operation=self.operation)
        return self

    def __int__(self) -> int:
        """Return how many items were accepted, as Django's `update()` counts rows."""
        return sum(outcome.ok for outcome in self.outcomes)

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.outcomes)

    def __len__(self) -> int:
        return len(self.outcomes)

    @overload
    def __getitem__(self, index: int) -> Outcome: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Outcome]: ...

    def __getitem__(self, index: int | slice) -> Outcome | Sequence[Outcome]:
        return self.outcomes[index]


class PartialFailure(ZohoError):
    """Some items of a batch were refused. `result` holds the outcome of every item, in order."""

    def __init__(self, result: BatchResult, *, operation: str = "") -> None:
        failed = result.failed
        first = f", the first with {failed[0].code}" if failed else ""
        items = "item" if len(result) == 1 else "items"
        message = f"{len(failed)} of {len(result)} {items} failed{first}"
        super().__init__(message, operation=operation)
        self.args = (result,)
        self.result = result


def value(reply: Response, call: Call) -> Any:
    """Read the content of the envelope, or the whole body of an operation without one.

    Raises UnreadableReply when the envelope is missing. Nothing (204) is None.
    """
    content = reply.json
    if not call.key or content is None:
        return content
    if isinstance(content, Mapping) and call.key in content:
        return content[call.key]
    raise unread(f"The reply has no {call.key!r}", reply.status, call.name)


def unread(message: str, status: int, operation: str) -> UnreadableReply:
    """Return the error for a reply without what it should hold."""
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
    """Read a single thing; raise NotFound if there is none (Zoho answers 204 to an unknown id)."""
    listed = items(reply, call)
    if not listed:
        said = "It has not changed since" if reply.status == 304 else "Zoho found no such item"
        raise NotFound("NO_CONTENT", said, status=reply.status, operation=call.name)
    return listed[0]


def page(reply: Response, call: Call) -> Page[Any]:
    """Read one page, able to fetch the next."""
    rows = items(reply, call)
    content = reply.json
    info = content.get("info") if isinstance(content, Mapping) else None
    info = dict(info) if isinstance(info, Mapping) else {}
    alone = any(call.given.get(name) is not None for name in ("page", "page_token", "index"))
    return Page(rows, info) if alone else Page(rows, info, call.again, _advance)


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
    status, name, inputs = reply.status, call.name, call.inputs
    # There may be more rows than inputs, as of a reply that nobody expects.
    given = zip(_flat(rows), chain(inputs, repeat(None)), strict=False)
    outcomes = [
        outcome_of(row, index, status, name, sent) for index, (row, sent) in enumerate(given)
    ]
    extra = {name: said for name, said in content.items() if name != key}
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
    """Add an outcome for each item that the reply does not tell of: NO_REPLY, so a failed one."""
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
        said = content if refused(content) else _first(content)
        if refused(said):
            raise error_from(said, reply.status, call.name)
    return Download(reply)


_REFUSED = frozenset({"error", "failure"})


def refused(row: Any) -> bool:
    """Tell whether an item of a reply, or a whole reply, is a refusal."""
    # A dict, as decoded JSON has no other mapping, and to ask for one takes a tenth of the time.
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
        for said in content.values():
            row = next(_flat(said), None) if isinstance(said, list) else said
            if isinstance(row, Mapping) and (isinstance(said, list) or "code" in row):
                return row
    return {}
