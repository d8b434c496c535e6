"""Statements that are compiled once, for what workers, people and Zoho wait for.

Django builds and compiles a statement at each use, which takes several times as long as its
execution.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, wraps
from typing import Any, Self, TypeVar

from django.db import IntegrityError, connections, models, transaction
from django.db.models.query import ValuesIterable
from django.db.models.sql import UpdateQuery
from django.utils import timezone

from ..database import split_keys
from ..moments import Moment, keep_moments

S = TypeVar("S")

Values = Mapping[str, Any]
"""Values by name."""

Row = tuple[type[models.Model], Values]
"""A model, and the values of all columns but the primary key, by attribute."""


class Parameter(models.Expression):
    """A value of a compiled statement that each use supplies by name.

    It is converted as one of a field, without which it must not be JSON.
    """

    def __init__(self, name: str, field: models.Field[Any, Any] | None = None) -> None:
        super().__init__(field)
        self.name, self.stored_as = name, field

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return a placeholder, and this parameter for it."""
        return "%s", (self,)


def size_of(values: Collection[Any]) -> int:
    """Return the number of parameters for values of an IN: a power of two, so there are few."""
    return 1 << (len(values) - 1).bit_length() if values else 0


def parameters(name: str, size: int) -> list[Any]:
    """Return the parameters of an IN, whose values `numbered` returns."""
    return [Parameter(f"{name}{number}") for number in range(size)]


def numbered(name: str, values: Collection[Any]) -> dict[str, Any]:
    """Return the values of `parameters(name, size_of(values))`; the last one is repeated."""
    padded = list(values)
    padded += padded[-1:] * (size_of(padded) - len(padded))
    return {f"{name}{number}": value for number, value in enumerate(padded)}


def compiled(build: Callable[..., S]) -> Callable[..., S]:
    """Decorate a function that returns a `Select` or an `Update` for a database, to call it once.

    Its other arguments must be hashable. They are what the SQL depends on, besides the parameters.
    """

    @lru_cache(maxsize=256)
    def build_for(vendor: str, using: str, *args: Hashable) -> S:
        return build(using, *args)

    @wraps(build)
    def find(using: str, *args: Hashable) -> S:
        # A test may replace a database by one of another kind.
        return build_for(connections[using].vendor, using, *args)

    return find


@dataclass(frozen=True, slots=True)
class Select:
    """A compiled query set, which contains instances of `Parameter` and `Moment`."""

    rows: models.QuerySet[Any, Any]
    compiler: Any
    sql: str
    params: _Params
    converters: Mapping[int, Any]
    """The functions that convert the values of a column."""

    @classmethod
    def of(cls, rows: models.QuerySet[Any, Any]) -> Self:
        """Compile a query set for its database. Raises ValueError for one of `values()`."""
        if rows._iterable_class is ValuesIterable:
            raise ValueError("A query set of values() cannot be compiled; use values_list().")
        compiler = rows.query.get_compiler(rows.db)
        with keep_moments():
            sql, params = compiler.as_sql()
        converters = compiler.get_converters([column for column, _, _ in compiler.select])
        return cls(rows, compiler, sql, _Params(params), converters)

    def fetch(self, **values: Any) -> list[Any]:
        """Return the rows as the query set does. `values` are those of the parameters."""
        database = connections[self.rows.db]
        with database.cursor() as cursor:
            cursor.execute(self.sql, self.params.bind(values, database))
            found = cursor.fetchall()
        if not found:
            return []
        if self.converters:
            found = [self._convert(row, database) for row in found]
        # As `all()` does, but without a copy of the query.
        rows = _change(self.rows, _query=_Executed(self.compiler, found))
        return list(rows._iterable_class(rows))

    def _convert(self, row: Sequence[Any], database: Any) -> tuple[Any, ...]:
        """Return the values of a row as fields have them."""
        converted = list(row)
        for position, (functions, expression) in self.converters.items():
            for function in functions:
                value = function(converted[position], expression, database)
                converted[position] = value
        return tuple(converted)


def _change(instance: Any, **attributes: Any) -> Any:
    """Return a copy of an instance with other attributes: as `copy()`, but faster."""
    changed = object.__new__(type(instance))
    vars(changed).update(vars(instance), **attributes)
    return changed


class _Executed:
    """The query of a query set whose statement was executed, and its compiler; `found` are rows."""

    def __init__(self, compiler: Any, found: Sequence[tuple[Any, ...]]) -> None:
        self._compiler, self._found = compiler, found

    def get_compiler(self, *args: object, **kwargs: object) -> Any:
        """Return the compiler."""
        return self

    def execute_sql(self, *args: object, **kwargs: object) -> Sequence[tuple[Any, ...]]:
        """Return the rows."""
        return self._found

    def results_iter(self, *args: object, **kwargs: object) -> Iterator[tuple[Any, ...]]:
        """Yield the rows."""
        return iter(self._found)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiler, name)


@dataclass(frozen=True, slots=True)
class Update:
    """A compiled UPDATE of a query set, which contains instances of `Parameter` and `Moment`."""

    using: str
    sql: str
    params: _Params

    @classmethod
    def of(cls, rows: models.QuerySet[Any, Any], **columns: Any) -> Self:
        """Compile an UPDATE of columns for the database of a query set."""
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(columns)
        with keep_moments():
            sql, params = query.get_compiler(rows.db).as_sql()
        return cls(rows.db, sql, _Params(params))

    def run(self, **values: Any) -> int:
        """Return the number of updated rows. `values` are those of the parameters."""
        database = connections[self.using]
        with database.cursor() as cursor:
            cursor.execute(self.sql, self.params.bind(values, database))
            count: int = cursor.rowcount
        return count


def run_by_key(
    compile_update: Callable[..., Update], keys: Collection[Any], using: str, **values: Any
) -> int:
    """Run an UPDATE of rows with these primary keys, as `locking.update_by_key` does.

    `compile_update` compiles it for a number of keys, which are the parameters `key`.
    """
    return sum(
        compile_update(using, size_of(part)).run(**numbered("key", part), **values)
        for part in split_keys(keys, using)
    )


class _Params:
    """The parameters of a compiled statement; those that are not constants have a position."""

    def __init__(self, params: Sequence[Any]) -> None:
        self._constants = list(params)
        places = list(enumerate(params))
        self._parameters = [pair for pair in places if isinstance(pair[1], Parameter)]
        self._moments = [pair for pair in places if isinstance(pair[1], Moment)]

    def bind(self, values: Values, database: Any) -> list[Any]:
        """Return the values of a statement as its database takes them."""
        bound = self._constants.copy()
        for position, parameter in self._parameters:
            value = values[parameter.name]
            if parameter.stored_as is not None:
                value = parameter.stored_as.get_db_prep_save(value, connection=database)
            elif isinstance(value, datetime):
                value = database.ops.adapt_datetimefield_value(value)
            elif isinstance(value, date):
                value = database.ops.adapt_datefield_value(value)
            bound[position] = value
        if self._moments:
            now = timezone.now()
            for position, moment in self._moments:
                bound[position] = database.ops.adapt_datetimefield_value(moment.at(now))
        return bound


def insert_row(model: type[models.Model], values: Values, using: str) -> None:
    """Insert a row without an instance and its signals. Raises the database's errors.

    `values` are those of all columns but the primary key, by attribute.
    """
    insert = _compile_insert(model, using)
    with connections[using].cursor() as cursor:
        cursor.execute(insert.sql, insert.params(values, using))


def insert_unless_stored(row: Row, companion: Row | None, using: str) -> bool:
    """Insert a row and its companion, or neither if a unique column of the row has such a value.

    Returns whether they were inserted. Raises the database's errors other than IntegrityError.
    """
    database: Any = connections[using]
    if database.vendor == "postgresql":
        return _insert_at_once(row, companion, using)
    is_mariadb = database.vendor == "mysql" and database.mysql_is_mariadb
    try:
        if is_mariadb and companion is not None and not database.in_atomic_block:
            _insert_in_transaction(row, companion, using)
            return True
        with transaction.atomic(using=using):
            insert_row(*row, using)
            if companion is not None:
                insert_row(*companion, using)
    except IntegrityError:
        return False
    return True


def _insert_at_once(row: Row, companion: Row | None, using: str) -> bool:
    """Insert both by one statement of PostgreSQL, without BEGIN and COMMIT."""
    (model, values), database = row, connections[using]
    insert = _compile_insert(model, using)
    sql, params = f"{insert.sql} ON CONFLICT DO NOTHING", insert.params(values, using)
    if companion is not None:
        other = _compile_insert(companion[0], using)
        sql = f"WITH stored AS ({sql} RETURNING 1) {other.sql_from} stored"
        params += other.params(companion[1], using)
    try:
        with database.cursor() as cursor:
            cursor.execute(sql, params)
            return bool(cursor.rowcount)
    except IntegrityError:  # a row to which it refers is gone
        if database.in_atomic_block:  # the transaction cannot continue
            raise
        return False


def _insert_in_transaction(row: Row, companion: Row, using: str) -> None:
    """Insert both in a transaction that is one statement of MariaDB: `atomic()` makes five."""
    database = connections[using]
    inserts = [(_compile_insert(model, using), values) for model, values in (row, companion)]
    statements = "".join(f"{insert.sql}; " for insert, _ in inserts)
    try:
        with database.cursor() as cursor:
            cursor.execute(
                "BEGIN NOT ATOMIC "
                "DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END; "
                f"START TRANSACTION; {statements}COMMIT; END",
                [param for insert, values in inserts for param in insert.params(values, using)],
            )
    except IntegrityError:
        raise
    except BaseException:
        # Handlers do not see that a statement is interrupted, which leaves its transaction open.
        database.close()
        raise


@dataclass(frozen=True, slots=True)
class _Insert:
    """A compiled INSERT of one row; `sql_from` is that of a SELECT of the values."""

    sql: str
    sql_from: str
    fields: Sequence[Any]

    def params(self, values: Values, using: str) -> list[Any]:
        database = connections[using]
        return [
            field.get_db_prep_save(values[field.attname], connection=database)
            for field in self.fields
        ]


@lru_cache(maxsize=16)
def _compile_insert(model: type[models.Model], using: str) -> _Insert:
    database = connections[using]
    quote = database.ops.quote_name
    fields: list[Any] = [field for field in model._meta.concrete_fields if not field.primary_key]
    names = ", ".join(quote(field.column) for field in fields)
    into = f"INSERT INTO {quote(model._meta.db_table)} ({names})"
    marks = ", ".join(["%s"] * len(fields))
    casts = ", ".join(f"CAST(%s AS {field.cast_db_type(database)})" for field in fields)
    return _Insert(f"{into} VALUES ({marks})", f"{into} SELECT {casts} FROM", fields)
