"""What a record set does to all of its records: write the same values, or delete them."""

from __future__ import annotations

from typing import Any, TypeVar

from ..errors import ConfigurationError, NotSupported
from ..results import Record
from .fetching import CHUNK_SIZE, Fetched
from .query import Query, compiled
from .steps import Plan, collected
from .templates import alters_data
from .write_plan import written
from .write_result import WriteResult
from .writer import Writer

T = TypeVar("T")


class Changing(Fetched[T]):
    """What `RecordSet` does to all records that match."""

    @alters_data
    def update(self, **fields: Any) -> WriteResult:
        """Write the same values into all of these records; return the outcome of each.

        Reads the ids, and writes 100 records a request; None empties a field. An outcome's `input`
        is what was sent, with the id. Slices cannot be updated, as in Django.
        """
        return self._source.run(self._updating(fields), "aupdate()")

    @alters_data
    async def aupdate(self, **fields: Any) -> WriteResult:
        """Async version of `update`."""
        return await self._source.arun(self._updating(fields))

    def _updating(self, fields: dict[str, Any]) -> Plan[WriteResult]:
        self._unsliced("update a query")
        if self._query.aggregates:
            raise TypeError("Cannot update groups.")
        values = yield from self._named(fields)
        rows = [{"id": record_id, **values} for record_id in (yield from self._ids())]
        self._kept = None
        return (yield from written(Writer("update", self._meta, self._source, dict), rows))

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

    @alters_data
    def delete(self) -> WriteResult:
        """Move all of these records to the recycle bin; return the outcome of each.

        Reads the ids, and deletes 100 records a request; an outcome's `input` is the id. What
        `objects()` returns has none, as Django's managers: `all().delete()` deletes all records.
        """
        return self._source.run(self._deleting(), "adelete()")

    @alters_data
    async def adelete(self) -> WriteResult:
        """Async version of `delete`."""
        return await self._source.arun(self._deleting())

    def _deleting(self) -> Plan[WriteResult]:
        if self._is_manager:
            raise AttributeError(
                f"objects({self._query.module!r}) deletes nothing, as Django's managers: filter "
                "first, or say all().delete() to delete all records of the module."
            )
        if self._query.is_sliced:
            raise TypeError("Cannot use 'limit' or 'offset' with delete().")
        if self._query.shape != "records":
            raise TypeError("Cannot call delete() after .values() or .values_list().")
        ids = yield from self._ids()
        self._kept = None
        return (yield from written(Writer("delete", self._meta, self._source, str), ids))

    def _ids(self) -> Plan[list[str]]:
        """Return the ids of all records, so that what is written cannot change what is read."""
        ids: list[str] = []
        plain = self._copy(
            fields=("id",), left_out=(), labels=(), shape="flat", orders=(), is_reversed=False
        )
        yield from collected(plain._streaming(CHUNK_SIZE, "auto", None), ids.extend)
        return ids
