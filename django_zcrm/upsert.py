"""Adds counts to rows of the database: one statement for many rows, which creates missing ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from django.db import connections, models, router

Combine = Literal["sum", "max", "min", "last"]
"""How a column's value is combined with the stored one; NULL changes nothing."""

ROWS = 500
"""Rows of one statement, where the database has no lower limit."""


def add_to_rows(
    model: type[models.Model],
    rows: Sequence[Mapping[str, Any]],
    unique: Sequence[str],
    combine: Mapping[str, Combine],
) -> None:
    """Add values to the rows with the same `unique` values, or create these rows.

    All rows have the same names, which are attributes of fields. Rows are locked in their order, so
    callers must sort them. Raises the database's errors.
    """
    if not rows:
        return
    database: Any = connections[router.db_for_write(model)]
    quote, names = database.ops.quote_name, list(rows[0])
    fields = {field.attname: field for field in model._meta.concrete_fields}
    columns = {name: str(quote(str(fields[name].column))) for name in names}
    most = database.features.max_query_params
    size = min(ROWS, most // len(names)) if most else ROWS
    table, column_list = quote(model._meta.db_table), ", ".join(columns.values())
    is_mysql = database.vendor == "mysql"
    target = f"ON CONFLICT ({', '.join(columns[name] for name in unique)}) DO UPDATE SET"
    if is_mysql:
        target = "ON DUPLICATE KEY UPDATE"
        if not database.mysql_is_mariadb:
            target = f"AS new {target}"
    changes = [
        f"{columns[name]} = {_combine(database, how, table, columns[name])}"
        for name, how in combine.items()
    ]
    line = f"({', '.join(['%s'] * len(names))})"
    with database.cursor() as cursor:
        for start in range(0, len(rows), size):
            part = rows[start : start + size]
            cells = [
                fields[name].get_db_prep_save(row[name], database) for row in part for name in names
            ]
            lines = ", ".join([line] * len(part))
            cursor.execute(
                f"INSERT INTO {table} ({column_list}) VALUES {lines} {target} {', '.join(changes)}",  # noqa: S608 - the model's names
                cells,
            )


def _combine(database: Any, how: Combine, table: str, column: str) -> str:
    """Return the SQL of a column's new value."""
    new = f"excluded.{column}"
    if database.vendor == "mysql":
        new = f"VALUES({column})" if database.mysql_is_mariadb else f"new.{column}"
    stored = f"{table}.{column}"
    if how == "sum":
        return f"{stored} + {new}"
    if how == "last":
        return f"COALESCE({new}, {stored})"
    function = {"max": "GREATEST", "min": "LEAST"}[how]
    if database.vendor == "sqlite":
        function = how.upper()
    return f"{function}(COALESCE({stored}, {new}), COALESCE({new}, {stored}))"
