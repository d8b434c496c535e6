"""The methods of a record set that read: iterating, counting, getting one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from typing import Any, NoReturn, Self, TypeVar, cast, overload

from ...errors import ConfigurationError, NotSupported, TooManyRecords
from ..chain import Chain
from ..compile.query import Load
from ..steps import QueryPlan, collect
from . import grouping
from . import plans as reading
from .exporting import Report
from .loading import loading
from .route import Via

T = TypeVar("T")

CHUNK_SIZE = 2_000
"""Records of one request, where Zoho gives so many."""

MAX_FOR_GET = 21
"""Records that `get()` reads before it says that there are more, as in Django."""


class Fetched(Chain[T]):
    """The reading methods of `RecordSet`."""

    _records: list[T] | None = None

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A record set cannot be pickled, because it holds its client: pickle its list."
        )

    def __copy__(self) -> Self:
        return self._copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self._copy()

    def __iter__(self) -> Iterator[T]:
        return iter(self._fetch("`async for`"))

    def __len__(self) -> int:
        return len(self._fetch("acount()"))

    def __bool__(self) -> bool:
        return bool(self._fetch("aexists()"))

    async def __aiter__(self) -> AsyncIterator[T]:
        if self._records is None:
            self._records = await self._source.arun(self._all())
        for record in self._records:
            yield record

    @overload
    def __getitem__(self, key: int) -> T: ...

    @overload
    def __getitem__(self, key: slice) -> Self: ...

    def __getitem__(self, key: int | slice) -> T | Self:
        """Return the record at a position, or the record set for a slice (once fetched, a list)."""
        if isinstance(key, slice):
            self._check_slice(key)
            if self._records is not None:
                return cast("Self", self._records[key])
            return self._slice(key)
        if not hasattr(key, "__index__"):
            raise TypeError(f"A record set is indexed by integers, not {type(key).__name__}.")
        if key < 0:
            raise ValueError("Negative indexing is not supported.")
        if self._records is not None:
            return self._records[key]
        for record in self._slice(slice(key, key + 1)):
            return record
        raise IndexError("The record set has fewer records.")

    def __repr__(self) -> str:
        # This makes no call and shows no records.
        size = "not fetched" if self._records is None else f"{len(self._records)} records"
        return f"<{type(self).__name__} of {self._query.module}, {size}>"

    def _fetch(self, awaited: str) -> list[T]:
        if self._records is None:
            self._records = self._source.run(self._all(), awaited)
        return self._records

    def _all(self) -> QueryPlan[list[T]]:
        """Read all records, and keep them."""
        most = self._source.options.rows
        records: list[T] = []

        def take(rows: Sequence[T]) -> None:
            records.extend(rows)
            if len(records) > most:
                raise TooManyRecords(
                    f"More than {most:,} records of {self._query.module} match: use .iterator(), "
                    "which does not cache them, or a slice, or raise ZCRM['MAX_CACHED_RECORDS']."
                )

        yield from collect(self._plan_read(), take)
        return records

    def _plan_read(self) -> QueryPlan[None]:
        if self._query.aggregates:
            return grouping.groups(self._query, self._source, CHUNK_SIZE, self._load)
        return reading.rows(self._query, self._source, CHUNK_SIZE, self._load)

    def _streaming(
        self, chunk_size: int, via: Via, progress: Report | None, job: str = ""
    ) -> QueryPlan[None]:
        if chunk_size < 1:
            raise ValueError("Chunk size must be strictly positive.")
        if job and via != "bulk":
            raise ConfigurationError('job needs via="bulk".')
        if self._query.aggregates:
            if via not in ("auto", "coql"):
                raise NotSupported("Only COQL computes groups.")
            return grouping.groups(self._query, self._source, chunk_size, self._load)
        return reading.rows(
            self._query,
            self._source,
            chunk_size,
            self._load,
            via,
            is_streamed=True,
            report=progress,
            job_id=job,
        )

    @property
    def _load(self) -> Load:
        meta = self._meta
        if self._query.shape == "records":
            return partial(meta.load, source=self._source)
        return loading(self._query, meta)

    # Records one by one

    def iterator(
        self,
        chunk_size: int = CHUNK_SIZE,
        via: Via = "auto",
        *,
        progress: Report | None = None,
        job: str = "",
    ) -> Iterator[T]:
        """Yield the records without keeping them, at most `chunk_size` for one request.

        `via` names the route: COQL, list, or a bulk read, whose lookups have no names. The default
        is the cheapest route with the same result; see `explain`. `progress` is called with a
        Progress after each step; its `job_id` is that of a bulk read. Pass that id as `job`, with
        `via="bulk"`, to read the records of a job that was started for the same record set.
        """
        for rows in self._source.stream(
            self._streaming(chunk_size, via, progress, job), "aiterator()"
        ):
            yield from rows

    async def aiterator(
        self,
        chunk_size: int = CHUNK_SIZE,
        via: Via = "auto",
        *,
        progress: Report | None = None,
        job: str = "",
    ) -> AsyncIterator[T]:
        """Async version of `iterator`."""
        async for rows in self._source.astream(self._streaming(chunk_size, via, progress, job)):
            for record in rows:
                yield record

    def get(self, *args: Any, **kwargs: Any) -> T:
        """Return the only record that matches; the conditions are those of `filter`.

        Raises `model.DoesNotExist` and `model.MultipleObjectsReturned`.
        """
        return self._source.run(self._get(args, kwargs), "aget()")

    async def aget(self, *args: Any, **kwargs: Any) -> T:
        """Async version of `get`."""
        return await self._source.arun(self._get(args, kwargs))

    def _get(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> QueryPlan[T]:
        matching = self.filter(*args, **kwargs) if args or kwargs else self
        records = yield from matching[:MAX_FOR_GET]._all()
        if len(records) == 1:
            return records[0]
        if not records:
            raise self._make_missing_error()
        name = self._meta.object_name
        count = len(records) if len(records) < MAX_FOR_GET else f"more than {MAX_FOR_GET - 1}"
        raise self.model.MultipleObjectsReturned(f"get() found {count} records of {name}.")

    def _make_missing_error(self) -> Exception:
        name = self._meta.object_name
        return self.model.DoesNotExist(f"No record of {name} matches the given query.")

    def first(self) -> T | None:
        """Return the first record, None when there is none."""
        return self._source.run(self._first(self), "afirst()")

    async def afirst(self) -> T | None:
        """Async version of `first`."""
        return await self._source.arun(self._first(self))

    def last(self) -> T | None:
        """Return the last record, None when there is none."""
        return self._source.run(self._first(self.reverse()), "alast()")

    async def alast(self) -> T | None:
        """Async version of `last`."""
        return await self._source.arun(self._first(self.reverse()))

    def _first(self, records: Self) -> QueryPlan[T | None]:
        rows = self._records if records is self else None
        if rows is None:
            rows = yield from records[:1]._all()
        return rows[0] if rows else None

    # Queries about all records

    def count(self) -> int:
        """Return the number of records."""
        return (
            len(self._records)
            if self._records is not None
            else self._source.run(self._count(), "acount()")
        )

    async def acount(self) -> int:
        """Async version of `count`."""
        return (
            len(self._records)
            if self._records is not None
            else await self._source.arun(self._count())
        )

    def _count(self) -> QueryPlan[int]:
        if self._query.aggregates:
            return len((yield from self._all()))
        return (yield from reading.count(self._query, self._source))

    def exists(self) -> bool:
        """Return whether there is any record."""
        return (
            bool(self._records)
            if self._records is not None
            else self._source.run(self._exists(), "aexists()")
        )

    async def aexists(self) -> bool:
        """Async version of `exists`."""
        if self._records is not None:
            return bool(self._records)
        return await self._source.arun(self._exists())

    def _exists(self) -> QueryPlan[bool]:
        ids = self if self._query.aggregates else self._copy(fields=("id",), shape="flat")
        return bool((yield from ids[:1]._all()))
