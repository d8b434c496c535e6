"""Services that can be booked."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page, RecordDict
from . import Resource

# Zoho's description of this list has no parameters, but lists of records require `fields`.
_FIELDS = (
    "id",
    "Service_Name",
    "Status",
    "Duration",
    "Price",
    "Location",
    "Availability_Type",
    "Available_Days",
    "Available_Dates",
    "Available_From",
    "Available_Till",
    "Members",
    "Owner",
    "Description",
    "Created_Time",
    "Modified_Time",
)


class Services(Resource, scope="ZohoCRM.modules.services", key="data", since="v3"):
    """Services (Zoho's manual: Services)."""

    @operation("GET", "/crm/{version}/Services__s", fields=_FIELDS)
    def list(self, *, fields: Sequence[str] | None = None) -> Page[RecordDict]:
        """List services; iteration fetches all pages.

        Args:
            fields: API names of the fields to return, at most 50. By default all that Zoho
                documents.
        """
        ...

    @operation("GET", "/crm/{version}/Services__s/{id}")
    def get(self, id: str) -> RecordDict:
        """Return one service. Raises NotFound.

        Args:
            id: Id of the service.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/Services__s",
        body="records",
        top_level=("skip_mandatory",),
        batch=100,
    )
    def create(
        self, records: Sequence[RecordDict], *, skip_mandatory: bool | None = None
    ) -> BatchResult:
        """Create services; return the outcome of each.

        Args:
            records: Services by API name of their fields. Each needs `Service_Name` (at most 120
                characters), `Duration`, `Price`, `Location`, `Members` and `Availability_Type`. Any
                number, sent 100 per request.
            skip_mandatory: Whether to accept records without the mandatory values.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/Services__s",
        body="record",
        in_list=True,
        top_level=("skip_mandatory",),
    )
    def create_one(self, record: RecordDict, *, skip_mandatory: bool | None = None) -> Outcome:
        """Create one service.

        Args:
            record: Values of the service by API name; needs the same fields as `create`.
            skip_mandatory: Whether to accept records without the mandatory values.
        """
        ...

    @operation("PUT", "/crm/{version}/Services__s", body="records", batch=100)
    def update(
        self, records: Sequence[RecordDict], *, affected_data: bool | None = None
    ) -> BatchResult:
        """Update services; return the outcome of each.

        Args:
            records: Services to change, each with its `id` and the new values. Any number, sent 100
                per request.
            affected_data: Flag of Zoho's newer description, which does not explain its effect.
        """
        ...

    @operation("PUT", "/crm/{version}/Services__s/{id}", body="record", in_list=True)
    def update_one(
        self, id: str, record: RecordDict, *, affected_data: bool | None = None
    ) -> Outcome:
        """Update one service.

        Args:
            id: Id of the service.
            record: Values to change, by API name.
            affected_data: Flag of Zoho's newer description, which does not explain its effect.
        """
        ...

    @operation("DELETE", "/crm/{version}/Services__s", each="ids", batch=100)
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete services; return the outcome of each.

        Args:
            ids: Ids of the services; any number, sent 100 per request.
        """
        ...

    @operation("DELETE", "/crm/{version}/Services__s/{id}")
    def delete_one(self, id: str) -> Outcome:
        """Delete one service.

        Args:
            id: Id of the service.
        """
        ...
