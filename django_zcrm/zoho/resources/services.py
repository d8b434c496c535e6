"""Services that can be booked."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..results import BatchResult, Outcome, Page, Record, batch, item, one, page
from . import Resource


class Services(Resource):
    """Services (Zoho's manual: Services)."""

    @operation(
        "GET",
        "/crm/{version}/Services__s",
        key="data",
        returns=page,
        scopes=("ZohoCRM.modules.services.READ",),
    )
    def list(self) -> Page[Record]:
        """List services; iterating goes through all pages."""
        ...

    @operation(
        "GET",
        "/crm/{version}/Services__s/{id}",
        key="data",
        returns=item,
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
        scopes=("ZohoCRM.modules.services.CREATE",),
    )
    def create(
        self, records: Sequence[Record], *, skip_mandatory: bool | None = None
    ) -> BatchResult:
        """Create services, 100 a request."""
        ...

    @operation(
        "POST",
        "/crm/{version}/Services__s",
        key="data",
        body="record",
        in_list=True,
        beside=("skip_mandatory",),
        returns=one,
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
        scopes=("ZohoCRM.modules.services.UPDATE",),
    )
    def update(
        self, records: Sequence[Record], *, affected_data: bool | None = None
    ) -> BatchResult:
        """Update services, each with its `id`, 100 a request."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/Services__s/{id}",
        key="data",
        body="record",
        in_list=True,
        returns=one,
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
        scopes=("ZohoCRM.modules.services.DELETE",),
    )
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete services, 100 a request."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/Services__s/{id}",
        key="data",
        returns=one,
        scopes=("ZohoCRM.modules.services.DELETE",),
    )
    def delete_one(self, id: str) -> Outcome:
        """Delete one service."""
        ...
