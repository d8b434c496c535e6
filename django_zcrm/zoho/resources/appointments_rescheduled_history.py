"""Rescheduled appointments: the old and the new time, the user and the reason."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page, RecordDict
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


class AppointmentsRescheduledHistory(
    Resource, scope="ZohoCRM.modules.appointments", key="data", since="v3"
):
    """History of rescheduled appointments (Zoho's manual: Appointments Rescheduled History)."""

    @operation("GET", "/crm/{version}/Appointments_Rescheduled_History__s", fields=_FIELDS)
    def list(
        self,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        per_page: int | None = None,
        page: int | None = None,
    ) -> Page[RecordDict]:
        """List entries; iteration fetches all pages.

        Args:
            fields: API names of the fields to return, at most 50. By default the standard fields of
                an entry.
            ids: Return only the entries with these ids.
            sort_by: API name of the field to sort by.
            sort_order: Direction of the sort: `asc` or `desc`.
            per_page: Entries per page, 1 to 200; 200 by default.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
        """
        ...

    @operation("GET", "/crm/{version}/Appointments_Rescheduled_History__s/{id}")
    def get(self, id: str, *, fields: Sequence[str] | None = None) -> RecordDict:
        """Return one entry. Raises NotFound.

        Args:
            id: Id of the entry.
            fields: API names of the fields to return, at most 50. By default the standard fields of
                an entry.
        """
        ...

    @operation(
        "POST", "/crm/{version}/Appointments_Rescheduled_History__s", body="records", batch=100
    )
    def create(self, records: Sequence[RecordDict]) -> BatchResult:
        """Create entries, 100 per request.

        Args:
            records: Entries by API name of their fields; any number, sent 100 per request.
        """
        ...

    @operation(
        "POST", "/crm/{version}/Appointments_Rescheduled_History__s", body="record", in_list=True
    )
    def create_one(self, record: RecordDict) -> Outcome:
        """Create one entry.

        Args:
            record: Values of the entry by API name.
        """
        ...

    @operation(
        "PUT", "/crm/{version}/Appointments_Rescheduled_History__s", body="records", batch=100
    )
    def update(self, records: Sequence[RecordDict]) -> BatchResult:
        """Update entries, each with its `id`, 100 per request.

        Args:
            records: Entries to change, each with its `id` and the new values; any number, sent 100
                per request.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/Appointments_Rescheduled_History__s/{id}",
        body="record",
        in_list=True,
    )
    def update_one(self, id: str, record: RecordDict) -> Outcome:
        """Update one entry.

        Args:
            id: Id of the entry.
            record: Values to change, by API name.
        """
        ...

    @operation("DELETE", "/crm/{version}/Appointments_Rescheduled_History__s/{id}")
    def delete_one(self, id: str) -> Outcome:
        """Delete one entry.

        Args:
            id: Id of the entry.
        """
        ...
