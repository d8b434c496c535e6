"""Copies, merging, cadences and scores of records: a part of `records`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, RecordDict
from ..types.jobs import MergeJob
from ..types.records import Id, RecordMerge
from . import Resource

Trigger = Literal["workflow", "approval", "blueprint", "pathfinder", "orchestration"]
FeatureExecution = dict[str, Any]
"""A feature to run or to skip: `{"name": "layout_rules"}`."""


class RecordActions(Resource, scope="ZohoCRM.modules.{module}", key="data", since="v7"):
    """Copies, merging, cadences and scores of records."""

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/clone",
        body="record",
        in_list=True,
        top_level=("trigger", "apply_feature_execution", "skip_feature_execution"),
    )
    def clone(
        self,
        module: str,
        id: str,
        record: RecordDict | None = None,
        *,
        trigger: Sequence[Trigger] | None = None,
        apply_feature_execution: Sequence[FeatureExecution] | None = None,
        skip_feature_execution: Sequence[FeatureExecution] | None = None,
    ) -> Outcome:
        """Copy a record, optionally with other values; the outcome contains the new id.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record to copy.
            record: API names and values that differ from the original.
            trigger: Automation to run, such as `workflow`. By default all, `[]` for none.
            apply_feature_execution: Features to run that do not run by default, such as
                `layout_rules`.
            skip_feature_execution: Features to skip, such as `cadences`.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{master_record_id}/actions/merge",
        key="merge",
        body="merge",
        in_list=True,
        since="v6",
    )
    def merge(self, module: str, master_record_id: str, merge: RecordMerge) -> Outcome:
        """Merge records into a master record, at once or by a job (`details["job_id"]`).

        Args:
            module: API name of the module, such as `Leads`.
            master_record_id: Id of the record that remains.
            merge: `data`: ids of at most 2 records to merge into it; `master_record_fields`:
                fields, at most 100, and the record from which each one comes.
        """
        ...

    @operation(
        "GET", "/crm/{version}/{module}/{master_record_id}/actions/merge", key="merge", since="v6"
    )
    def merge_status(
        self, module: str, master_record_id: str, *, job_id: str | None = None
    ) -> MergeJob:
        """Return the progress of a merge. Raises NotFound.

        Args:
            module: API name of the module, such as `Leads`.
            master_record_id: Id of the record that remains.
            job_id: Id of the job, from the outcome of `merge`.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/enrol_in_cadences",
        top_level=("cadences_ids", "ids"),
        each="ids",
        batch=100,
    )
    def enrol_in_cadences(
        self, module: str, ids: Sequence[str], cadences_ids: Sequence[str]
    ) -> BatchResult:
        """Enrol records in cadences; return the outcome of each.

        Args:
            module: API name of the module, such as `Leads`.
            ids: Ids of the records; any number, sent 100 per request.
            cadences_ids: Ids of the cadences, at most 5.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/unenrol_from_cadences",
        top_level=("cadences_ids", "ids"),
        each="ids",
        batch=100,
    )
    def unenrol_from_cadences(
        self, module: str, ids: Sequence[str], cadences_ids: Sequence[str]
    ) -> BatchResult:
        """Remove records from cadences; return the outcome of each.

        Args:
            module: API name of the module, such as `Leads`.
            ids: Ids of the records; any number, sent 100 per request.
            cadences_ids: Ids of the cadences, at most 5.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/actions/run_scoring_rules",
        key="scoring_rules",
        body="scoring_rules",
        top_level=("layout",),
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
        """Recompute the scores of records, by some rules or by all rules of a layout.

        Args:
            module: API name of the module, such as `Leads`.
            scoring_rules: Rules to run, each by its `id`. Either this or `layout`.
            layout: Id of a layout, or `{"id": ...}`; all its rules run.
        """
        ...
