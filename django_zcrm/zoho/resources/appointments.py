"""Appointments: bookings of services."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page, RecordDict
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


class Appointments(Resource, scope="ZohoCRM.modules.appointments", key="data", since="v3"):
    """Appointments (Zoho's manual: Appointments)."""

    @operation("GET", "/crm/{version}/Appointments__s", fields=_FIELDS)
    def list(self, *, fields: Sequence[str] | None = None) -> Page[RecordDict]:
        """List appointments; iteration fetches all pages.

        Args:
            fields: API names of the fields to return, at most 50. By default the standard fields of
                an appointment.
        """
        ...

    @operation("GET", "/crm/{version}/Appointments__s/{appointment_id}")
    def get(self, appointment_id: str) -> RecordDict:
        """Return one appointment. Raises NotFound.

        Args:
            appointment_id: Id of the appointment.
        """
        ...

    @operation("POST", "/crm/{version}/Appointments__s", body="records", batch=100)
    def create(self, records: Sequence[RecordDict]) -> BatchResult:
        """Create appointments, 100 per request.

        Args:
            records: Appointments by API name of their fields; any number, sent 100 per request.
        """
        ...

    @operation("POST", "/crm/{version}/Appointments__s", body="record", in_list=True)
    def create_one(self, record: RecordDict) -> Outcome:
        """Create one appointment.

        Args:
            record: Values of the appointment by API name.
        """
        ...

    @operation("PUT", "/crm/{version}/Appointments__s", body="records", batch=100)
    def update(self, records: Sequence[RecordDict]) -> BatchResult:
        """Update appointments, each with its `id`, 100 per request.

        Args:
            records: Appointments to change, each with its `id` and the new values; any number, sent
                100 per request.
        """
        ...

    @operation(
        "PUT", "/crm/{version}/Appointments__s/{appointment_id}", body="record", in_list=True
    )
    def update_one(self, appointment_id: str, record: RecordDict) -> Outcome:
        """Update one appointment.

        Args:
            appointment_id: Id of the appointment.
            record: Values to change, by API name.
        """
        ...

    @operation("DELETE", "/crm/{version}/Appointments__s", each="ids", batch=100)
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete appointments, 100 per request.

        Args:
            ids: Ids of the appointments; any number, sent 100 per request.
        """
        ...

    @operation("DELETE", "/crm/{version}/Appointments__s/{appointment_id}")
    def delete_one(self, appointment_id: str) -> Outcome:
        """Delete one appointment.

        Args:
            appointment_id: Id of the appointment.
        """
        ...
