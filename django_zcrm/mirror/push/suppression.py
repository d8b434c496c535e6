"""Saving without sending to Zoho."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_is_off: ContextVar[bool] = ContextVar("zcrm_mirror_no_push", default=False)


@contextmanager
def no_push() -> Iterator[None]:
    """Keep what a `with` block saves or deletes from being sent to Zoho."""
    token = _is_off.set(True)
    try:
        yield
    finally:
        _is_off.reset(token)


def is_push_off() -> bool:
    """Whether this code runs within `no_push()`."""
    return _is_off.get()
