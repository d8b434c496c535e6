"""Call preferences: the numbers that Zoho shows for a call."""

from __future__ import annotations

from ..operations.operation import operation
from ..operations.results import Outcome
from ..types import Values
from ..types.organisation import CallPreference
from . import Resource


class CallPreferences(
    Resource, scope="ZohoCRM.settings.modules", key="call_preferences", since="v8"
):
    """Call preferences (Zoho's manual: Call Preferences)."""

    @operation("GET", "/crm/{version}/settings/call_preferences")
    def get(self) -> CallPreference:
        """Return the preferences."""
        ...

    @operation("PUT", "/crm/{version}/settings/call_preferences", body="preferences")
    def update(self, preferences: Values) -> Outcome:
        """Change the preferences.

        Args:
            preferences: Values to change, by Zoho's key: `show_from_number`, `show_to_number`.
        """
        ...
