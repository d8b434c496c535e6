"""Record sets whose client is looked up when they are first evaluated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from .query.model import Dicts
from .query.options import Options
from .query.recordset import RecordSet
from .query.steps import AsyncPerforms, RecordSource

if TYPE_CHECKING:
    from .client import Client
    from .plans import Planner
    from .session import Session


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
        super().__init__(None, lambda: self._resolved().aio.session, options)
        self._find, self._afind = find, afind
        self._client: Client | None = None

    def _resolved(self) -> Client:
        if self._client is None:
            self._client = self._find()
        return self._client

    @property
    def _planner(self) -> Planner:
        return self._resolved().session.planner

    def _blocking_session(self) -> Session:
        return self._resolved().session

    async def _async_session(self) -> AsyncPerforms:
        if self._client is None:
            self._client = await self._afind()
        return self._client.aio.session
