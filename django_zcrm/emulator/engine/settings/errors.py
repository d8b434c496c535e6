"""Errors that several settings share."""

from __future__ import annotations

from ...core import Refusal
from ..values import JSONPath


def dependent_missing(path: JSONPath, name: str, on: str) -> Refusal:
    """Return the error for values without `name`, which the value of `on` requires."""
    child, dependee = path.child(name), path.child(on)
    return Refusal(
        "DEPENDENT_FIELD_MISSING",
        "Dependent Fields missing",
        details=child.details(dependee=dependee.details()),
    )


def not_allowed(message: str, **details: object) -> Refusal:
    """Return the error for an action that the current state does not allow."""
    return Refusal("NOT_ALLOWED", message, details=details)


def expected_one_of(path: JSONPath, *names: str) -> Refusal:
    """Return the error for a body that has none of these keys."""
    return Refusal(
        "EXPECTED_FIELD_MISSING",
        "one of the expected fields is missing",
        details={"expected_fields": [path.child(name).details() for name in names]},
    )
