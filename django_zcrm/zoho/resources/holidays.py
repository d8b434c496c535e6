"""Holidays: days off for all, or for a shift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.organisation import Holiday
from . import Resource

HolidayType = Literal["business_holiday", "shift_holiday"]


class Holidays(Resource, scope="ZohoCRM.settings.business_hours", key="holidays", since="v3"):
    """Holidays (Zoho's manual: Holidays)."""

    @operation("GET", "/crm/{version}/settings/holidays", headers={"x_crm_org": "X-CRM-ORG"})
    def list(
        self,
        *,
        year: int | None = None,
        type: HolidayType | None = None,
        shift_id: str | None = None,
        x_crm_org: str | None = None,
    ) -> Sequence[Holiday]:
        """Return the holidays of a year, of the organisation or of a shift.

        Args:
            year: Year of the holidays, 2000 to 2100.
            type: `business_holiday` for holidays of the organisation, `shift_holiday` for those of
                a shift.
            shift_id: Id of the shift whose holidays to return.
            x_crm_org: The organisation's `zgid`, which `org.get()` returns.
        """
        ...

    @operation(
        "GET", "/crm/{version}/settings/holidays/{holiday_id}", headers={"x_crm_org": "X-CRM-ORG"}
    )
    def get(self, holiday_id: str, *, x_crm_org: str | None = None) -> Holiday:
        """Return one holiday. Raises NotFound.

        Args:
            holiday_id: Id of the holiday.
            x_crm_org: The organisation's `zgid`, which `org.get()` returns.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/holidays",
        body="holidays",
        headers={"x_crm_org": "X-CRM-ORG"},
    )
    def create(self, holidays: Sequence[Values], *, x_crm_org: str | None = None) -> BatchResult:
        """Create holidays; return the outcome of each.

        Args:
            holidays: Holidays to create, at most 100, each with `name` (at most 80 characters),
                `date` and `type`; those of a shift also with `shift_hour`.
            x_crm_org: The organisation's `zgid`, which `org.get()` returns.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/holidays",
        body="holidays",
        headers={"x_crm_org": "X-CRM-ORG"},
    )
    def update(self, holidays: Sequence[Values], *, x_crm_org: str | None = None) -> BatchResult:
        """Change holidays, each with its `id`; return the outcome of each.

        Args:
            holidays: Holidays to change, each with its `id` and the new values; at most 100.
            x_crm_org: The organisation's `zgid`, which `org.get()` returns.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/holidays/{holiday_id}",
        body="holiday",
        in_list=True,
        headers={"x_crm_org": "X-CRM-ORG"},
    )
    def update_one(
        self, holiday_id: str, holiday: Values, *, x_crm_org: str | None = None
    ) -> Outcome:
        """Change one holiday.

        Args:
            holiday_id: Id of the holiday.
            holiday: Values to change, by Zoho's key: `name`, `date`.
            x_crm_org: The organisation's `zgid`, which `org.get()` returns.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/holidays/{holiday_id}",
        headers={"x_crm_org": "X-CRM-ORG"},
    )
    def delete_one(self, holiday_id: str, *, x_crm_org: str | None = None) -> Outcome:
        """Delete one holiday.

        Args:
            holiday_id: Id of the holiday.
            x_crm_org: The organisation's `zgid`, which `org.get()` returns.
        """
        ...
