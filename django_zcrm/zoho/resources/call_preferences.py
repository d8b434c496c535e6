"""Call preferences: the numbers that Zoho shows for a call."""

from __future__ import annotations

from ..operations.operation import operation
from ..operations.readers import item, one
from ..operations.results import Outcome
from ..types import Values
from ..types.organisation import CallPreference
from . import Resource


class CallPreferences(Resource):
    """Call preferences (Zoho's manual: Call Preferences)."""

    @operation(
        "GET",
        "/crm/{version}/settings/call_preferences",
        key="call_preferences",
        returns=item,
        since="v8",
        scopes=("ZohoCRM.settings.modules.READ",),
    )
    def get(self) -> CallPreference:
        """Return the preferences."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/call_preferences",
        key="call_preferences",
        body="preferences",
        returns=one,
        since="v8",
        scopes=("ZohoCRM.settings.modules.UPDATE",),
    )
    def update(self, preferences: Values) -> Outcome:
        """Change the preferences.

        Args:
            preferences: Values to change, by Zoho's key: `show_from_number`, `show_to_number`.
        """
        ...
