"""Mass actions on many records, by ids or by a custom view, in the background."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, one
from ..results import BatchResult, Outcome, Record
from ..types import Filters
from ..types.jobs import MassActionStatus, TerritoryFilter
from ..types.records import Id
from . import Resource


class MassActions(Resource):
    """Mass update, delete and change of owner (Zoho's manual: Mass Update, Mass Delete ...).

    With `ids`, at most 500, the action runs at once, with an outcome for each record. With `cvid`,
    a custom view of at most 50,000 records, it is scheduled: the only outcome's `details["job_id"]`
    is what the methods named `..._status` take. For conversions, see `leads` and `inventory`.
    """

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/mass_update",
        key="data",
        body="record",
        in_list=True,
        beside=("ids", "cvid", "territory", "over_write", "criteria"),
        returns=batch,
        adapt="by_id",
        scopes=("ZohoCRM.mass_update.{module}.UPDATE",),
    )
    def update(
        self,
        module: str,
        record: Record,
        *,
        ids: Sequence[str] | None = None,
        cvid: str | None = None,
        territory: str | TerritoryFilter | None = None,
        over_write: bool | None = None,
        criteria: Filters | None = None,
    ) -> BatchResult:
        """Write one field's value, in `record`, to many records; deals take up to three fields."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/actions/mass_update",
        key="data",
        returns=item,
        scopes=("ZohoCRM.mass_update.{module}.READ",),
    )
    def update_status(self, module: str, job_id: str) -> MassActionStatus:
        """Return how far an update has come. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/mass_delete",
        key="data",
        beside=("ids", "cvid", "territory"),
        returns=batch,
        adapt="by_id",
        since="v3",
        scopes=("ZohoCRM.mass_delete.{module}.DELETE",),
    )
    def delete(
        self,
        module: str,
        *,
        ids: Sequence[str] | None = None,
        cvid: str | None = None,
        territory: str | TerritoryFilter | None = None,
    ) -> BatchResult:
        """Delete many records."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/actions/mass_delete",
        key="data",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.mass_delete.{module}.READ",),
    )
    def delete_status(self, module: str, job_id: str) -> MassActionStatus:
        """Return how far a deletion has come. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/mass_change_owner",
        key="data",
        beside=("cvid", "owner", "territory", "criteria"),
        returns=one,
        adapt="by_id",
        since="v3",
        scopes=("ZohoCRM.change_owner.CREATE",),
    )
    def change_owner(
        self,
        module: str,
        cvid: str,
        owner: str | Id,
        *,
        territory: str | TerritoryFilter | None = None,
        criteria: Filters | None = None,
    ) -> Outcome:
        """Change the owner of the records of a custom view. For ids, see `records.change_owner`."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/actions/mass_change_owner",
        key="data",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.change_owner.READ",),
    )
    def change_owner_status(self, module: str, job_id: str) -> MassActionStatus:
        """Return how far a change of owner has come; kept 60 days. Raises NotFound."""
        ...
