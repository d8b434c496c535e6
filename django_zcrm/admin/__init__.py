"""Zoho connections in Django's admin: view, connect, test, hand over and end them."""

from __future__ import annotations

from .connections import ConnectionAdmin

__all__ = ["ConnectionAdmin"]
