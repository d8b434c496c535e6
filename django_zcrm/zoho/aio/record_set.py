"""What a record set of `crm.aio` has, for type checkers; it really is a RecordSet.

Written by tools/write_resources.py from the files of zoho/query: change those.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Literal, Self, TypeVar, overload

from ..query.chain import Chain
from ..query.exporting import Report
from ..query.fetching import CHUNK_SIZE
from ..query.recordset import Fields
from ..query.route import Explanation, Via
from ..query.write_result import WriteResult
from ..query.writer import WriteVia
from ..query.writing import BATCH
from ..resources.record_actions import Trigger
from ..results import Record

T = TypeVar("T")


class AsyncRecordSet(Chain[T]):
    """Records of a module, for `async for` and `await`; nothing of it blocks."""

    def __aiter__(self) -> AsyncIterator[T]: ...

    def __getitem__(self, key: slice) -> Self: ...

    def aiterator(
        self,
        chunk_size: int = CHUNK_SIZE,
        via: Via = "auto",
        *,
        progress: Report | None = None,
        job: str = "",
    ) -> AsyncIterator[T]:
        """Async version of `iterator`."""
        ...

    async def aget(self, *args: Any, **kwargs: Any) -> T:
        """Async version of `get`."""
        ...

    async def afirst(self) -> T | None:
        """Async version of `first`."""
        ...

    async def alast(self) -> T | None:
        """Async version of `last`."""
        ...

    async def acount(self) -> int:
        """Async version of `count`."""
        ...

    async def aexists(self) -> bool:
        """Async version of `exists`."""
        ...

    def values(self, *names: str, **expressions: Any) -> AsyncRecordSet[Record]:
        """Return dicts of these fields only, of all without names, in place of records."""
        ...

    @overload
    def values_list(self, name: str, /, *, flat: Literal[True]) -> AsyncRecordSet[Any]: ...

    @overload
    def values_list(self, *names: str, flat: Literal[False] = False) -> AsyncRecordSet[Fields]: ...

    def values_list(
        self, *names: str, flat: bool = False, named: bool = False, **expressions: Any
    ) -> AsyncRecordSet[Any]:
        """Return tuples of these fields, or with `flat` the values of one, in place of records."""
        ...

    def annotate(self, *aggregates: Any, **named: Any) -> AsyncRecordSet[Any]:
        """Group by the fields of `values()`, and add aggregates of each group to the row.

        `leads.values("Lead_Source").annotate(n=Count("id")).order_by("-n")`
        """
        ...

    async def aaggregate(self, *aggregates: Any, **named: Any) -> dict[str, Any]:
        """Async version of `aggregate`."""
        ...

    async def ain_bulk(
        self, ids: Iterable[Any] | None = None, *, field_name: str = "id"
    ) -> dict[Any, T]:
        """Async version of `in_bulk`."""
        ...

    async def aearliest(self, *names: str) -> T:
        """Async version of `earliest`."""
        ...

    async def alatest(self, *names: str) -> T:
        """Async version of `latest`."""
        ...

    async def acontains(self, record: Any) -> bool:
        """Async version of `contains`."""
        ...

    async def aexplain(self, *, via: Via = "auto", records: int | None = None) -> Explanation:
        """Async version of `explain`."""
        ...

    async def acreate(self, **fields: Any) -> T:
        """Async version of `create`."""
        ...

    async def abulk_create(
        self,
        rows: Iterable[Any],
        batch_size: int | None = BATCH,
        *,
        unique_fields: Sequence[str] = (),
        via: WriteVia = "auto",
        jobs: Sequence[str] = (),
        trigger: Sequence[Trigger] | None = None,
        progress: Report | None = None,
    ) -> WriteResult:
        """Async version of `bulk_create`."""
        ...

    async def aupsert(
        self,
        rows: Iterable[Any],
        on: Sequence[str] = (),
        batch_size: int | None = BATCH,
        *,
        via: WriteVia = "auto",
        jobs: Sequence[str] = (),
        trigger: Sequence[Trigger] | None = None,
        progress: Report | None = None,
    ) -> WriteResult:
        """Async version of `upsert`."""
        ...

    async def abulk_update(
        self,
        rows: Iterable[Any],
        fields: Sequence[str],
        batch_size: int | None = BATCH,
        *,
        via: WriteVia = "auto",
        jobs: Sequence[str] = (),
        trigger: Sequence[Trigger] | None = None,
        progress: Report | None = None,
    ) -> WriteResult:
        """Async version of `bulk_update`."""
        ...

    async def aupdate(self, **fields: Any) -> WriteResult:
        """Async version of `update`."""
        ...

    async def adelete(self) -> WriteResult:
        """Async version of `delete`."""
        ...
