"""Service preferences: how services of the organisation behave."""

from __future__ import annotations

from ..operations.operation import operation
from ..operations.readers import item, one
from ..operations.results import Outcome
from ..types import Values
from ..types.organisation import ServicePreference
from . import Resource


class ServicePreferences(Resource):
    """Service preferences (Zoho's manual: Service Preference)."""

    @operation(
        "GET",
        "/crm/{version}/settings/service_preferences",
        key="service_preferences",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.settings.modules.READ",),
    )
    def get(self) -> ServicePreference:
        """Return the preferences."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/service_preferences",
        key="service_preferences",
        body="preferences",
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.modules.UPDATE",),
    )
    def update(self, preferences: Values) -> Outcome:
        """Change the preferences.

        Args:
            preferences: Values to change, by Zoho's key: `job_sheet_enabled`.
        """
        ...
