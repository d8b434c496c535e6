"""Fills a new organisation with data."""

from __future__ import annotations

from django_zcrm.emulator.state import Organisation


def fill(org: Organisation, data: str) -> None:
    """Give ``org`` its metadata and records: ``demo`` or ``empty`` (people are there already)."""
