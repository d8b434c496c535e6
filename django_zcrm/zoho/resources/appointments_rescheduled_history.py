"""Rescheduled appointments: from when to when, by whom and why."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, one, page
from ..results import BatchResult, Outcome, Page, Record
from ..types import SortOrder
from . import Resource

_FIELDS = (
    "id",
    "Name",
    "Appointment_Name",
    "Rescheduled_From",
    "Rescheduled_To",
    "Rescheduled_By",
    "Rescheduled_Time",
    "Reschedule_Reason",
    "Reschedule_Note",
)


class AppointmentsRescheduledHistory(Resource):
    """History of rescheduled appointments (Zoho's manual: Appointments Rescheduled History)."""

    @operation(
        "GET",
        "/crm/{version}/Appointments_Rescheduled_History__s",
        key="data",
        returns=page,
        fields=_FIELDS,
        since="v3",
        scopes=("ZohoCRM.modules.appointments.READ",),
    )
    def list(
        self,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        per_page: int | None = None,
        page: int | None = None,
    ) -> Page[Record]:
        """List entries; iterating goes through all pages."""
        ...

    @operation(
        "GET",
        "/crm/{version}/Appointments_Rescheduled_History__s/{id}",
        key="data",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.modules.appointments.READ",),
    )
    def get(self, id: str, *, fields: Sequence[str] | None = None) -> Record:
        """Return one entry. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/Appointments_Rescheduled_History__s",
        key="data",
        body="records",
        batch=100,
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.modules.appointments.CREATE",),
    )
    def create(self, records: Sequence[Record]) -> BatchResult:
        """Create entries, 100 per request."""
        ...

    @operation(
        "POST",
        "/crm/{version}/Appointments_Rescheduled_History__s",
        key="data",
        body="record",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.modules.appointments.CREATE",),
    )
    def create_one(self, record: Record) -> Outcome:
        """Create one entry."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/Appointments_Rescheduled_History__s",
        key="data",
        body="records",
        batch=100,
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.modules.appointments.UPDATE",),
    )
    def update(self, records: Sequence[Record]) -> BatchResult:
        """Update entries, each with its `id`, 100 per request."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/Appointments_Rescheduled_History__s/{id}",
        key="data",
        body="record",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.modules.appointments.UPDATE",),
    )
    def update_one(self, id: str, record: Record) -> Outcome:
        """Update one entry."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/Appointments_Rescheduled_History__s/{id}",
        key="data",
        returns=one,
        since="v3",
        scopes=("ZohoCRM.modules.appointments.DELETE",),
    )
    def delete_one(self, id: str) -> Outcome:
        """Delete one entry."""
        ...
