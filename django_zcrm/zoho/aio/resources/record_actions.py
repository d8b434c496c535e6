"""Actions on records beyond reading and writing them: a part of `records`.

Written by tools/write_resources.py from zoho/resources/record_actions.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...resources.record_actions import FeatureExecution, Trigger
from ...results import BatchResult, Outcome, Record
from ...types import ApiNamed
from ...types.jobs import MergeJob
from ...types.records import Id, RecordMerge, RecordTag, TerritoryAssignment


class RecordActions:
    """Owners, tags, territories, copies, merging, cadences and scores of records."""

    async def clone(
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

    async def change_owner(
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

    async def change_owner_one(
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

    async def add_tags(
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

    async def add_tags_one(
        self,
        module: str,
        record_id: str,
        tags: Sequence[str | RecordTag],
        *,
        over_write: bool | None = None,
    ) -> Outcome:
        """Tag one record."""
        ...

    async def remove_tags(
        self, module: str, ids: Sequence[str], tags: Sequence[str | RecordTag]
    ) -> BatchResult:
        """Remove tags from records, 500 per request."""
        ...

    async def remove_tags_one(
        self, module: str, record_id: str, tags: Sequence[str | RecordTag]
    ) -> Outcome:
        """Remove tags from one record."""
        ...

    async def assign_territories(
        self, module: str, records: Sequence[TerritoryAssignment]
    ) -> BatchResult:
        """Assign records to territories, 100 per request; Zoho may do it later (SCHEDULED)."""
        ...

    async def assign_territories_one(
        self, module: str, id: str, record: TerritoryAssignment
    ) -> Outcome:
        """Assign one record to the `Territories` named."""
        ...

    async def remove_territories(
        self, module: str, records: Sequence[TerritoryAssignment]
    ) -> BatchResult:
        """Remove records from territories, 100 per request."""
        ...

    async def remove_territories_one(
        self, module: str, id: str, record: TerritoryAssignment
    ) -> Outcome:
        """Remove one record from the `Territories` named."""
        ...

    async def merge(self, module: str, master_record_id: str, merge: RecordMerge) -> Outcome:
        """Merge records into a master record, at once or by a job (`details["job_id"]`)."""
        ...

    async def merge_status(
        self, module: str, master_record_id: str, *, job_id: str | None = None
    ) -> MergeJob:
        """Return how far a merge has come. Raises NotFound."""
        ...

    async def enrol_in_cadences(
        self, module: str, ids: Sequence[str], cadences_ids: Sequence[str]
    ) -> BatchResult:
        """Enrol records, 100 per request, in at most 5 cadences."""
        ...

    async def unenrol_from_cadences(
        self, module: str, ids: Sequence[str], cadences_ids: Sequence[str]
    ) -> BatchResult:
        """Remove records, 100 per request, from at most 5 cadences."""
        ...

    async def run_scoring_rules(
        self,
        module: str,
        scoring_rules: Sequence[Id] | None = None,
        *,
        layout: str | Id | None = None,
    ) -> BatchResult:
        """Recompute the scores of records by the rules named, or by all rules of a layout."""
        ...
