"""The half of a record set that writes: one record, rows of any number, all that match."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from ..errors import ConfigurationError, NotSupported
from ..resources.record_actions import Trigger
from ..resources.records import Records
from ..results import Outcome, Record
from .exporting import Report
from .fetching import CHUNK_SIZE, Fetched
from .query import Query, compiled
from .sending import Outcomes, by_records
from .steps import Perform, Plan, collected
from .write_result import WriteResult
from .writer import OPERATIONS, Writer, WriteVia, item_of

T = TypeVar("T")

BATCH = 100
"""Records of one request, Zoho's limit."""

CREATE = Records.create_one.operation  # type: ignore[attr-defined]


class Writing(Fetched[T]):
    """What `RecordSet` does to write."""

    def create(self, **fields: Any) -> T:
        """Create a record and return it, with its id; raises Invalid when Zoho refuses it."""
        return self._source.run(self._creating(fields))

    async def acreate(self, **fields: Any) -> T:
        """Async version of `create`."""
        return await self._source.arun(self._creating(fields))

    def _creating(self, fields: dict[str, Any]) -> Plan[T]:
        record: Any = self.model(**fields)
        item = item_of(self._meta, "create")(record)
        outcome = yield Perform(CREATE, {"module": self._meta.module, "record": item})
        created: T = self._meta.created(record, outcome, self._source)
        return created

    def bulk_create(
        self,
        rows: Iterable[Any],
        batch_size: int | None = BATCH,
        *,
        unique_fields: Sequence[str] = (),
        via: WriteVia = "auto",
        trigger: Sequence[Trigger] | None = None,
        progress: Report | None = None,
    ) -> WriteResult:
        """Create records, `batch_size` per request (100 at most); return the outcome of each row.

        Rows are dicts, or instances of the set's class, which learn their ids. A request whose
        reply is lost is not sent again, since that could create its records twice; with
        `unique_fields` this is an upsert, which may be. `trigger=[]` runs no automation.
        `progress` is called with a Progress after each request.
        """
        return self._source.run(
            self._bulk_creating(rows, batch_size, unique_fields, via, trigger, progress)
        )

    async def abulk_create(
        self,
        rows: Iterable[Any],
        batch_size: int | None = BATCH,
        *,
        unique_fields: Sequence[str] = (),
        via: WriteVia = "auto",
        trigger: Sequence[Trigger] | None = None,
        progress: Report | None = None,
    ) -> WriteResult:
        """Async version of `bulk_create`."""
        return await self._source.arun(
            self._bulk_creating(rows, batch_size, unique_fields, via, trigger, progress)
        )

    def _bulk_creating(
        self,
        rows: Iterable[Any],
        batch_size: int | None,
        unique_fields: Sequence[str],
        via: WriteVia,
        trigger: Sequence[Trigger] | None,
        progress: Report | None,
    ) -> Plan[WriteResult]:
        if unique_fields:
            return self._upserting(rows, unique_fields, batch_size, via, trigger, progress)
        writer = Writer(
            "create",
            self._meta,
            self._source,
            item_of(self._meta, "create"),
            {"trigger": trigger},
            rows=_size(batch_size),
            via=via,
        )
        return _written(writer, rows, progress)

    def upsert(
        self,
        rows: Iterable[Any],
        on: Sequence[str] = (),
        batch_size: int | None = BATCH,
        *,
        via: WriteVia = "auto",
        trigger: Sequence[Trigger] | None = None,
        progress: Report | None = None,
    ) -> WriteResult:
        """Update the records that match by the fields `on`, in their order, and create the rest.

        Without `on`, Zoho matches by the module's own unique fields. Each outcome's `action` says
        which it was. A request whose reply is lost is sent again. Otherwise as `bulk_create`.
        """
        return self._source.run(self._upserting(rows, on, batch_size, via, trigger, progress))

    async def aupsert(
        self,
        rows: Iterable[Any],
        on: Sequence[str] = (),
        batch_size: int | None = BATCH,
        *,
        via: WriteVia = "auto",
        trigger: Sequence[Trigger] | None = None,
        progress: Report | None = None,
    ) -> WriteResult:
        """Async version of `upsert`."""
        return await self._source.arun(
            self._upserting(rows, on, batch_size, via, trigger, progress)
        )

    def _upserting(
        self,
        rows: Iterable[Any],
        on: Sequence[str],
        batch_size: int | None,
        via: WriteVia,
        trigger: Sequence[Trigger] | None,
        progress: Report | None,
    ) -> Plan[WriteResult]:
        if isinstance(on, str):
            raise ConfigurationError(f"on takes a list of fields: on=[{on!r}].")
        names = self._names(tuple(on))
        writer = Writer(
            "upsert",
            self._meta,
            self._source,
            item_of(self._meta, "upsert"),
            {"trigger": trigger, "duplicate_check_fields": list(names) or None},
            on=names,
            rows=_size(batch_size),
            via=via,
        )
        return _written(writer, rows, progress)

    def bulk_update(
        self,
        rows: Iterable[Any],
        fields: Sequence[str],
        batch_size: int | None = BATCH,
        *,
        via: WriteVia = "auto",
        trigger: Sequence[Trigger] | None = None,
        progress: Report | None = None,
    ) -> WriteResult:
        """Write these fields of rows, each with its `id`; return the outcome of each row.

        None empties a field. A request whose reply is lost is sent again. Otherwise as
        `bulk_create`.
        """
        return self._source.run(
            self._bulk_updating(rows, fields, batch_size, via, trigger, progress)
        )

    async def abulk_update(
        self,
        rows: Iterable[Any],
        fields: Sequence[str],
        batch_size: int | None = BATCH,
        *,
        via: WriteVia = "auto",
        trigger: Sequence[Trigger] | None = None,
        progress: Report | None = None,
    ) -> WriteResult:
        """Async version of `bulk_update`."""
        return await self._source.arun(
            self._bulk_updating(rows, fields, batch_size, via, trigger, progress)
        )

    def _bulk_updating(
        self,
        rows: Iterable[Any],
        fields: Sequence[str],
        batch_size: int | None,
        via: WriteVia,
        trigger: Sequence[Trigger] | None,
        progress: Report | None,
    ) -> Plan[WriteResult]:
        if isinstance(fields, str):
            raise ConfigurationError(f"bulk_update() takes a list of fields: [{fields!r}].")
        names = self._names(tuple(fields))
        if not names:
            raise ValueError("Field names must be given to bulk_update().")
        if "id" in names or "pk" in names:
            raise ValueError("bulk_update() cannot be used with the id.")
        writer = Writer(
            "update",
            self._meta,
            self._source,
            item_of(self._meta, "update", names),
            {"trigger": trigger},
            fields=names,
            rows=_size(batch_size),
            via=via,
        )
        return _written(writer, rows, progress)

    # All that match

    def update(self, **fields: Any) -> WriteResult:
        """Write the same values into all of these records; return the outcome of each.

        Reads the ids, and writes 100 records a request; None empties a field. An outcome's `input`
        is what was sent, with the id. Slices cannot be updated, as in Django.
        """
        return self._source.run(self._updating(fields))

    async def aupdate(self, **fields: Any) -> WriteResult:
        """Async version of `update`."""
        return await self._source.arun(self._updating(fields))

    def _updating(self, fields: dict[str, Any]) -> Plan[WriteResult]:
        self._unsliced("update a query")
        if self._query.aggregates:
            raise TypeError("Cannot update groups.")
        values = yield from self._named(fields)
        rows = [{"id": one, **values} for one in (yield from self._ids())]
        self._kept = None
        return (yield from _written(Writer("update", self._meta, self._source, dict), rows, None))

    def _named(self, fields: dict[str, Any]) -> Plan[Record]:
        """Return values by Zoho's names; raise ConfigurationError for what is no field."""
        if not fields:
            raise ConfigurationError("update() needs fields to write.")
        for name, value in fields.items():
            if hasattr(value, "resolve_expression"):
                raise NotSupported(f"{name}: Zoho computes no values: read, and use bulk_update().")
        values = self._meta.named_values(fields, None)
        query = Query(self._query.module, fields=tuple(values), shape="values")
        for column in (yield from compiled(query, self._source)).columns:
            if column.path.relations or column.path.text == "id":
                raise ConfigurationError(
                    f"update() writes fields of {self._query.module}, not {column.path.text}."
                )
        return values

    def delete(self) -> WriteResult:
        """Move all of these records to the recycle bin; return the outcome of each.

        Reads the ids, and deletes 100 records a request; an outcome's `input` is the id.
        """
        return self._source.run(self._deleting())

    async def adelete(self) -> WriteResult:
        """Async version of `delete`."""
        return await self._source.arun(self._deleting())

    def _deleting(self) -> Plan[WriteResult]:
        if self._query.is_sliced:
            raise TypeError("Cannot use 'limit' or 'offset' with delete().")
        if self._query.shape != "records":
            raise TypeError("Cannot call delete() after .values() or .values_list().")
        ids = yield from self._ids()
        self._kept = None
        return (yield from _written(Writer("delete", self._meta, self._source, str), ids, None))

    def _ids(self) -> Plan[list[str]]:
        """Return the ids of all records, so that what is written cannot change what is read."""
        found: list[str] = []
        plain = self._but(
            fields=("id",), left_out=(), labels=(), shape="flat", orders=(), is_reversed=False
        )
        yield from collected(plain._streaming(CHUNK_SIZE, "auto", None), found.extend)
        return found


def _size(batch_size: int | None) -> int:
    if batch_size is None:
        return BATCH
    if batch_size < 1:
        raise ValueError("Batch size must be a positive integer.")
    return min(batch_size, BATCH)


def _written(writer: Writer, rows: Iterable[Any], progress: Report | None) -> Plan[WriteResult]:
    if isinstance(rows, str | bytes | dict):
        raise ConfigurationError("Rows are an iterable of dicts, such as a list or a generator.")
    if writer.via == "bulk":
        raise NotSupported("Rows are written by the records API only, up to now.")
    outcomes = yield from _outcomes(writer, rows, progress)
    operation = OPERATIONS[writer.action].name
    return WriteResult(outcomes, {}, operation, writer.source, partial(_again, writer))


def _outcomes(writer: Writer, rows: Iterable[Any], progress: Report | None) -> Plan[list[Outcome]]:
    outcomes = Outcomes(writer, progress)
    yield from by_records(iter(rows), outcomes)
    return outcomes.found


def _again(
    writer: Writer, failed: Sequence[Outcome], via: WriteVia | None, progress: Report | None
) -> Plan[list[Outcome]]:
    """Write failed rows again, except those that might be written twice."""
    repeated = [one for one in failed if writer.may_send_again(one)]
    if not repeated:
        return []
    again = replace(writer, via=via or writer.via)
    found = yield from _outcomes(again, [one.input for one in repeated], progress)
    return [replace(new, index=old.index) for old, new in zip(repeated, found, strict=True)]
