"""The query of a record set, and its compilation once the module's fields are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, Literal

from ..errors import ConfigurationError, Forbidden, NotSupported, Unauthenticated
from ..metadata import Field, ModuleFields
from . import lookups
from .aggregates import Aggregation
from .fields import ID_PATH, FieldsNeeded, Known, Path, find
from .limits import CoqlLimits, coql_limits
from .steps import Plan, ReadFields, RecordSource
from .tree import Given, Node, normal

Shape = Literal["records", "values", "tuples", "flat"]

Load = Callable[[list[Any]], Sequence[Any]]
"""Makes records of rows."""

UNLISTED_TYPES = frozenset(
    "subform multiselectlookup multiuserlookup fileupload imageupload profileimage event_reminder "
    "RRULE".split()
)
"""Fields that a record set reads only when they are named: lists and COQL do not give them all."""

CHILD_TYPES = frozenset({"subform", "multiselectlookup", "multiuserlookup"})
"""Fields with rows of their own, which only the reading of a single record gives."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query with names and conditions as given.

    `fields` are the names asked for, None for all but the `left_out`; `orders` names with a
    leading minus for descending. `start` and `stop` are the slice. With `aggregates` there is a row
    for each group of records that are equal in the `groups`. `search` is what is looked for in the
    search index, and how. `labels` are the keys of values that go by another name than Zoho's.
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
        """How many records the slice holds at most; None without an end."""
        return None if self.stop is None else max(0, self.stop - self.start)

    def sliced(self, start: int | None, stop: int | None) -> Query:
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
class Compiled:
    """A query whose names are resolved to fields."""

    query: Query
    columns: tuple[Column, ...]
    where: Node
    orders: tuple[Order, ...]
    limits: CoqlLimits

    @property
    def is_by_id(self) -> bool:
        """Whether the records come in the order of their ids, up or down."""
        return self.orders[0].path.text == "id"


def compiled(query: Query, source: RecordSource) -> Plan[Compiled]:
    """Compile a query, reading the metadata that it needs.

    Raises ConfigurationError for names and values that do not fit, NotSupported for what Zoho does
    not have.
    """
    read: dict[str, ModuleFields] = {}

    def known(module: str) -> ModuleFields:
        fields = read.get(module) or source.kept_fields(module)
        if fields is None:
            raise FieldsNeeded(module)
        read[module] = fields
        return fields

    zone = source.options.zone()
    while True:
        try:
            return compile_query(query, known, coql_limits(source.version), zone)
        except FieldsNeeded as needed:
            module = needed.module
        try:
            read[module] = yield ReadFields(module)
        except (Forbidden, Unauthenticated) as error:
            error.add_note(
                f"A record set needs the metadata of {module}: grant ZohoCRM.settings.fields.READ."
            )
            raise


def compile_query(query: Query, known: Known, limits: CoqlLimits, zone: tzinfo) -> Compiled:
    """Compile a query. Raises FieldsNeeded, and what `compiled` raises."""
    return Compiled(
        query,
        tuple(_columns(query, known)),
        where(query, known, zone),
        tuple(_orders(query, known)[: limits.orders]),
        limits,
    )


def where(query: Query, known: Known, zone: tzinfo) -> Node:
    """Return a query's conditions in the normal form. Raises what `compile_query` raises."""

    def write(name: str, value: Any, negated: bool) -> Node:
        path, lookup = find(known, query.module, name)
        return lookups.node(path, lookup, value, negated, zone)

    return normal(query.where, write)


def _columns(query: Query, known: Known) -> list[Column]:
    if query.fields is None:
        left_out = {_path(known, query.module, name).text for name in query.left_out}
        paths = [Path(field.api_name, field) for field in known(query.module) if _is_read(field)]
        return [
            Column(path.text, path)
            for path in (ID_PATH, *paths)
            if path.text not in left_out or path.text == "id"
        ]
    columns = {name: Column(name, _path(known, query.module, name)) for name in query.fields}
    if query.shape == "records":
        columns.setdefault("id", Column("id", ID_PATH))
    return list(columns.values())


def _is_read(field: Field) -> bool:
    return field.data_type not in UNLISTED_TYPES and field.api_name != "id"


def _path(known: Known, module: str, name: str) -> Path:
    path, rest = find(known, module, name)
    if rest:
        raise ConfigurationError(
            f"{name!r} is not a field: {path.text} is of type {path.field.data_type}, and "
            f"{rest!r} leads nowhere from there."
        )
    return path


def _orders(query: Query, known: Known) -> list[Order]:
    orders = []
    for name in query.orders:
        is_descending = name.startswith("-")
        path = _path(known, query.module, name.removeprefix("-").removeprefix("+"))
        orders.append(Order(path, is_descending is not query.is_reversed))
    if all(order.path.text != "id" for order in orders):
        # Without it, records that are equal in the rest could come twice or never on pages.
        orders.append(Order(ID_PATH, query.is_reversed))
    return orders


def order_names(names: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the names given to `order_by()`. Raises NotSupported and ConfigurationError."""
    for name in names:
        if hasattr(name, "resolve_expression"):
            raise NotSupported("COQL orders by fields, not by expressions: give their names.")
        if name == "?":
            raise NotSupported("Zoho has no random order: shuffle the rows in Python.")
        if not isinstance(name, str) or not name.strip("+-"):
            raise ConfigurationError(f"{name!r} is not the name of a field to order by.")
    return names
