"""Record sets: lazy, immutable and chainable over Zoho's records, as Django's query sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal, TypeVar, cast, overload

from ..errors import ConfigurationError, NotSupported
from ..operations.results import RecordDict
from .compile.aggregates import Aggregation, read_aggregate
from .compile.query import Query, Shape
from .read import grouping
from .read import plans as reading
from .read.loading import load_aggregates
from .read.route import Explanation, Via
from .steps import QueryPlan, RecordSource
from .write.methods import Writing

T = TypeVar("T")
Fields = tuple[Any, ...]

IDS = 100
"""Ids of one request: as many as COQL and lists take."""


class RecordSet(Writing[T]):
    """The records of a module; lazy, like a query set.

    Iteration, `len()`, `bool()` and `list()` fetch all records and cache them; `iterator()` caches
    none. Every method that calls Zoho has an async version, with the prefix `a`. In addition to the
    errors of a call, methods raise ConfigurationError for names and values that do not fit the
    module's fields, NotSupported for features that Zoho lacks, and TooManyRecords if there are more
    records to cache than `ZCRM["MAX_CACHED_RECORDS"]`.
    """

    # Rows of other shapes

    def values(self, *names: str, **expressions: Any) -> RecordSet[RecordDict]:
        """Return dicts of these fields (by default all) in place of records."""
        self._without_expressions(expressions)
        return self._shape(names, "values")

    @overload
    def values_list(self, name: str, /, *, flat: Literal[True]) -> RecordSet[Any]: ...

    @overload
    def values_list(self, *names: str, flat: Literal[False] = False) -> RecordSet[Fields]: ...

    def values_list(
        self, *names: str, flat: bool = False, named: bool = False, **expressions: Any
    ) -> RecordSet[Any]:
        """Return tuples of these fields, or the values of one with `flat`, in place of records."""
        self._without_expressions(expressions)
        if named:
            raise NotSupported("values_list() does not support named=True: use values().")
        if flat and len(names) != 1:
            raise TypeError("'flat' is for values_list() with one field.")
        return self._shape(names, "flat" if flat else "tuples")

    @staticmethod
    def _without_expressions(expressions: dict[str, Any]) -> None:
        if expressions:
            raise NotSupported(
                "COQL selects fields, not expressions; groups have aggregates, as in "
                "values('Field').annotate(n=Count('id'))."
            )

    def _shape(self, names: tuple[str, ...], shape: Shape) -> RecordSet[Any]:
        added = tuple(aggregate.key for aggregate in self._query.aggregates)
        zoho_names = tuple(name if name in added else self._names((name,))[0] for name in names)
        fields: tuple[str, ...] | None = zoho_names
        if self._query.aggregates:
            keys = self._query.groups + added
            if unknown := [name for name in zoho_names if name not in keys]:
                raise ConfigurationError(f"{unknown[0]!r} is not among {', '.join(keys)}.")
            fields = zoho_names or keys
        meta = self._meta
        fields = fields or meta.default_fields()
        label_by_name = dict(zip(zoho_names, names, strict=True)) or dict(self._query.labels)
        label_by_name = label_by_name or {name: meta.label_of(name) for name in fields or ()}
        labels = tuple((name, label) for name, label in label_by_name.items() if name != label)
        query = replace(self._query, fields=fields, shape=shape, left_out=(), labels=labels)
        return RecordSet(cast("Any", self.model), self._source, query)

    def annotate(self, *aggregates: Any, **kwargs: Any) -> RecordSet[Any]:
        """Group by the fields of `values()`, and add aggregates of each group to the row.

        `leads.values("Lead_Source").annotate(n=Count("id")).order_by("-n")`
        """
        query = self._query
        groups = query.groups if query.aggregates else query.fields
        if query.shape not in ("values", "tuples") or groups is None:
            raise NotSupported(
                "COQL computes for groups, not for single records: name the fields to group by, as "
                "in values('Lead_Source').annotate(n=Count('id'))."
            )
        self._forbid_slice("annotate a query")
        self._forbid_search("compute")
        added = (*query.aggregates, *self._aggregations(aggregates, kwargs))
        keys = (*groups, *(aggregate.key for aggregate in added))
        if len(set(keys)) < len(keys):
            raise ConfigurationError(
                "The key of an aggregate must differ from the grouped "
                "fields and from all other keys."
            )
        query = replace(query, fields=keys, groups=groups, aggregates=added)
        return RecordSet(cast("Any", self.model), self._source, query)

    def _aggregations(
        self, aggregates: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Aggregation, ...]:
        rename = self._meta.zoho_name
        return (
            *(read_aggregate(aggregate, rename) for aggregate in aggregates),
            *(read_aggregate(aggregate, rename, key) for key, aggregate in kwargs.items()),
        )

    def aggregate(self, *aggregates: Any, **kwargs: Any) -> dict[str, Any]:
        """Return aggregates of all records: `leads.aggregate(total=Sum("Annual_Revenue"))`."""
        return self._source.run(self._plan_totals(aggregates, kwargs), "aaggregate()")

    async def aaggregate(self, *aggregates: Any, **kwargs: Any) -> dict[str, Any]:
        """Async version of `aggregate`."""
        return await self._source.arun(self._plan_totals(aggregates, kwargs))

    def _plan_totals(
        self, aggregates: tuple[Any, ...], named: dict[str, Any]
    ) -> QueryPlan[dict[str, Any]]:
        self._forbid_search("compute")
        if self._query.aggregates:
            raise NotSupported("COQL has no aggregates of aggregates: compute them from the rows.")
        aggregations = self._aggregations(aggregates, named)
        values = yield from grouping.totals(self._query, aggregations, self._source)
        return load_aggregates(aggregations, self._meta, values)

    # Several of them

    def in_bulk(self, ids: Iterable[Any] | None = None, *, field_name: str = "id") -> dict[Any, T]:
        """Return records by id, or by another unique field; all of them without `ids`."""
        return self._source.run(self._in_bulk(ids, field_name), "ain_bulk()")

    async def ain_bulk(
        self, ids: Iterable[Any] | None = None, *, field_name: str = "id"
    ) -> dict[Any, T]:
        """Async version of `in_bulk`."""
        return await self._source.arun(self._in_bulk(ids, field_name))

    def _in_bulk(self, ids: Iterable[Any] | None, field_name: str) -> QueryPlan[dict[Any, T]]:
        if self._query.is_sliced:
            raise TypeError("Cannot use 'limit' or 'offset' with in_bulk().")
        if self._query.shape != "records":
            raise TypeError("in_bulk() cannot be used with values() or values_list().")
        name = self._meta.zoho_name("id" if field_name == "pk" else field_name)
        yield from reading.check_unique(self._query.module, name, self._source)
        if self._query.fields is not None and name not in self._query.fields and name != "id":
            self = self._copy(fields=(*self._query.fields, name))
        self = self._copy(left_out=tuple(part for part in self._query.left_out if part != name))
        records: list[T] = []
        if isinstance(ids, str):  # characters of a text are not ids
            raise ConfigurationError(f"in_bulk() takes a list of values, not a string: [{ids!r}].")
        id_list = None if ids is None else list(ids)
        if id_list is None:
            records += yield from self._all()
        for start in range(0, len(id_list or ()), IDS):
            part = {f"{field_name}__in": (id_list or [])[start : start + IDS]}
            records += yield from self.filter(**part)._all()
        return {self._meta.key_of(record, name): record for record in records}

    def earliest(self, *names: str) -> T:
        """Return the first record in the order of some fields; raises `model.DoesNotExist`."""
        return self._source.run(self._extreme(names, is_last=False), "aearliest()")

    async def aearliest(self, *names: str) -> T:
        """Async version of `earliest`."""
        return await self._source.arun(self._extreme(names, is_last=False))

    def latest(self, *names: str) -> T:
        """Return the last record in the order of some fields; raises `model.DoesNotExist`."""
        return self._source.run(self._extreme(names, is_last=True), "alatest()")

    async def alatest(self, *names: str) -> T:
        """Async version of `latest`."""
        return await self._source.arun(self._extreme(names, is_last=True))

    def _extreme(self, names: tuple[str, ...], *, is_last: bool) -> QueryPlan[T]:
        if not names:
            raise ValueError("earliest() and latest() need the names of fields.")
        ordered = self.order_by(*names)
        records = yield from (ordered.reverse() if is_last else ordered)[:1]._all()
        if not records:
            raise self._make_missing_error()
        return records[0]

    def contains(self, record: Any) -> bool:
        """Return whether a record, or the record with an id, is among these."""
        return self._source.run(self._contains(record), "acontains()")

    async def acontains(self, record: Any) -> bool:
        """Async version of `contains`."""
        return await self._source.arun(self._contains(record))

    def _contains(self, record: Any) -> QueryPlan[bool]:
        if self._query.aggregates or self._query.shape != "records":
            raise TypeError("contains() cannot be used with values() or values_list().")
        if self._records is not None:
            return reading.id_of(record) in [
                self._meta.key_of(known, "id") for known in self._records
            ]
        if self._query.is_sliced:
            ids = yield from self._copy(fields=("id",), shape="flat")._all()
            return reading.id_of(record) in ids
        return (yield from self.filter(id=reading.id_of(record))._exists())

    def explain(self, *, via: Via = "auto", records: int | None = None) -> Explanation:
        """Explain how the records would be read: route, requests, credits, heavy calls.

        Fetches only metadata. `records` is the number of records, if known; the default is the
        slice's size, or 2,000.
        """
        return self._source.run(self._explain(via, records), "aexplain()")

    async def aexplain(self, *, via: Via = "auto", records: int | None = None) -> Explanation:
        """Async version of `explain`."""
        return await self._source.arun(self._explain(via, records))

    def _explain(self, via: Via, records: int | None) -> QueryPlan[Explanation]:
        if self._query.aggregates:
            raise NotSupported("Groups are read by COQL, a request for every 2,000 of them.")
        return reading.explanation(self._query, self._source, via, records)

    @property
    def query(self) -> QueryText:
        """The first query: `str(leads.query)` is its COQL, empty if nothing is sent."""
        return QueryText(self._query, self._source)


class QueryText:
    """The COQL of a record set; written on demand, as that may require metadata."""

    def __init__(self, query: Query, source: RecordSource) -> None:
        self._query = query
        self._source = source

    def __str__(self) -> str:
        return self._source.run(reading.text(self._query, self._source), "aexplain()")
