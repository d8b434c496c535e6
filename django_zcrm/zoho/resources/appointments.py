"""Appointments: bookings of services."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, one, page
from ..results import BatchResult, Outcome, Page, Record
from . import Resource

# Zoho's description of this list has no parameters, but like any list of records it requires
# `fields`.
_FIELDS = (
    "id",
    "Appointment_Name",
    "Service_Name",
    "Appointment_For",
    "Appointment_Start_Time",
    "Appointment_End_Time",
    "Duration",
    "Status",
    "Location",
    "Address",
    "Owner",
    "Additional_Information",
    "Reschedule_Count",
    "Cancelled_Time",
    "Cancellation_Reason",
    "Created_Time",
    "Modified_Time",
)


class Appointments(Resource):
    """Appointments (Zoho's manual: Appointments)."""

    @operation(
        "GET",
        "/crm/{version}/Appointments__s",
        key="data",
        returns=page,
        fields=_FIELDS,
        since="v3",
        scopes=("ZohoCRM.modules.appointments.READ",),
    )
    def list(self, *, fields: Sequence[str] | None = None) -> Page[Record]:
        """List appointments; iterating goes through all pages."""
        ...

    @operation(
        "GET",
        "/crm/{version}/Appointments__s/{appointment_id}",
        key="data",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.modules.appointments.READ",),
    )
    def get(self, appointment_id: str) -> Record:
        """Return one appointment. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/Appointments__s",
        key="data",
        body="records",
        batch=100,
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.modules.appointments.CREATE",),
    )
    def create(self, records: Sequence[Record]) -> BatchResult:
        """Create appointments, 100 per request."""
        ...

    @operation(
        "POST",
        "/crm/{version}/Appointments__s",
        key="data",
        body="record",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.modules.appointments.CREATE",),
    )
    def create_one(self, record: Record) -> Outcome:
        """Create one appointment."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/Appointments__s",
        key="data",
        body="records",
        batch=100,
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.modules.appointments.UPDATE",),
    )
    def update(self, records: Sequence[Record]) -> BatchResult:
        """Update appointments, each with its `id`, 100 per request."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/Appointments__s/{appointment_id}",
        key="data",
        body="record",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.modules.appointments.UPDATE",),
    )
    def update_one(self, appointment_id: str, record: Record) -> Outcome:
        """Update one appointment."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/Appointments__s",
        key="data",
        each="ids",
        batch=100,
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.modules.appointments.DELETE",),
    )
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete appointments, 100 per request."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/Appointments__s/{appointment_id}",
        key="data",
        returns=one,
        since="v3",
        scopes=("ZohoCRM.modules.appointments.DELETE",),
    )
    def delete_one(self, appointment_id: str) -> Outcome:
        """Delete one appointment."""
        ...
