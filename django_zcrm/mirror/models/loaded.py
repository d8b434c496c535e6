"""Returns the values of a row as they were loaded, so that a save can find changed columns."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from django.db import models


def values_of(row: models.Model, columns: Iterable[str] | None = None) -> dict[str, Any]:
    """Return the values of a row's columns by attribute, without deferred ones."""
    attributes = row.__dict__
    if columns is None:
        columns = [field.attname for field in row._meta.concrete_fields]
    # JSON may be changed in place; the other values cannot.
    return {
        name: deepcopy(value) if isinstance(value, list | dict) else value
        for name in columns
        if name in attributes and not hasattr(value := attributes[name], "resolve_expression")
    }
