"""Conditions of the command line, `Company__icontains=acme`, for record sets."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ..zoho.query import RecordSet

_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def filter_records(
    records: RecordSet[Any], where: Iterable[str], exclude: Iterable[str]
) -> RecordSet[Any]:
    """Return the records that match all conditions of `where` and none of `exclude`.

    Raises CommandError for an invalid condition. A value that does not fit a field's type raises an
    error later, when the records are read or explained.
    """
    for text in where:
        records = records.filter(**condition("--where", text))
    for text in exclude:
        records = records.exclude(**condition("--exclude", text))
    return records


def condition(option: str, text: str) -> dict[str, Any]:
    """Return a condition as a keyword argument of `filter()`.

    `in` takes comma-separated values, `range` takes two; a value that contains a comma is put in
    double quotes, as in CSV. `isnull` takes true or false. All other values stay strings, which
    record sets convert by the type of the field. Raises CommandError.
    """
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not name:
        raise CommandError(
            _("%(option)s takes NAME=VALUE, as in Company__icontains=acme, not %(text)r.")
            % {"option": option, "text": text}
        )
    lookup = name.rpartition("__")[2]
    if lookup == "isnull":
        return {name: _truth(option, name, value)}
    if lookup in ("in", "range"):
        values = _values(option, name, value)
        return {name: tuple(values) if lookup == "range" else values}
    return {name: value}


def _truth(option: str, name: str, value: str) -> bool:
    truth = _TRUTH.get(value.strip().lower())
    if truth is None:
        raise CommandError(
            _("%(option)s %(name)s takes true or false.") % {"option": option, "name": name}
        )
    return truth


def _values(option: str, name: str, value: str) -> list[str]:
    try:
        rows = list(csv.reader([value], skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise CommandError(
            _("%(option)s %(name)s takes values with commas between them: %(error)s.")
            % {"option": option, "name": name, "error": error}
        ) from None
    return rows[0] if rows else []
