"""The app's pages."""

from __future__ import annotations

from .connect import callback, connect, disconnect
from .grant_token import grant_token

__all__ = ["callback", "connect", "disconnect", "grant_token"]
