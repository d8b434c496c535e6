"""Mass actions on many records, by ids or by a custom view, in the background."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, RecordDict
from ..types import Filters
from ..types.jobs import MassActionStatus, TerritoryFilter
from ..types.records import Id
from . import Resource


class MassActions(Resource, scope="ZohoCRM.change_owner", key="data", since="v3"):
    """Mass update, delete and change of owner (Zoho's manual: Mass Update, Mass Delete ...).

    With `ids`, Zoho runs the action at once and returns an outcome for each record. With `cvid`,
    Zoho schedules the action. The only outcome then contains `details["job_id"]`, which you pass to
    the method `..._status`. For conversions, see `leads` and `inventory`.
    """

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/mass_update",
        body="record",
        in_list=True,
        top_level=("ids", "cvid", "territory", "over_write", "criteria"),
        adapt="by_id",
        scopes=("ZohoCRM.mass_update.{module}.UPDATE",),
        since="v2",
    )
    def update(
        self,
        module: str,
        record: RecordDict,
        *,
        ids: Sequence[str] | None = None,
        cvid: str | None = None,
        territory: str | TerritoryFilter | None = None,
        over_write: bool | None = None,
        criteria: Filters | None = None,
    ) -> BatchResult:
        """Write the value of one field to many records; for deals, up to three fields.

        Args:
            module: API name of the module, such as `Leads`.
            record: API name and new value of the field; three fields at most for deals.
            ids: Ids of the records, at most 500. Either this or `cvid`.
            cvid: Id of a custom view of at most 50,000 records. Either this or `ids`.
            territory: Id of the territory.
            over_write: Whether to replace existing values. By default, values are added.
            criteria: Condition that narrows the custom view further. Only with `cvid`.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/actions/mass_update",
        scopes=("ZohoCRM.mass_update.{module}.READ",),
        since="v2",
    )
    def update_status(self, module: str, job_id: str) -> MassActionStatus:
        """Return the progress of an update. Raises NotFound.

        Args:
            module: API name of the module, such as `Leads`.
            job_id: Id of the job.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/mass_delete",
        top_level=("ids", "cvid", "territory"),
        adapt="by_id",
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
        """Delete many records.

        Args:
            module: API name of the module, such as `Leads`.
            ids: Ids of the records, at most 500. Either this or `cvid`.
            cvid: Id of a custom view of at most 50,000 records. Either this or `ids`.
            territory: Id of the territory.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/actions/mass_delete",
        scopes=("ZohoCRM.mass_delete.{module}.READ",),
    )
    def delete_status(self, module: str, job_id: str) -> MassActionStatus:
        """Return the progress of a deletion. Raises NotFound.

        Args:
            module: API name of the module, such as `Leads`.
            job_id: Id of the job.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/mass_change_owner",
        top_level=("cvid", "owner", "territory", "criteria"),
        adapt="by_id",
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
        """Change the owner of the records of a custom view. By ids, use `records.change_owner`.

        Args:
            module: API name of the module, such as `Leads`.
            cvid: Id of a custom view of at most 50,000 records.
            owner: Id of the new owner, or `{"id": ...}`.
            territory: Id of the territory.
            criteria: Condition that narrows the custom view further.
        """
        ...

    @operation("GET", "/crm/{version}/{module}/actions/mass_change_owner")
    def change_owner_status(self, module: str, job_id: str) -> MassActionStatus:
        """Return the progress of a change of owner, which Zoho keeps for 60 days. Raises NotFound.

        Args:
            module: API name of the module, such as `Leads`.
            job_id: Id of the job.
        """
        ...
