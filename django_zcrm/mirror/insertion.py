"""Inserts many new rows without instances: by COPY on PostgreSQL, else by statements of many rows.

An instance for each row would take longer than the rest of an initial sync. The values are those
that `bulk_create()` would insert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from types import SimpleNamespace
from typing import Any

from django.db import Error as DatabaseError
from django.db import NotSupportedError, connections, models, router, transaction
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init

from .models.base import MirrorModel
from .saving import VALUE_ERRORS, is_refusal, is_stamp

Values = Mapping[str, Any]
"""The values of a row, by attribute."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column, and the function that returns its value for rows without one."""

    field: Any
    make: Callable[[], Any]
    is_constant: bool

    def cell(self, database: Any, shared: Values) -> Callable[[Values], Any]:
        """Return a function that returns the value of this column in a row, for the database."""
        name = self.field.attname
        save = partial(self.field.get_db_prep_save, connection=database)
        if name in shared:
            value = save(shared[name])
            return lambda row: value
        if self.is_constant:
            default = save(self.make())
            return lambda row: save(row[name]) if name in row else default
        return lambda row: save(row[name] if name in row else self.make())


def insert_values(model: type[models.Model], rows: Sequence[Values], shared: Values) -> bool:
    """Insert rows; `shared` are the values that all of them have. Call it within a transaction.

    Returns False if nothing was inserted: the database refused a row, or rows of this model need
    instances. Raises other errors of the database.
    """
    columns = _columns(model)
    has_receivers = pre_init.has_listeners(model) or post_init.has_listeners(model)
    if columns is None or has_receivers:
        return False
    alias = router.db_for_write(model)
    try:
        with transaction.atomic(using=alias):
            return _insert(model, connections[alias], columns, rows, shared)
    except (*VALUE_ERRORS, DatabaseError) as error:
        # PostgreSQL does not support COPY into a table with policies of row-level security.
        if not is_refusal(error) and not isinstance(error, NotSupportedError):
            raise
        return False


def _insert(
    model: type[models.Model],
    database: Any,
    columns: Sequence[_Column],
    rows: Sequence[Values],
    shared: Values,
) -> bool:
    quote = database.ops.quote_name
    table = quote(model._meta.db_table)
    names = ", ".join(quote(column.field.column) for column in columns)
    cells = [column.cell(database, shared) for column in columns]
    lines: Iterator[list[Any]] = ([cell(row) for cell in cells] for row in rows)
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            if not hasattr(cursor, "copy"):  # psycopg2
                return False
            sql = f"COPY {table} ({names}) FROM STDIN"
            with database.wrap_database_errors, cursor.copy(sql) as copy:
                for line in lines:
                    copy.write_row(line)
        else:
            marks = ", ".join(["%s"] * len(columns))
            sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - the model's names
            cursor.executemany(sql, list(lines))
    return True


@lru_cache(maxsize=512)
def _columns(model: type[Any]) -> tuple[_Column, ...] | None:
    """Return the columns to insert; None if only an instance knows their values."""
    meta = model._meta
    is_plain = model.__init__ in (models.Model.__init__, MirrorModel.__init__)
    if not is_plain or meta.concrete_model is not model or meta.parents:
        return None
    columns = []
    for field in meta.concrete_fields:
        if isinstance(field, models.AutoField) or field.generated:
            continue
        if not _is_known(field):
            return None
        make = partial(field.pre_save, SimpleNamespace(), True) if is_stamp(field) else None
        columns.append(_Column(field, make or field.get_default, not callable(field.default)))
    return tuple(columns)


def _is_known(field: Any) -> bool:
    """Whether a field's value in a new row depends on nothing but what is set, or its default."""
    is_djangos = type(field).pre_save.__module__.startswith("django.db.models.fields")
    has_placeholder = hasattr(field, "get_placeholder") or hasattr(field, "get_placeholder_sql")
    is_set_plainly = issubclass(field.descriptor_class, DeferredAttribute)
    return is_djangos and is_set_plainly and not (has_placeholder or field.has_db_default())
