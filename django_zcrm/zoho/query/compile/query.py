"""The query of a record set, and its compilation once the module's fields are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, Literal

from ...calls.metadata import FieldMetadata, ModuleFields
from ...errors import ConfigurationError, Forbidden, NotSupported, Unauthenticated, UnknownField
from ..steps import QueryPlan, ReadFields, RecordSource
from . import lookups
from .aggregates import Aggregation
from .fields import ID_PATH, FieldsNeeded, GetFields, Path, find
from .limits import CoqlLimits, coql_limits
from .tree import Given, Node, check_depth, normalize

Shape = Literal["records", "values", "tuples", "flat"]

Load = Callable[[list[Any]], Sequence[Any]]
"""Makes records of rows."""

UNLISTED_TYPES = frozenset(
    "subform multiselectlookup multiuserlookup fileupload imageupload profileimage event_reminder "
    "multireminder ALARM RRULE".split()
)
"""Fields that a record set reads only when they are named: lists and COQL do not give them all."""

CHILD_TYPES = frozenset({"subform", "multiselectlookup", "multiuserlookup"})
"""Fields with rows of their own, which only the reading of a single record gives."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query with names and conditions as the caller passed them.

    `fields` are the requested names, or None for all except `left_out`. `orders` are names, with a
    leading minus for descending. `start` and `stop` are the slice. With `aggregates`, there is one
    row for each group of records with equal values in `groups`. `search` is the kind and the text
    of a search. `labels` are the keys of values whose name differs from Zoho's.
    """

    module: str
    where: Given | None = None
    orders: tuple[str, ...] = ()
    is_reversed: bool = False
    fields: tuple[str, ...] | None = None
    left_out: tuple[str, ...] = ()
    shape: Shape = "records"
    start: int = 0
    stop: int | None = None
    view: str = ""
    search: tuple[str, str] | None = None
    labels: tuple[tuple[str, str], ...] = ()
    is_none: bool = False
    groups: tuple[str, ...] = ()
    aggregates: tuple[Aggregation, ...] = ()

    @property
    def is_sliced(self) -> bool:
        """Whether a slice has been taken."""
        return self.start > 0 or self.stop is not None

    @property
    def size(self) -> int | None:
        """The maximum number of records in the slice; None without an end."""
        return None if self.stop is None else max(0, self.stop - self.start)

    def with_slice(self, start: int | None, stop: int | None) -> Query:
        """Return the query for a slice of this one's slice."""
        low = self.start + (start or 0)
        high = self.stop
        if stop is not None:
            high = self.start + stop if high is None else min(high, self.start + stop)
        return replace(self, start=low if high is None else min(low, high), stop=high)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the rows: its key in the result, and its path."""

    key: str
    path: Path


@dataclass(frozen=True, slots=True)
class Order:
    """One item of an order."""

    path: Path
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """A query whose names are resolved to fields."""

    query: Query
    columns: tuple[Column, ...]
    where: Node
    orders: tuple[Order, ...]
    limits: CoqlLimits

    @property
    def is_by_id(self) -> bool:
        """Whether the order is that of the ids, ascending or descending."""
        return self.orders[0].path.text == "id"


def resolve_and_compile(query: Query, source: RecordSource) -> QueryPlan[CompiledQuery]:
    """Compile a query, and fetch the metadata for it.

    Raises ConfigurationError for invalid names and values, and NotSupported for features that Zoho
    lacks.
    """
    read: dict[str, ModuleFields] = {}

    def load_fields(module: str) -> ModuleFields:
        fields = read.get(module) or source.get_cached_fields(module)
        if fields is None:
            raise FieldsNeeded(module)
        read[module] = fields
        return fields

    zone = source.options.zone()
    while True:
        try:
            return compile_query(query, load_fields, coql_limits(source.version), zone)
        except FieldsNeeded as needed:
            module = needed.module
        try:
            read[module] = yield ReadFields(module)
        except (Forbidden, Unauthenticated) as error:
            error.add_note(
                f"A record set needs the metadata of {module}: grant ZohoCRM.settings.fields.READ."
            )
            raise


def compile_query(
    query: Query, get_fields: GetFields, limits: CoqlLimits, zone: tzinfo
) -> CompiledQuery:
    """Compile a query. Raises FieldsNeeded, and the errors of `resolve_and_compile`."""
    return CompiledQuery(
        query,
        tuple(_columns(query, get_fields)),
        where(query, get_fields, zone),
        tuple(_orders(query, get_fields)[: limits.orders]),
        limits,
    )


def where(query: Query, get_fields: GetFields, zone: tzinfo) -> Node:
    """Return a query's conditions in the normal form. Raises the errors of `compile_query`."""

    def write(name: str, value: Any, negated: bool) -> Node:
        path, lookup = find(get_fields, query.module, name)
        return lookups.node(path, lookup, value, negated, zone)

    check_depth(query.where)
    return normalize(query.where, write)


def _columns(query: Query, get_fields: GetFields) -> list[Column]:
    if query.fields is None:
        left_out = {_path(get_fields, query.module, name).text for name in query.left_out}
        fields = get_fields(query.module)
        if fields.read_paths is None:
            fields.read_paths = [Path(field.api_name, field) for field in fields if _is_read(field)]
        return [
            Column(path.text, path)
            for path in (ID_PATH, *fields.read_paths)
            if path.text not in left_out or path.text == "id"
        ]
    columns = [Column(name, _path(get_fields, query.module, name)) for name in query.fields]
    if query.shape == "records" and "id" not in query.fields:
        columns.append(Column("id", ID_PATH))
    return columns


def _is_read(field: FieldMetadata) -> bool:
    return field.data_type not in UNLISTED_TYPES and field.api_name != "id"


def _path(get_fields: GetFields, module: str, name: str) -> Path:
    path, rest = find(get_fields, module, name)
    if rest:
        raise UnknownField(
            f"{name!r} is not a field: {path.text} is of type {path.field.data_type}, so it has "
            f"no {rest!r}."
        )
    return path


def _orders(query: Query, get_fields: GetFields) -> list[Order]:
    orders: dict[str, Order] = {}
    for name in query.orders:
        is_descending = name.startswith("-")
        path = _path(get_fields, query.module, name.removeprefix("-").removeprefix("+"))
        # Zoho refuses a field that is named twice; the second name has no effect.
        orders.setdefault(path.text, Order(path, is_descending is not query.is_reversed))
    # Without the id, records that are otherwise equal could be on two pages or on none.
    orders.setdefault("id", Order(ID_PATH, query.is_reversed))
    return list(orders.values())


def order_names(names: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the names passed to `order_by()`. Raises NotSupported and ConfigurationError."""
    for name in names:
        if hasattr(name, "resolve_expression"):
            raise NotSupported("COQL orders by fields, not by expressions: give their names.")
        if name == "?":
            raise NotSupported("Zoho has no random order: shuffle the rows in Python.")
        if not isinstance(name, str) or not name.strip("+-"):
            raise ConfigurationError(f"{name!r} is not the name of a field to order by.")
    return names
