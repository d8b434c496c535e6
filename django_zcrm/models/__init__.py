"""The app's models."""

from __future__ import annotations

from .connection import Connection, ConnectionQuerySet

__all__ = ["Connection", "ConnectionQuerySet"]
