"""Service preferences: how services of the organisation behave.

Written by tools/write_resources.py from zoho/resources/service_preferences.py.
"""

from __future__ import annotations

from ...results import Outcome
from ...types import Values
from ...types.organisation import ServicePreference


class ServicePreferences:
    """Service preferences (Zoho's manual: Service Preference)."""

    async def get(self) -> ServicePreference:
        """Return the preferences."""
        ...

    async def update(self, preferences: Values) -> Outcome:
        """Change the preferences."""
        ...
