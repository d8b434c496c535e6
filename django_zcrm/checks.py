"""System checks of the settings. They read settings only: no network, no database."""

from __future__ import annotations


def register_all() -> None:
    """Register the checks with Django."""
