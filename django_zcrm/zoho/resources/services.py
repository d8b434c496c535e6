"""Services that can be booked."""

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


class Services(Resource):
    """Services (Zoho's manual: Services)."""

    @operation(
        "GET",
        "/crm/{version}/Services__s",
        key="data",
        returns=page,
        fields=_FIELDS,
        since="v3",
        scopes=("ZohoCRM.modules.services.READ",),
    )
    def list(self, *, fields: Sequence[str] | None = None) -> Page[Record]:
        """List services; iterating goes through all pages."""
        ...

    @operation(
        "GET",
        "/crm/{version}/Services__s/{id}",
        key="data",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.modules.services.READ",),
    )
    def get(self, id: str) -> Record:
        """Return one service. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/Services__s",
        key="data",
        body="records",
        beside=("skip_mandatory",),
        batch=100,
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.modules.services.CREATE",),
    )
    def create(
        self, records: Sequence[Record], *, skip_mandatory: bool | None = None
    ) -> BatchResult:
        """Create services, 100 per request."""
        ...

    @operation(
        "POST",
        "/crm/{version}/Services__s",
        key="data",
        body="record",
        in_list=True,
        beside=("skip_mandatory",),
        returns=one,
        since="v3",
        scopes=("ZohoCRM.modules.services.CREATE",),
    )
    def create_one(self, record: Record, *, skip_mandatory: bool | None = None) -> Outcome:
        """Create one service."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/Services__s",
        key="data",
        body="records",
        batch=100,
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.modules.services.UPDATE",),
    )
    def update(
        self, records: Sequence[Record], *, affected_data: bool | None = None
    ) -> BatchResult:
        """Update services, each with its `id`, 100 per request."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/Services__s/{id}",
        key="data",
        body="record",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.modules.services.UPDATE",),
    )
    def update_one(self, id: str, record: Record, *, affected_data: bool | None = None) -> Outcome:
        """Update one service."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/Services__s",
        key="data",
        each="ids",
        batch=100,
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.modules.services.DELETE",),
    )
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete services, 100 per request."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/Services__s/{id}",
        key="data",
        returns=one,
        since="v3",
        scopes=("ZohoCRM.modules.services.DELETE",),
    )
    def delete_one(self, id: str) -> Outcome:
        """Delete one service."""
        ...
