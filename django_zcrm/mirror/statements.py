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
    columns: Sequence[tuple[Any, Sequence[Any]]]
    """Each column, and the functions that convert its values as a query set does."""

    @classmethod
    def of(cls, rows: models.QuerySet[Any, Any]) -> Self:
        """Compile a query set for its database."""
        compiler, database = rows.query.get_compiler(rows.db), connections[rows.db]
        sql, params = compiler.as_sql()
        columns = [
            (
                column,
                [
                    *database.ops.get_db_converters(column),
                    *column.get_db_converters(database),
                ],
            )
            for column, _, _ in compiler.select
        ]
        return cls(sql, params, columns)

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
        values_of_row = []
        for (column, converters), value in zip(self.columns, row, strict=True):
            for convert in converters:
                value = convert(value, column, database)
            values_of_row.append(value)
        return values_of_row


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
