"""Business hours: when the organisation works."""

from __future__ import annotations

from ..operation import operation
from ..readers import item, one
from ..results import Outcome
from ..types import Values
from ..types.organisation import WorkingHours
from . import Resource


class BusinessHours(Resource):
    """Business hours (Zoho's manual: Business Hours). For shifts, see `shift_hours`."""

    @operation(
        "GET",
        "/crm/{version}/settings/business_hours",
        key="business_hours",
        headers={"x_crm_org": "X-CRM-ORG"},
        returns=item,
        since="v3",
        scopes=("ZohoCRM.settings.business_hours.READ",),
    )
    def get(self, *, x_crm_org: str | None = None) -> WorkingHours:
        """Return the business hours. Raises NotFound until there are any."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/business_hours",
        key="business_hours",
        body="business_hours",
        headers={"x_crm_org": "X-CRM-ORG"},
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.business_hours.CREATE",),
    )
    def create(self, business_hours: Values, *, x_crm_org: str | None = None) -> Outcome:
        """Set the business hours for the first time."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/business_hours",
        key="business_hours",
        body="business_hours",
        headers={"x_crm_org": "X-CRM-ORG"},
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.business_hours.UPDATE",),
    )
    def update(self, business_hours: Values, *, x_crm_org: str | None = None) -> Outcome:
        """Change the business hours."""
        ...
