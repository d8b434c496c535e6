"""Declares for type checkers what a record set of `crm.aio` has; at run time it is a RecordSet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Literal, Self, TypeVar, overload

from ..query.chain import Chain
from ..query.exporting import Report
from ..query.fetching import CHUNK_SIZE
from ..query.route import Explanation, Via
from ..query.write_result import WriteResult
from ..query.writer import WriteVia
from ..query.writing import BATCH
from ..resources.record_actions import Trigger
from ..results import Record

T = TypeVar("T")


class AsyncRecordSet(Chain[T]):
    """Records of a module, for `async for` and `await`: a RecordSet without what blocks."""

    def __aiter__(self) -> AsyncIterator[T]:
        """Go through the records, and keep them."""
        ...

    def __getitem__(self, key: slice) -> Self:
        """Return a slice."""
        ...

    def aiterator(
        self,
        chunk_size: int = CHUNK_SIZE,
        via: Via = "auto",
        *,
        progress: Report | None = None,
        job: str = "",
    ) -> AsyncIterator[T]:
        """Yield the records without keeping them; see `RecordSet.iterator`."""
        ...

    def values(self, *names: str, **expressions: Any) -> AsyncRecordSet[Record]:
        """Return dicts in place of records; see `RecordSet.values`."""
        ...

    @overload
    def values_list(self, name: str, /, *, flat: Literal[True]) -> AsyncRecordSet[Any]: ...

    @overload
    def values_list(
        self, *names: str, flat: Literal[False] = False
    ) -> AsyncRecordSet[tuple[Any, ...]]: ...

    def values_list(
        self, *names: str, flat: bool = False, named: bool = False, **expressions: Any
    ) -> AsyncRecordSet[Any]:
        """Return tuples in place of records; see `RecordSet.values_list`."""
        ...

    def annotate(self, *aggregates: Any, **named: Any) -> AsyncRecordSet[Any]:
        """Group by the fields of `values()`; see `RecordSet.annotate`."""
        ...

    async def aget(self, *args: Any, **kwargs: Any) -> T:
        """Return the only record that matches; see `RecordSet.get`."""
        ...

    async def afirst(self) -> T | None:
        """Return the first record, None when there is none."""
        ...

    async def alast(self) -> T | None:
        """Return the last record, None when there is none."""
        ...

    async def aearliest(self, *names: str) -> T:
        """Return the first record in an order; see `RecordSet.earliest`."""
        ...

    async def alatest(self, *names: str) -> T:
        """Return the last record in an order; see `RecordSet.latest`."""
        ...

    async def ain_bulk(
        self, ids: Iterable[Any] | None = None, *, field_name: str = "id"
    ) -> dict[Any, T]:
        """Return records by id; see `RecordSet.in_bulk`."""
        ...

    async def acount(self) -> int:
        """Return how many records there are."""
        ...

    async def aexists(self) -> bool:
        """Tell whether there is any record."""
        ...

    async def acontains(self, record: Any) -> bool:
        """Tell whether a record is among these; see `RecordSet.contains`."""
        ...

    async def aaggregate(self, *aggregates: Any, **named: Any) -> dict[str, Any]:
        """Return aggregates of all records; see `RecordSet.aggregate`."""
        ...

    async def aexplain(self, *, via: Via = "auto", records: int | None = None) -> Explanation:
        """Explain how the records would be read; see `RecordSet.explain`."""
        ...

    async def acreate(self, **fields: Any) -> T:
        """Create a record and return it; see `RecordSet.create`."""
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
        """Create records; see `RecordSet.bulk_create`."""
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
        """Update the records that match and create the rest; see `RecordSet.upsert`."""
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
        """Write fields of records; see `RecordSet.bulk_update`."""
        ...

    async def aupdate(self, **fields: Any) -> WriteResult:
        """Write the same values into all of these records; see `RecordSet.update`."""
        ...

    async def adelete(self) -> WriteResult:
        """Move all of these records to the recycle bin; see `RecordSet.delete`."""
        ...
