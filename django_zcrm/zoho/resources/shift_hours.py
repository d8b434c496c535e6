"""Shift hours: who works when."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, items, one
from ..results import BatchResult, Outcome
from ..types import Values
from ..types.organisation import ShiftHour
from . import Resource


class ShiftHours(Resource):
    """Shifts (Zoho's manual: Shift Hours)."""

    @operation(
        "GET",
        "/crm/{version}/settings/business_hours/shift_hours",
        key="shift_hours",
        headers={"x_crm_org": "X-CRM-ORG"},
        returns=items,
        since="v3",
        scopes=("ZohoCRM.settings.business_hours.READ",),
    )
    def list(self, *, x_crm_org: str | None = None) -> Sequence[ShiftHour]:
        """Return all shifts."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/business_hours/shift_hours/{shift_id}",
        key="shift_hours",
        headers={"x_crm_org": "X-CRM-ORG"},
        returns=item,
        since="v3",
        scopes=("ZohoCRM.settings.business_hours.READ",),
    )
    def get(self, shift_id: str, *, x_crm_org: str | None = None) -> ShiftHour:
        """Return one shift with its users, breaks and holidays. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/business_hours/shift_hours",
        key="shift_hours",
        body="shift_hours",
        headers={"x_crm_org": "X-CRM-ORG"},
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.settings.business_hours.CREATE",),
    )
    def create(self, shift_hours: Sequence[Values], *, x_crm_org: str | None = None) -> BatchResult:
        """Create shifts; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/business_hours/shift_hours",
        key="shift_hours",
        body="shift_hours",
        headers={"x_crm_org": "X-CRM-ORG"},
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.settings.business_hours.UPDATE",),
    )
    def update(self, shift_hours: Sequence[Values], *, x_crm_org: str | None = None) -> BatchResult:
        """Change shifts, each with its `id`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/business_hours/shift_hours/{shift_id}",
        key="shift_hours",
        body="shift_hour",
        in_list=True,
        headers={"x_crm_org": "X-CRM-ORG"},
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.business_hours.CREATE",),
    )
    def update_one(
        self, shift_id: str, shift_hour: Values, *, x_crm_org: str | None = None
    ) -> Outcome:
        """Change one shift."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/business_hours/shift_hours/{shift_id}",
        key="shift_hours",
        headers={"x_crm_org": "X-CRM-ORG"},
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.business_hours.DELETE",),
    )
    def delete_one(self, shift_id: str, *, x_crm_org: str | None = None) -> Outcome:
        """Delete one shift."""
        ...
