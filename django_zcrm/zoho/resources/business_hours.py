"""Business hours: when the organisation works."""

from __future__ import annotations

from ..operations.operation import operation
from ..operations.results import Outcome
from ..types import Values
from ..types.organisation import WorkingHours
from . import Resource


class BusinessHours(
    Resource, scope="ZohoCRM.settings.business_hours", key="business_hours", since="v3"
):
    """Business hours (Zoho's manual: Business Hours). For shifts, see `shift_hours`."""

    @operation("GET", "/crm/{version}/settings/business_hours", headers={"x_crm_org": "X-CRM-ORG"})
    def get(self, *, x_crm_org: str | None = None) -> WorkingHours:
        """Return the business hours. Raises NotFound until there are any.

        Args:
            x_crm_org: The organisation's `zgid`, which `org.get()` returns.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/business_hours",
        body="business_hours",
        headers={"x_crm_org": "X-CRM-ORG"},
    )
    def create(self, business_hours: Values, *, x_crm_org: str | None = None) -> Outcome:
        """Set the business hours for the first time.

        Args:
            business_hours: Values by Zoho's key; needs `week_starts_on` and `type`, for `custom`
                also `business_days` and the times.
            x_crm_org: The organisation's `zgid`, which `org.get()` returns.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/business_hours",
        body="business_hours",
        headers={"x_crm_org": "X-CRM-ORG"},
    )
    def update(self, business_hours: Values, *, x_crm_org: str | None = None) -> Outcome:
        """Change the business hours.

        Args:
            business_hours: Values to change, by Zoho's key.
            x_crm_org: The organisation's `zgid`, which `org.get()` returns.
        """
        ...
