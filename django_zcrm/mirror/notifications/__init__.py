"""Channels of notifications, and what comes through them.

`subscribe(connection, ["Deals.edit"])` asks for more than mirrored modules need.
"""

from __future__ import annotations

from typing import Any

__all__ = ["subscribe"]


def __getattr__(name: str) -> Any:
    # Django imports this before the models can be.
    if name == "subscribe":
        from .channels import subscribe

        return subscribe
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
