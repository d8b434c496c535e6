"""The app's pages."""

from __future__ import annotations

from .connect import callback, connect, disconnect
from .connections import connections, use_connection
from .grant_token import grant_token

__all__ = ["callback", "connect", "connections", "disconnect", "grant_token", "use_connection"]
