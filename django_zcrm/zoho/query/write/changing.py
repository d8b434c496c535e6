"""Methods of a record set that change all of its records: `update` and `delete`."""

from __future__ import annotations

from typing import Any, TypeVar

from ...errors import ConfigurationError, NotSupported
from ...operations.results import RecordDict
from ..compile.query import Query, resolve_and_compile
from ..read.methods import CHUNK_SIZE, Fetched
from ..steps import QueryPlan, collect
from ..templates import alters_data
from .operation import Writer
from .plan import write_rows
from .result import WriteResult

T = TypeVar("T")


class Changing(Fetched[T]):
    """The methods of `RecordSet` that change all matching records."""

    @alters_data
    def update(self, **fields: Any) -> WriteResult:
        """Write the same values into all of these records; return the outcome of each.

        Reads the ids, and writes 100 records per request; None clears a field. An outcome's `input`
        is the item that was sent, with the id. Slices cannot be updated, as in Django.
        """
        return self._source.run(self._updating(fields), "aupdate()")

    @alters_data
    async def aupdate(self, **fields: Any) -> WriteResult:
        """Async version of `update`."""
        return await self._source.arun(self._updating(fields))

    def _updating(self, fields: dict[str, Any]) -> QueryPlan[WriteResult]:
        self._forbid_slice("update a query")
        if self._query.aggregates:
            raise TypeError("Cannot update groups.")
        values = yield from self._resolve_names(fields)
        rows = [{"id": record_id, **values} for record_id in (yield from self._ids())]
        self._records = None
        return (yield from write_rows(Writer("update", self._meta, self._source, dict), rows))

    def _resolve_names(self, fields: dict[str, Any]) -> QueryPlan[RecordDict]:
        """Return values by Zoho's names; raise ConfigurationError for an unknown field."""
        if not fields:
            raise ConfigurationError("update() needs fields to write.")
        for name, value in fields.items():
            if hasattr(value, "resolve_expression"):
                raise NotSupported(
                    f"{name}: Zoho does not compute values: read the records, and "
                    "use bulk_update()."
                )
        values = self._meta.to_zoho_values(fields, None)
        query = Query(self._query.module, fields=tuple(values), shape="values")
        for column in (yield from resolve_and_compile(query, self._source)).columns:
            if "." in column.path.text or column.path.text == "id":
                raise ConfigurationError(
                    f"update() writes fields of {self._query.module}, not {column.path.text}."
                )
        return values

    @alters_data
    def delete(self) -> WriteResult:
        """Move all of these records to the recycle bin; return the outcome of each.

        Reads the ids, and deletes 100 records per request; an outcome's `input` is the id. As with
        Django's managers, the result of `objects()` has no `delete`: use `all().delete()` to delete
        all records.
        """
        return self._source.run(self._plan_delete(), "adelete()")

    @alters_data
    async def adelete(self) -> WriteResult:
        """Async version of `delete`."""
        return await self._source.arun(self._plan_delete())

    def _plan_delete(self) -> QueryPlan[WriteResult]:
        if self._is_manager:
            raise AttributeError(
                f"objects({self._query.module!r}) has no delete(), like Django's managers: filter "
                "first, or use all().delete() to delete all records of the module."
            )
        if self._query.is_sliced:
            raise TypeError("Cannot use 'limit' or 'offset' with delete().")
        if self._query.shape != "records":
            raise TypeError("Cannot call delete() after .values() or .values_list().")
        ids = yield from self._ids()
        self._records = None
        return (yield from write_rows(Writer("delete", self._meta, self._source, str), ids))

    def _ids(self) -> QueryPlan[list[str]]:
        """Return the ids of all records, read first, so that writes cannot change the query."""
        ids: list[str] = []
        plain = self._copy(
            fields=("id",), left_out=(), labels=(), shape="flat", orders=(), is_reversed=False
        )
        yield from collect(plain._streaming(CHUNK_SIZE, "auto", None), ids.extend)
        return ids
