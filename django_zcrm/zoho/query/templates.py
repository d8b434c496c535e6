"""Keeps Django's templates from calling methods that change records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def alters_data(method: F) -> F:
    """Mark a method as one that templates do not call: `{{ leads.delete }}` deletes nothing."""
    method.alters_data = True  # type: ignore[attr-defined]
    return method
