"""Record sets whose client is looked up when they are first evaluated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from .query.model import Dicts
from .query.options import Options
from .query.recordset import RecordSet
from .query.steps import AsyncPerforms, RecordSource

if TYPE_CHECKING:
    from .calls.plans import Planner
    from .calls.session import Session
    from .client import Client


def lazy_records(
    model: Any,
    options: Options,
    find: Callable[[], Client],
    afind: Callable[[], Awaitable[Client]],
) -> RecordSet[Any]:
    """Return the record set of a module or a class of records; `find` is called on first use."""
    record_class: Any = Dicts(model, options) if isinstance(model, str) else model
    return RecordSet(record_class, LazySource(options, find, afind))


class LazySource(RecordSource):
    """A source whose client is looked up on first use.

    The client is kept from then on: a record read from one organisation is never saved to another.
    """

    def __init__(
        self,
        options: Options,
        find: Callable[[], Client],
        afind: Callable[[], Awaitable[Client]],
    ) -> None:
        super().__init__(None, lambda: self._resolve().aio.session, options)
        self._find, self._afind = find, afind
        self._client: Client | None = None

    def _resolve(self) -> Client:
        if self._client is None:
            self._client = self._find()
        return self._client

    @property
    def _planner(self) -> Planner:
        return self._resolve().session.planner

    @property
    def _tokens(self) -> object:
        return self._resolve().session.tokens

    def is_same_as(self, other: RecordSource) -> bool:
        """Return whether both read through the same connection; two unused ones make no query."""
        if isinstance(other, LazySource) and self._client is other._client is None:
            return self._find == other._find
        return super().is_same_as(other)

    def _blocking_session(self) -> Session:
        return self._resolve().session

    async def _async_session(self) -> AsyncPerforms:
        if self._client is None:
            self._client = await self._afind()
        return self._client.aio.session
