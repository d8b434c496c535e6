"""Finds out why a connection does not work, step by step, and says what to do."""

from __future__ import annotations

from .examination import examine
from .findings import Finding, Level
from .probe import advice_on, probe

__all__ = ["Finding", "Level", "advice_on", "examine", "probe"]
