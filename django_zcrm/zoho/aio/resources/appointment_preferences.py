"""Appointment preferences: how appointments of the organisation behave.

Written by tools/write_resources.py from zoho/resources/appointment_preferences.py.
"""

from __future__ import annotations

from typing import Literal

from ...results import Outcome
from ...types import Values
from ...types.organisation import AppointmentPreference


class AppointmentPreferences:
    """Appointment preferences (Zoho's manual: Appointment Preference)."""

    async def get(
        self, *, include: Literal["deal_record_configuration"] | None = None
    ) -> AppointmentPreference:
        """Return the preferences; `include` adds how deals are made."""
        ...

    async def update(self, preferences: Values) -> Outcome:
        """Change the preferences."""
        ...
