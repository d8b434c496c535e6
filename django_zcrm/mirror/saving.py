"""Writes many rows at once; rows that the database refuses do not prevent the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import (
    DataError,
    IntegrityError,
    OperationalError,
    connections,
    models,
    router,
    transaction,
)

from ..reasons import Reason, reason
from .models.primary import rows_on, rows_on_primary
from .statements import Parameter, Update, compiled

FEW = 3
"""Rows that are updated one by one, which is faster than what Django does for several at once."""

WriteRows = Callable[[Sequence[Any]], object]

VALUE_ERRORS = (DataError, IntegrityError, ValueError, OverflowError)
"""Errors of a database or its driver about values; others concern more than one row."""

_WRONG_VALUE = 1366
"""The code of MariaDB's and MySQL's OperationalError for an emoji in a column of utf8mb3."""


def insert(rows: Sequence[Any]) -> dict[str, Reason]:
    """Insert new rows; return the errors of failed ones, by id in Zoho."""
    if not rows:
        return {}
    table = rows_on_primary(type(rows[0]))

    def write(some: Sequence[Any]) -> None:
        for row in some:
            row.pk = None  # a failed attempt may have set the key
        table.bulk_create(some)

    return _write_or_split(rows, write, _alias(rows))


def update(rows: Sequence[Any], names: Iterable[str]) -> dict[str, Reason]:
    """Update columns of locked rows; return the errors of failed ones, by id in Zoho.

    Uses an INSERT that updates on conflict, because `bulk_update()` takes ten times as long.
    """
    if not rows:
        return {}
    model, names = type(rows[0]), set(names)
    alias = _alias(rows)
    has_target = connections[alias].features.supports_update_conflicts_with_target
    # bulk_create() would set these columns, although the rows are not new.
    stamps = [field.attname for field in model._meta.concrete_fields if is_stamp(field)]
    old = {id(row): [getattr(row, name) for name in stamps] for row in rows} if stamps else {}

    def write(some: Sequence[Any]) -> None:
        if len(some) <= FEW:
            for row in some:
                _update_one(row, alias, sorted(names))
            return
        rows_on_primary(model).bulk_create(
            some,
            update_conflicts=True,
            update_fields=sorted(names),
            unique_fields=["pk"] if has_target else None,
        )

    problems = _write_or_split(rows, write, alias)
    for row in rows if stamps else ():
        for name, value in zip(stamps, old[id(row)], strict=True):
            setattr(row, name, value)
    return problems


def _update_one(row: models.Model, using: str, names: Iterable[str]) -> None:
    fields: list[Any] = [row._meta.get_field(name) for name in names]
    values = {f"new_{field.name}": field.pre_save(row, add=False) for field in fields}
    _compile_update(using, type(row), tuple(fields)).run(key=row.pk, **values)


@compiled
def _compile_update(using: str, model: type[models.Model], fields: Sequence[Any]) -> Update:
    values = {field.name: Parameter(f"new_{field.name}", field) for field in fields}
    return Update.of(rows_on(model, using).filter(pk=Parameter("key")), **values)


def update_all(rows: Sequence[Any], names: Iterable[str]) -> None:
    """Update columns of locked rows. Raises DataError if one of them fails."""
    if problems := update(rows, names):
        raise DataError(next(iter(problems.values())))


def is_refusal(error: Exception) -> bool:
    """Whether an error concerns the values of single rows, so that others can be written."""
    if isinstance(error, OperationalError):
        return error.args[:1] == (_WRONG_VALUE,)
    return isinstance(error, VALUE_ERRORS)


def _alias(rows: Sequence[Any]) -> str:
    return router.db_for_write(type(rows[0]))


def is_stamp(field: models.Field[Any, Any]) -> bool:
    """Whether Django sets a column to the current time when a row is saved."""
    return bool(getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False))


def _write_or_split(rows: Sequence[Any], write: WriteRows, alias: str) -> dict[str, Reason]:
    try:
        with transaction.atomic(using=alias):
            write(rows)
    except (*VALUE_ERRORS, OperationalError) as error:
        if not is_refusal(error):
            raise
        if len(rows) == 1:
            message = str(error).partition("\n")[0][:200]
            return {rows[0].zoho_id: reason("database_refuses", error=message)}
        middle = len(rows) // 2
        halves = (rows[:middle], rows[middle:])
        return {
            zoho_id: words
            for half in halves
            for zoho_id, words in _write_or_split(half, write, alias).items()
        }
    return {}
