"""Waking a runner: that something is due stands in the tables, and it would be found anyway."""

from __future__ import annotations


def wake(connection_id: int, module: str) -> None:
    """Let a runner look at a mirror now. `manage.py zcrm_sync` looks by itself."""
