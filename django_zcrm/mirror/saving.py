"""Writes many rows at once; a row that the database refuses does not keep the others from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import DataError, IntegrityError, connections, models, router, transaction

from .models.primary import rows_on_primary

WriteRows = Callable[[Sequence[Any]], object]

_REFUSALS = (DataError, IntegrityError, ValueError, OverflowError)
"""Errors of a database or its driver about values; others concern more than one row."""


def insert(rows: Sequence[Any]) -> dict[str, str]:
    """Insert new rows; return the errors of refused ones, by id in Zoho."""
    if not rows:
        return {}
    table = rows_on_primary(type(rows[0]))

    def write(some: Sequence[Any]) -> None:
        for row in some:
            row.pk = None  # where an attempt before came as far as this
        table.bulk_create(some)

    return _written(rows, write, _alias(rows))


def update(rows: Sequence[Any], names: Iterable[str]) -> dict[str, str]:
    """Update columns of locked rows; return the errors of refused ones, by id in Zoho.

    As an INSERT that meets the primary keys: `bulk_update()` takes ten times as long.
    """
    if not rows:
        return {}
    model = type(rows[0])
    alias = _alias(rows)
    has_target = connections[alias].features.supports_update_conflicts_with_target
    # What bulk_create() would set, though these are not new.
    stamps = [field.attname for field in model._meta.concrete_fields if _is_stamp(field)]
    kept = {id(row): [getattr(row, name) for name in stamps] for row in rows} if stamps else {}

    def write(some: Sequence[Any]) -> None:
        rows_on_primary(model).bulk_create(
            some,
            update_conflicts=True,
            update_fields=sorted(names),
            unique_fields=["pk"] if has_target else None,
        )

    problems = _written(rows, write, alias)
    for row in rows if stamps else ():
        for name, value in zip(stamps, kept[id(row)], strict=True):
            setattr(row, name, value)
    return problems


def update_all(rows: Sequence[Any], names: Iterable[str]) -> None:
    """Write columns of rows that are locked. Raises DataError if one of them is refused."""
    if problems := update(rows, names):
        raise DataError(next(iter(problems.values())))


def _alias(rows: Sequence[Any]) -> str:
    return router.db_for_write(type(rows[0]))


def _is_stamp(field: models.Field[Any, Any]) -> bool:
    return bool(getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False))


def _written(rows: Sequence[Any], write: WriteRows, alias: str) -> dict[str, str]:
    try:
        with transaction.atomic(using=alias):
            write(rows)
    except _REFUSALS as error:
        if len(rows) == 1:
            message = str(error).partition("\n")[0][:200]
            return {rows[0].zoho_id: f"the database refuses it: {message}"}
        middle = len(rows) // 2
        halves = (rows[:middle], rows[middle:])
        return {
            zoho_id: words
            for half in halves
            for zoho_id, words in _written(half, write, alias).items()
        }
    return {}
