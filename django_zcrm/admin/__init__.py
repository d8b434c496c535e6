"""Zoho connections in Django's admin: view, connect, test, hand over and end them."""

from __future__ import annotations

from .connections import ConnectionAdmin
from .history import ConnectionHistoryAdmin

__all__ = ["ConnectionAdmin", "ConnectionHistoryAdmin"]
