"""Receiving signals in a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.dispatch import Signal


@contextmanager
def hear(signal: Signal, sender: object = None) -> Iterator[list[dict[str, Any]]]:
    """Yield the list of arguments that a receiver of a signal gets in the block."""
    heard: list[dict[str, Any]] = []

    def receive(**arguments: Any) -> None:
        heard.append(arguments)

    signal.connect(receive, sender=sender)
    try:
        yield heard
    finally:
        signal.disconnect(receive, sender=sender)
