"""Returns the values of a row as they were loaded, so that a save can find changed columns."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from django.db import models
from django.db.models.fields.files import FieldFile


def values_of(row: models.Model, columns: Iterable[str] | None = None) -> dict[str, Any]:
    """Return the values of a row's columns by attribute, without deferred ones."""
    attributes = row.__dict__
    if columns is None:
        columns = [field.attname for field in row._meta.concrete_fields]
    return {
        name: _copy(value)
        for name in columns
        if name in attributes and not hasattr(value := attributes[name], "resolve_expression")
    }


def _copy(value: Any) -> Any:
    """Return a copy of a value that can be changed in place: of JSON, or the name of a file."""
    if isinstance(value, FieldFile):
        return value.name
    return deepcopy(value) if isinstance(value, list | dict) else value
