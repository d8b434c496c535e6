"""Shift hours: working hours of users."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.organisation import ShiftHour
from . import Resource


class ShiftHours(Resource, scope="ZohoCRM.settings.business_hours", key="shift_hours", since="v3"):
    """Shifts (Zoho's manual: Shift Hours)."""

    @operation(
        "GET",
        "/crm/{version}/settings/business_hours/shift_hours",
        headers={"x_crm_org": "X-CRM-ORG"},
    )
    def list(self, *, x_crm_org: str | None = None) -> Sequence[ShiftHour]:
        """Return all shifts.

        Args:
            x_crm_org: The organisation's `zgid`, which `org.get()` returns.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/business_hours/shift_hours/{shift_id}",
        headers={"x_crm_org": "X-CRM-ORG"},
    )
    def get(self, shift_id: str, *, x_crm_org: str | None = None) -> ShiftHour:
        """Return one shift with its users, breaks and holidays. Raises NotFound.

        Args:
            shift_id: Id of the shift.
            x_crm_org: The organisation's `zgid`, which `org.get()` returns.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/business_hours/shift_hours",
        body="shift_hours",
        headers={"x_crm_org": "X-CRM-ORG"},
    )
    def create(self, shift_hours: Sequence[Values], *, x_crm_org: str | None = None) -> BatchResult:
        """Create shifts; return the outcome of each.

        Args:
            shift_hours: Shifts to create, each with `name` (at most 100 characters), `timezone`,
                `shift_days`, `daily_timing` or `custom_timing` and optionally `users`,
                `break_hours` and `holidays`.
            x_crm_org: The organisation's `zgid`, which `org.get()` returns.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/business_hours/shift_hours",
        body="shift_hours",
        headers={"x_crm_org": "X-CRM-ORG"},
    )
    def update(self, shift_hours: Sequence[Values], *, x_crm_org: str | None = None) -> BatchResult:
        """Change shifts, each with its `id`; return the outcome of each.

        Args:
            shift_hours: Shifts to change, each with its `id` and the new values.
            x_crm_org: The organisation's `zgid`, which `org.get()` returns.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/business_hours/shift_hours/{shift_id}",
        body="shift_hour",
        in_list=True,
        headers={"x_crm_org": "X-CRM-ORG"},
        scopes=("ZohoCRM.settings.business_hours.CREATE",),
    )
    def update_one(
        self, shift_id: str, shift_hour: Values, *, x_crm_org: str | None = None
    ) -> Outcome:
        """Change one shift.

        Args:
            shift_id: Id of the shift.
            shift_hour: Values to change, as for `create`.
            x_crm_org: The organisation's `zgid`, which `org.get()` returns.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/business_hours/shift_hours/{shift_id}",
        headers={"x_crm_org": "X-CRM-ORG"},
    )
    def delete_one(self, shift_id: str, *, x_crm_org: str | None = None) -> Outcome:
        """Delete one shift.

        Args:
            shift_id: Id of the shift.
            x_crm_org: The organisation's `zgid`, which `org.get()` returns.
        """
        ...
