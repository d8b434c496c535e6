"""Getting and revoking a user's grant: the code flow, self clients, refresh tokens, revocation."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .disconnecting import disconnect
    from .grants import connect_with_grant_token, connect_with_refresh_token

__all__ = ["connect_with_grant_token", "connect_with_refresh_token", "disconnect"]


def __getattr__(name: str) -> Any:
    # Every process has receivers from this package, and few of them connect anybody.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "disconnecting" if name == "disconnect" else "grants"
    return getattr(import_module(f".{home}", __name__), name)
