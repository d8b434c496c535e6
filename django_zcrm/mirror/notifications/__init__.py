"""Notification channels, and the notices that arrive through them.

`subscribe(connection, ["Deals.edit"])` subscribes to more events than mirrored modules need.
"""

from __future__ import annotations

from typing import Any

__all__ = ["subscribe"]


def __getattr__(name: str) -> Any:
    if name == "subscribe":
        from .channels import subscribe  # it needs the models; Django imports this before them

        return subscribe
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
