"""Duplicate check: which records of other modules count as duplicates.

Written by tools/write_resources.py from zoho/resources/duplicate_check_preference.py.
"""

from __future__ import annotations

from ...results import Outcome
from ...types import Values
from ...types.metadata import DuplicateCheck


class DuplicateCheckPreference:
    """Duplicate check preference (Zoho's manual: Duplicate Check Preference)."""

    async def get(self, module: str) -> DuplicateCheck:
        """Return the preference of a module. Raises NotFound when there is none."""
        ...

    async def create(self, preference: Values, module: str) -> Outcome:
        """Set the preference of a module for the first time."""
        ...

    async def update(self, preference: Values, module: str) -> Outcome:
        """Change the preference of a module."""
        ...

    async def delete(self, module: str) -> Outcome:
        """Remove the preference of a module."""
        ...
