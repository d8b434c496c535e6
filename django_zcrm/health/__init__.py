"""The health of the site's connections, for the admin's health page and the terminal."""

from __future__ import annotations

from .report import Report, make_report
from .states import Condition, condition_of

__all__ = ["Condition", "Report", "condition_of", "make_report"]
