"""The functions of the outbox that models call; the app registers them when it is ready.

The outbox is built on the models, so the models cannot import it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import AppRegistryNotReady


@dataclass(frozen=True)
class OutboxHooks:
    """The functions: `outbox.capture.capture_changes`, `outbox.bulk.push` and two operations."""

    capture_changes: Callable[[Any, str, frozenset[str] | None], AbstractContextManager[None]]
    push: Callable[[Any, Mapping[str, Any]], int]
    retry: Callable[[Any], int]
    discard: Callable[[Any], int]


_hooks: OutboxHooks | None = None


def register(hooks: OutboxHooks) -> None:
    """Register the functions of the outbox."""
    global _hooks
    _hooks = hooks


def get_hooks() -> OutboxHooks:
    """Return the functions of the outbox. Raises AppRegistryNotReady before the app is ready."""
    if _hooks is None:
        raise AppRegistryNotReady(
            "Rows of mirrored models cannot be saved before 'django_zcrm.mirror' is ready: move "
            "its entry up in settings.INSTALLED_APPS, or write the rows later."
        )
    return _hooks
