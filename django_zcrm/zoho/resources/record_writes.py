"""Creating, updating and deleting records: a part of `records`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, RecordDict
from . import Resource
from .record_actions import FeatureExecution, Trigger

_WRITE = (
    "trigger",
    "process",
    "duplicate_check_fields",
    "wf_trigger",
    "lar_id",
    "apply_feature_execution",
    "skip_feature_execution",
)
_EXTERNAL = {"x_external": "X-EXTERNAL"}
_UNLESS = {"if_unmodified_since": "If-Unmodified-Since"}


class RecordWrites(Resource, scope="ZohoCRM.modules.{module}", key="data"):
    """Creating, updating and deleting records."""

    @operation(
        "POST",
        "/crm/{version}/{module}",
        body="records",
        top_level=_WRITE,
        batch=100,
        headers=_EXTERNAL,
    )
    def create(
        self,
        module: str,
        records: Sequence[RecordDict],
        *,
        trigger: Sequence[Trigger] | None = None,
        process: Sequence[str] | None = None,
        duplicate_check_fields: Sequence[str] | None = None,
        wf_trigger: bool | None = None,
        lar_id: str | None = None,
        apply_feature_execution: Sequence[FeatureExecution] | None = None,
        skip_feature_execution: Sequence[FeatureExecution] | None = None,
        x_external: str | None = None,
    ) -> BatchResult:
        """Create records; return the outcome of each, in order.

        Args:
            module: API name of the module, such as `Leads`.
            records: Records by API name of their fields, with the module's mandatory fields. Any
                number, sent 100 per request.
            trigger: Automation to run, such as `workflow`. By default all, `[]` for none.
            process: Processes to run, such as `review_process`.
            duplicate_check_fields: API names of the fields that identify an existing record, in the
                order in which Zoho tries them.
            wf_trigger: Whether to run workflow rules; true by default.
            lar_id: Id of the assignment rule to run (see `assignment_rules.list`).
            apply_feature_execution: Features to run that do not run by default, such as
                `layout_rules`.
            skip_feature_execution: Features to skip, such as `cadences`.
            x_external: External field whose values the ids are, as `Module.Field_API_Name`.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}",
        body="record",
        in_list=True,
        top_level=_WRITE,
        headers=_EXTERNAL,
    )
    def create_one(
        self,
        module: str,
        record: RecordDict,
        *,
        trigger: Sequence[Trigger] | None = None,
        process: Sequence[str] | None = None,
        duplicate_check_fields: Sequence[str] | None = None,
        wf_trigger: bool | None = None,
        lar_id: str | None = None,
        apply_feature_execution: Sequence[FeatureExecution] | None = None,
        skip_feature_execution: Sequence[FeatureExecution] | None = None,
        x_external: str | None = None,
    ) -> Outcome:
        """Create one record; the outcome has its `.id`. Raises Invalid if Zoho refuses it.

        Args:
            module: API name of the module, such as `Leads`.
            record: Values of the record by API name, with the module's mandatory fields.
            trigger: Automation to run, such as `workflow`. By default all, `[]` for none.
            process: Processes to run, such as `review_process`.
            duplicate_check_fields: API names of the fields that identify an existing record, in the
                order in which Zoho tries them.
            wf_trigger: Whether to run workflow rules; true by default.
            lar_id: Id of the assignment rule to run (see `assignment_rules.list`).
            apply_feature_execution: Features to run that do not run by default, such as
                `layout_rules`.
            skip_feature_execution: Features to skip, such as `cadences`.
            x_external: External field whose values the ids are, as `Module.Field_API_Name`.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}",
        body="records",
        top_level=_WRITE,
        batch=100,
        headers={**_UNLESS, **_EXTERNAL},
    )
    def update(
        self,
        module: str,
        records: Sequence[RecordDict],
        *,
        trigger: Sequence[Trigger] | None = None,
        process: Sequence[str] | None = None,
        duplicate_check_fields: Sequence[str] | None = None,
        wf_trigger: bool | None = None,
        lar_id: str | None = None,
        apply_feature_execution: Sequence[FeatureExecution] | None = None,
        skip_feature_execution: Sequence[FeatureExecution] | None = None,
        if_unmodified_since: datetime | None = None,
        x_external: str | None = None,
    ) -> BatchResult:
        """Update records; return the outcome of each, in order.

        Args:
            module: API name of the module, such as `Leads`.
            records: Records to change, each with its `id` and the new values. Any number, sent 100
                per request.
            trigger: Automation to run, such as `workflow`. By default all, `[]` for none.
            process: Processes to run, such as `review_process`.
            duplicate_check_fields: API names of the fields that identify an existing record, in the
                order in which Zoho tries them.
            wf_trigger: Whether to run workflow rules; true by default.
            lar_id: Id of the assignment rule to run (see `assignment_rules.list`).
            apply_feature_execution: Features to run that do not run by default, such as
                `layout_rules`.
            skip_feature_execution: Features to skip, such as `cadences`.
            if_unmodified_since: Refuse the update if the record changed after this time; documented
                from v7 on. Needs a time zone.
            x_external: External field whose values the ids are, as `Module.Field_API_Name`.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{id}",
        body="record",
        in_list=True,
        top_level=_WRITE,
        headers={**_UNLESS, **_EXTERNAL},
    )
    def update_one(
        self,
        module: str,
        id: str,
        record: RecordDict,
        *,
        trigger: Sequence[Trigger] | None = None,
        process: Sequence[str] | None = None,
        duplicate_check_fields: Sequence[str] | None = None,
        wf_trigger: bool | None = None,
        lar_id: str | None = None,
        apply_feature_execution: Sequence[FeatureExecution] | None = None,
        skip_feature_execution: Sequence[FeatureExecution] | None = None,
        if_unmodified_since: datetime | None = None,
        x_external: str | None = None,
    ) -> Outcome:
        """Update one record. Raises Invalid if Zoho refuses.

        This includes a record that changed after `if_unmodified_since` (status 412).

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
            record: Values to change, by API name.
            trigger: Automation to run, such as `workflow`. By default all, `[]` for none.
            process: Processes to run, such as `review_process`.
            duplicate_check_fields: API names of the fields that identify an existing record, in the
                order in which Zoho tries them.
            wf_trigger: Whether to run workflow rules; true by default.
            lar_id: Id of the assignment rule to run (see `assignment_rules.list`).
            apply_feature_execution: Features to run that do not run by default, such as
                `layout_rules`.
            skip_feature_execution: Features to skip, such as `cadences`.
            if_unmodified_since: Refuse the update if the record changed after this time; documented
                from v7 on. Needs a time zone.
            x_external: External field by which the path names the record, as
                `Module.Field_API_Name`; without it, by id.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/upsert",
        body="records",
        top_level=_WRITE,
        batch=100,
        headers=_EXTERNAL,
        scopes=("ZohoCRM.modules.{module}.CREATE", "ZohoCRM.modules.{module}.UPDATE"),
    )
    def upsert(
        self,
        module: str,
        records: Sequence[RecordDict],
        *,
        duplicate_check_fields: Sequence[str] | None = None,
        trigger: Sequence[Trigger] | None = None,
        process: Sequence[str] | None = None,
        wf_trigger: bool | None = None,
        lar_id: str | None = None,
        apply_feature_execution: Sequence[FeatureExecution] | None = None,
        skip_feature_execution: Sequence[FeatureExecution] | None = None,
        x_external: str | None = None,
    ) -> BatchResult:
        """Update the records that exist and create the rest; return all outcomes in order.

        The `action` of an outcome is `insert` or `update`.

        Args:
            module: API name of the module, such as `Leads`.
            records: Records by API name of their fields. Any number, sent 100 per request.
            duplicate_check_fields: API names of the fields that identify an existing record, in the
                order in which Zoho tries them.
            trigger: Automation to run, such as `workflow`. By default all, `[]` for none.
            process: Processes to run, such as `review_process`.
            wf_trigger: Whether to run workflow rules; true by default.
            lar_id: Id of the assignment rule to run (see `assignment_rules.list`).
            apply_feature_execution: Features to run that do not run by default, such as
                `layout_rules`.
            skip_feature_execution: Features to skip, such as `cadences`.
            x_external: External field whose values the ids are, as `Module.Field_API_Name`.
        """
        ...

    @operation("DELETE", "/crm/{version}/{module}", each="ids", batch=100, headers=_EXTERNAL)
    def delete(
        self,
        module: str,
        ids: Sequence[str],
        *,
        wf_trigger: bool | None = None,
        x_external: str | None = None,
    ) -> BatchResult:
        """Move records to the recycle bin; return the outcome of each.

        Args:
            module: API name of the module, such as `Leads`.
            ids: Ids of the records; any number, sent 100 per request.
            wf_trigger: Whether to run workflow rules; true by default.
            x_external: External field whose values the ids are, as `Module.Field_API_Name`.
        """
        ...

    @operation("DELETE", "/crm/{version}/{module}/{id}", headers=_EXTERNAL)
    def delete_one(
        self,
        module: str,
        id: str,
        *,
        wf_trigger: bool | None = None,
        x_external: str | None = None,
    ) -> Outcome:
        """Move one record to the recycle bin. Raises Invalid if there is none.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
            wf_trigger: Whether to run workflow rules; true by default.
            x_external: External field by which the path names the record, as
                `Module.Field_API_Name`; without it, by id.
        """
        ...
