"""Actions on records beyond reading and writing them: a part of `records`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ..operation import operation
from ..readers import batch, batch_or_one, item, one
from ..results import BatchResult, Outcome, Record
from ..types import ApiNamed
from ..types.jobs import MergeJob
from ..types.records import Id, RecordMerge, RecordTag, TerritoryAssignment
from . import Resource

Trigger = Literal["workflow", "approval", "blueprint", "pathfinder", "orchestration"]
FeatureExecution = dict[str, Any]
"""A feature to run or to skip: `{"name": "layout_rules"}`."""


class RecordActions(Resource):
    """Owners, tags, territories, copies, merging, cadences and scores of records."""

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/clone",
        key="data",
        body="record",
        in_list=True,
        beside=("trigger", "apply_feature_execution", "skip_feature_execution"),
        returns=one,
        since="v7",
        scopes=("ZohoCRM.modules.{module}.CREATE",),
    )
    def clone(
        self,
        module: str,
        id: str,
        record: Record | None = None,
        *,
        trigger: Sequence[Trigger] | None = None,
        apply_feature_execution: Sequence[FeatureExecution] | None = None,
        skip_feature_execution: Sequence[FeatureExecution] | None = None,
    ) -> Outcome:
        """Copy a record, with other values if `record` has any; the outcome has the new id."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/change_owner",
        key="data",
        beside=("ids", "owner", "notify", "related_modules"),
        each="ids",
        batch=500,
        returns=batch_or_one,
        adapt="by_id",
        since="v3",
        scopes=("ZohoCRM.change_owner.CREATE",),
    )
    def change_owner(
        self,
        module: str,
        ids: Sequence[str],
        owner: str | Id,
        *,
        notify: bool | None = None,
        related_modules: Sequence[ApiNamed] | None = None,
    ) -> BatchResult:
        """Change the owner of records, 500 per request, and of their `related_modules`."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/change_owner",
        key="data",
        beside=("owner", "notify", "related_modules"),
        returns=one,
        adapt="by_id",
        since="v3",
        scopes=("ZohoCRM.change_owner.CREATE",),
    )
    def change_owner_one(
        self,
        module: str,
        id: str,
        owner: str | Id,
        *,
        notify: bool | None = None,
        related_modules: Sequence[ApiNamed] | None = None,
    ) -> Outcome:
        """Change the owner of one record."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/add_tags",
        key="data",
        beside=("tags", "ids", "over_write"),
        each="ids",
        batch=500,
        returns=batch,
        adapt="tags",
        scopes=("ZohoCRM.settings.tags.CREATE", "ZohoCRM.modules.{module}.UPDATE"),
    )
    def add_tags(
        self,
        module: str,
        ids: Sequence[str],
        tags: Sequence[str | RecordTag],
        *,
        over_write: bool | None = None,
    ) -> BatchResult:
        """Tag records, 500 per request; `over_write` removes their other tags.

        Each outcome's `details["tags"]` are the tags that the record has now.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/actions/add_tags",
        key="data",
        beside=("tags", "over_write"),
        returns=one,
        adapt="tags",
        scopes=("ZohoCRM.settings.tags.CREATE", "ZohoCRM.modules.{module}.UPDATE"),
    )
    def add_tags_one(
        self,
        module: str,
        record_id: str,
        tags: Sequence[str | RecordTag],
        *,
        over_write: bool | None = None,
    ) -> Outcome:
        """Tag one record."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/remove_tags",
        key="data",
        beside=("tags", "ids"),
        each="ids",
        batch=500,
        returns=batch,
        adapt="tags",
        scopes=("ZohoCRM.settings.tags.CREATE", "ZohoCRM.modules.{module}.UPDATE"),
    )
    def remove_tags(
        self, module: str, ids: Sequence[str], tags: Sequence[str | RecordTag]
    ) -> BatchResult:
        """Remove tags from records, 500 per request."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/actions/remove_tags",
        key="data",
        beside=("tags",),
        returns=one,
        adapt="tags",
        scopes=("ZohoCRM.settings.tags.CREATE", "ZohoCRM.modules.{module}.UPDATE"),
    )
    def remove_tags_one(
        self, module: str, record_id: str, tags: Sequence[str | RecordTag]
    ) -> Outcome:
        """Remove tags from one record."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/assign_territories",
        key="data",
        body="records",
        batch=100,
        returns=batch,
        since="v2.1",
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def assign_territories(
        self, module: str, records: Sequence[TerritoryAssignment]
    ) -> BatchResult:
        """Assign records to territories, 100 per request; Zoho may do it later (SCHEDULED)."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/assign_territories",
        key="data",
        body="record",
        in_list=True,
        returns=one,
        since="v2.1",
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def assign_territories_one(self, module: str, id: str, record: TerritoryAssignment) -> Outcome:
        """Assign one record to the `Territories` named."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/remove_territories",
        key="data",
        body="records",
        batch=100,
        returns=batch,
        since="v2.1",
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def remove_territories(
        self, module: str, records: Sequence[TerritoryAssignment]
    ) -> BatchResult:
        """Remove records from territories, 100 per request."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/remove_territories",
        key="data",
        body="record",
        in_list=True,
        returns=one,
        since="v2.1",
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def remove_territories_one(self, module: str, id: str, record: TerritoryAssignment) -> Outcome:
        """Remove one record from the `Territories` named."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{master_record_id}/actions/merge",
        key="merge",
        body="merge",
        in_list=True,
        returns=one,
        since="v6",
        scopes=("ZohoCRM.modules.{module}.CREATE",),
    )
    def merge(self, module: str, master_record_id: str, merge: RecordMerge) -> Outcome:
        """Merge records into a master record, at once or by a job (`details["job_id"]`)."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{master_record_id}/actions/merge",
        key="merge",
        returns=item,
        since="v6",
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def merge_status(
        self, module: str, master_record_id: str, *, job_id: str | None = None
    ) -> MergeJob:
        """Return how far a merge has come. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/enrol_in_cadences",
        key="data",
        beside=("cadences_ids", "ids"),
        each="ids",
        batch=100,
        returns=batch,
        since="v7",
        scopes=("ZohoCRM.modules.{module}.CREATE",),
    )
    def enrol_in_cadences(
        self, module: str, ids: Sequence[str], cadences_ids: Sequence[str]
    ) -> BatchResult:
        """Enrol records, 100 per request, in at most 5 cadences."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/unenrol_from_cadences",
        key="data",
        beside=("cadences_ids", "ids"),
        each="ids",
        batch=100,
        returns=batch,
        since="v7",
        scopes=("ZohoCRM.modules.{module}.CREATE",),
    )
    def unenrol_from_cadences(
        self, module: str, ids: Sequence[str], cadences_ids: Sequence[str]
    ) -> BatchResult:
        """Remove records, 100 per request, from at most 5 cadences."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/actions/run_scoring_rules",
        key="scoring_rules",
        body="scoring_rules",
        beside=("layout",),
        returns=batch,
        adapt="by_id",
        since="v3",
        scopes=("ZohoCRM.settings.scoring_rules.UPDATE",),
    )
    def run_scoring_rules(
        self,
        module: str,
        scoring_rules: Sequence[Id] | None = None,
        *,
        layout: str | Id | None = None,
    ) -> BatchResult:
        """Recompute the scores of records by the rules named, or by all rules of a layout."""
        ...
