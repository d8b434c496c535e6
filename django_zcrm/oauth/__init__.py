"""Getting and revoking a user's grant: the code flow, self clients, refresh tokens, revocation."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .disconnecting import end_connection
    from .grants import connect_with_grant_token, connect_with_refresh_token

__all__ = ["connect_with_grant_token", "connect_with_refresh_token", "end_connection"]


def __getattr__(name: str) -> Any:
    # Every process loads the receivers of this package; few processes need the rest.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "disconnecting" if name == "end_connection" else "grants"
    return getattr(import_module(f".{home}", __name__), name)
