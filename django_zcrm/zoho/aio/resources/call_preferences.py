"""Call preferences: what is shown of a call.

Written by tools/write_resources.py from zoho/resources/call_preferences.py.
"""

from __future__ import annotations

from ...results import Outcome
from ...types import Values
from ...types.organisation import CallPreference


class CallPreferences:
    """Call preferences (Zoho's manual: Call Preferences)."""

    async def get(self) -> CallPreference:
        """Return the preferences."""
        ...

    async def update(self, preferences: Values) -> Outcome:
        """Change the preferences."""
        ...
