"""The methods of a record set that write one record, or several rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from ...errors import ConfigurationError
from ...resources.record_actions import Trigger
from ...resources.records import Records
from ..compile.fields import check_names
from ..read.exporting import Report
from ..steps import Perform, QueryPlan
from ..templates import alters_data
from .changing import Changing
from .operation import WriteAction, Writer, WriteVia, item_of
from .plan import write_rows
from .result import WriteResult

T = TypeVar("T")

BATCH = 100
"""Records of one request, Zoho's limit."""

CREATE = Records.create_one.operation  # type: ignore[attr-defined]


class WriteOptions(NamedTuple):
    """The options that the methods for many rows share."""

    batch_size: int | None
    via: WriteVia
    jobs: Sequence[str]
    trigger: Sequence[Trigger] | None
    progress: Report | None


class Writing(Changing[T]):
    """The writing methods of `RecordSet`.

    Rows are any iterable of dicts, or of instances of the set's class, whose ids are set.
    `batch_size` is the number of rows per request, at most 100. `via="bulk"` writes rows by jobs of
    up to 25,000 rows; `via="records"` never uses jobs. By default, `ZCRM["BULK_WRITE_THRESHOLD"]`
    decides. `jobs` are the ids of bulk writes that were created by the same call before it was
    interrupted. `trigger=[]` runs no automation. `progress` is called with a Progress after each
    step. If the iterable raises an error, the method raises PartialFailure from that error, with
    the outcomes of the rows before.
    """

    @alters_data
    def create(self, *, validate: bool = True, **fields: Any) -> T:
        """Create a record and return it, with its id.

        Zoho drops values of unknown fields without an error. So if the module's metadata is
        cached, an unknown name raises UnknownField; `validate=False` sends all names. This check
        makes no request. Raises Invalid when Zoho refuses the record.
        """
        return self._source.run(self._plan_create(fields, validate), "acreate()")

    @alters_data
    async def acreate(self, *, validate: bool = True, **fields: Any) -> T:
        """Async version of `create`."""
        return await self._source.arun(self._plan_create(fields, validate))

    def _plan_create(self, fields: dict[str, Any], validate: bool) -> QueryPlan[T]:
        record: Any = self.model(**fields)
        item = item_of(self._meta, "create")(record)
        if validate and (cached := self._source.get_cached_fields(self._meta.module)) is not None:
            check_names(cached, item)
        outcome = yield Perform(CREATE, {"module": self._meta.module, "record": item})
        created: T = self._meta.load_created(record, outcome, self._source)
        return created

    @alters_data
    def bulk_create(
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
        """Create records and return the outcome of each row.

        A request whose response is lost is not sent again, since that could create duplicates; its
        rows get NO_RESPONSE. With `unique_fields`, this is an upsert, which may be repeated.
        """
        how = WriteOptions(batch_size, via, jobs, trigger, progress)
        return self._source.run(self._bulk_creating(rows, unique_fields, how), "abulk_create()")

    @alters_data
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
        how = WriteOptions(batch_size, via, jobs, trigger, progress)
        return await self._source.arun(self._bulk_creating(rows, unique_fields, how))

    def _bulk_creating(
        self, rows: Iterable[Any], unique_fields: Sequence[str], how: WriteOptions
    ) -> QueryPlan[WriteResult]:
        if unique_fields:
            return self._upserting(rows, unique_fields, how)
        return self._many("create", rows, how)

    @alters_data
    def upsert(
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
        """Update the records that match by the fields `on`, tried in order, and create the rest.

        Each outcome's `action` is `insert` or `update`. A request whose response is lost is sent
        again if each of its rows has a value to match by. Without `on`, Zoho matches by the
        module's own unique fields, and nothing is sent again.
        """
        how = WriteOptions(batch_size, via, jobs, trigger, progress)
        return self._source.run(self._upserting(rows, on, how), "aupsert()")

    @alters_data
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
        how = WriteOptions(batch_size, via, jobs, trigger, progress)
        return await self._source.arun(self._upserting(rows, on, how))

    def _upserting(
        self, rows: Iterable[Any], on: Sequence[str], how: WriteOptions
    ) -> QueryPlan[WriteResult]:
        if isinstance(on, str):
            raise ConfigurationError(f"The fields to match by are a list: [{on!r}].")
        return self._many("upsert", rows, how, on=self._names(tuple(on)))

    @alters_data
    def bulk_update(
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
        """Write these fields of rows, each with its `id`, and return the outcome of each row.

        None clears a field. A request whose response is lost is sent again.
        """
        how = WriteOptions(batch_size, via, jobs, trigger, progress)
        return self._source.run(self._bulk_updating(rows, fields, how), "abulk_update()")

    @alters_data
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
        how = WriteOptions(batch_size, via, jobs, trigger, progress)
        return await self._source.arun(self._bulk_updating(rows, fields, how))

    def _bulk_updating(
        self, rows: Iterable[Any], fields: Sequence[str], how: WriteOptions
    ) -> QueryPlan[WriteResult]:
        if isinstance(fields, str):
            raise ConfigurationError(f"bulk_update() takes a list of fields: [{fields!r}].")
        names = self._names(tuple(fields))
        if not names:
            raise ValueError("Field names must be given to bulk_update().")
        if "id" in names or "pk" in names:
            raise ValueError("bulk_update() cannot be used with the id.")
        return self._many("update", rows, how, fields=names)

    def _many(
        self,
        action: WriteAction,
        rows: Iterable[Any],
        how: WriteOptions,
        *,
        on: tuple[str, ...] = (),
        fields: tuple[str, ...] | None = None,
    ) -> QueryPlan[WriteResult]:
        size = BATCH if how.batch_size is None else how.batch_size
        if size < 1:
            raise ValueError("Batch size must be a positive integer.")
        writer = Writer(
            action,
            self._meta,
            self._source,
            item_of(self._meta, action, fields),
            {"trigger": how.trigger, **({"duplicate_check_fields": list(on)} if on else {})},
            on=on,
            fields=fields,
            rows=min(size, BATCH),
            via=how.via,
        )
        return write_rows(writer, rows, how.progress, how.jobs)
