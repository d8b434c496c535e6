"""Service preferences: how services of the organisation behave."""

from __future__ import annotations

from ..operations.operation import operation
from ..operations.results import Outcome
from ..types import Values
from ..types.organisation import ServicePreference
from . import Resource


class ServicePreferences(
    Resource, scope="ZohoCRM.settings.modules", key="service_preferences", since="v3"
):
    """Service preferences (Zoho's manual: Service Preference)."""

    @operation("GET", "/crm/{version}/settings/service_preferences")
    def get(self) -> ServicePreference:
        """Return the preferences."""
        ...

    @operation("PUT", "/crm/{version}/settings/service_preferences", body="preferences")
    def update(self, preferences: Values) -> Outcome:
        """Change the preferences.

        Args:
            preferences: Values to change, by Zoho's key: `job_sheet_enabled`.
        """
        ...
