"""Errors that several settings share."""

from __future__ import annotations

from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.engine.values import JSONPath


def dependent_missing(path: JSONPath, name: str, on: str) -> Problem:
    """Return the error for values without `name`, which the value of `on` requires."""
    child, dependee = path.child(name), path.child(on)
    return Problem(
        "DEPENDENT_FIELD_MISSING",
        "Dependent Fields missing",
        details=child.details(dependee=dependee.details()),
    )


def not_allowed(message: str, **details: object) -> Problem:
    """Return the error for what the current state does not allow."""
    return Problem("NOT_ALLOWED", message, details=details)


def expected_one_of(path: JSONPath, *names: str) -> Problem:
    """Return the error for a body that has none of these keys."""
    return Problem(
        "EXPECTED_FIELD_MISSING",
        "one of the expected fields is missing",
        details={"expected_fields": [path.child(name).details() for name in names]},
    )
