"""Errors that mirrored rows raise."""

from __future__ import annotations

from django.db import IntegrityError


class CrossConnectionError(IntegrityError):
    """A row would refer to a row of another connection, or move to another connection."""
