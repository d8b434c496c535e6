"""Zoho connections in Django's admin: seen, connected, tested, handed over and ended there."""

from __future__ import annotations

from .connections import ConnectionAdmin

__all__ = ["ConnectionAdmin"]
