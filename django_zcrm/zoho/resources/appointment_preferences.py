"""Appointment preferences: how appointments of the organisation behave."""

from __future__ import annotations

from typing import Literal

from ..operations.operation import operation
from ..operations.results import Outcome
from ..types import Values
from ..types.organisation import AppointmentPreference
from . import Resource


class AppointmentPreferences(
    Resource, scope="ZohoCRM.org", key="appointment_preferences", since="v3"
):
    """Appointment preferences (Zoho's manual: Appointment Preference)."""

    @operation("GET", "/crm/{version}/settings/appointment_preferences")
    def get(
        self, *, include: Literal["deal_record_configuration"] | None = None
    ) -> AppointmentPreference:
        """Return the preferences.

        Args:
            include: `deal_record_configuration` also returns how Zoho creates deals for
                appointments.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/appointment_preferences", body="preferences")
    def update(self, preferences: Values) -> Outcome:
        """Change the preferences.

        Args:
            preferences: Values to change, by Zoho's key, such as `when_duration_exceeds`.
        """
        ...
