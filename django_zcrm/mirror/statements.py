"""Statements that are compiled once, for transactions that people and Zoho wait for.

Django compiles a statement at each use, which takes several times as long as its execution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from django.db import IntegrityError, connections, models, transaction

Values = Mapping[str, Any]
"""Values by name."""

Row = tuple[type[models.Model], Values]
"""A model, and the values of all columns but the primary key, by attribute."""


class Parameter(str):
    """A value of a compiled query set that each use replaces, by name."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Select:
    """A compiled query set of `values_list()`, which contains instances of `Parameter`."""

    sql: str
    params: Sequence[Any]
    columns: Sequence[Any]

    @classmethod
    def of(cls, rows: models.QuerySet[Any, Any]) -> Self:
        """Compile a query set for its database."""
        compiler = rows.query.get_compiler(rows.db)
        sql, params = compiler.as_sql()
        return cls(sql, params, [column for column, _, _ in compiler.select])

    def fetch_one(self, using: str, values: Values) -> list[Any] | None:
        """Return the values of the first row, None without one. Raises the database's errors.

        `values` are those of the parameters.
        """
        database = connections[using]
        params = [values[param] if isinstance(param, Parameter) else param for param in self.params]
        with database.cursor() as cursor:
            cursor.execute(self.sql, params)
            row = cursor.fetchone()
        if row is None:
            return None
        return [
            _convert(database, column, value)
            for column, value in zip(self.columns, row, strict=True)
        ]


def _convert(database: Any, column: Any, value: Any) -> Any:
    """Convert a value of the database to one of Python, as a query set does."""
    converters = database.ops.get_db_converters(column) + column.get_db_converters(database)
    for convert in converters:
        value = convert(value, column, database)
    return value


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
    if connections[using].vendor == "postgresql":
        return _insert_at_once(row, companion, using)
    try:
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
