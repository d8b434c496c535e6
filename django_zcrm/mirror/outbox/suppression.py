"""Suppresses pushing: rows are saved without a change in the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_is_off: ContextVar[bool] = ContextVar("zcrm_mirror_no_push", default=False)


@contextmanager
def no_push() -> Iterator[None]:
    """Save and delete rows in a `with` block without sending the changes to Zoho."""
    token = _is_off.set(True)
    try:
        yield
    finally:
        _is_off.reset(token)


def is_push_off() -> bool:
    """Whether this code runs within `no_push()`."""
    return _is_off.get()
