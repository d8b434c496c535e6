"""How the site's connections are, for the admin's health page and the terminal."""

from __future__ import annotations

from .report import Report, make_report
from .states import Condition, condition_of

__all__ = ["Condition", "Report", "condition_of", "make_report"]
