"""Call preferences: what is shown of a call."""

from __future__ import annotations

from ..operation import operation
from ..readers import item, one
from ..results import Outcome
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
        """Change the preferences."""
        ...
