"""The results of calls: pages, and batches with one outcome per item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Self, TypeVar, overload

from ..errors import ZCRMError, ZohoError

T = TypeVar("T")
RecordDict = dict[str, Any]
"""A record: its fields are defined by the customer, so its keys are not fixed."""


@dataclass(frozen=True)
class BasePage(Generic[T]):
    """One page of a list, and the call for the next: the base of blocking and asynchronous pages.

    `rows` are this page's rows, `info` is Zoho's information about paging. There is no `len()`: use
    `len(page.rows)`, or `count`. A page that can fetch the next contains its client and cannot be
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
        """Return the changed arguments of the call for the next page; None if this is the last."""
        if self.again is None or self.advance is None or not self.more_records:
            return None
        return self.advance(self)

    def link_to(self, page: Self) -> Self:
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
    """One page of a list; iteration covers this page and all following pages.

    `for row in page` fetches the following pages on demand, with one request each. The requests use
    `page`, and after 2,000 rows `page_token`. A call with `page` or `page_token` returns only that
    page.
    """

    def next_page(self) -> Page[T] | None:
        """Fetch the next page; None when this is the last."""
        changes = self.changes()
        if changes is None or self.again is None:
            return None
        return self.link_to(self.again(**changes))

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

    `index` is the position of the item in the batch, `input` the item itself. `id` is the id of the
    record. `action` is `insert` or `update` after an upsert. `error` is None if Zoho accepted the
    item.
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
        # A response has up to a hundred outcomes, and a frozen dataclass takes three times as long.
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


MAX_SHOWN = 20
"""Outcomes that a result shows in its repr, as many as rows of Django's query sets."""


@dataclass(frozen=True, repr=False)
class BatchResult:
    """The outcome of every item of a batch, in the order of sending.

    Some items can fail while others are accepted: check `ok`, or call `raise_for_failures()`. A
    result is true in a condition if it is `ok`. `extra` contains the other values of the response.
    """

    outcomes: Sequence[Outcome]
    extra: dict[str, Any] = field(default_factory=dict, repr=False)
    operation: str = ""

    @property
    def ok(self) -> bool:
        """Whether Zoho accepted all items. True also for an empty batch."""
        return all(outcome.ok for outcome in self.outcomes)

    @property
    def accepted(self) -> list[Outcome]:
        """The items that Zoho accepted."""
        return [outcome for outcome in self.outcomes if outcome.ok]

    @property
    def failed(self) -> list[Outcome]:
        """The items that Zoho refused, that were not sent, or whose response was lost."""
        return [outcome for outcome in self.outcomes if not outcome.ok]

    @property
    def ids(self) -> list[str]:
        """Ids of the accepted items."""
        return [outcome.id for outcome in self.accepted]

    def raise_for_failures(self) -> Self:
        """Return self if all items were accepted; else raise PartialFailure with this result."""
        if not self.ok:
            raise PartialFailure(self, operation=self.operation)
        return self

    def __repr__(self) -> str:
        """Show the outcomes; of many only the failed ones, so that a shell stays readable."""
        many = len(self.outcomes) > MAX_SHOWN
        outcomes = self.failed if many else self.outcomes
        words = [repr(outcome) for outcome in outcomes[:MAX_SHOWN]]
        if len(outcomes) > MAX_SHOWN:
            words.append("...")
        counts = f"{len(self.accepted)} accepted, {len(self.failed)} failed: " if many else ""
        return (
            f"{type(self).__name__}({counts}outcomes=[{', '.join(words)}], "
            f"operation={self.operation!r})"
        )

    def __bool__(self) -> bool:
        return self.ok

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
    """Some items of a batch failed. `result` holds the outcome of every item, in order."""

    def __init__(self, result: BatchResult, *, operation: str = "") -> None:
        failed = result.failed
        first = f", the first with {failed[0].code}" if failed else ""
        items = "item" if len(result) == 1 else "items"
        message = f"{len(failed)} of {len(result)} {items} failed{first}"
        super().__init__(message, operation=operation)
        self.args = (result,)
        self.result = result
