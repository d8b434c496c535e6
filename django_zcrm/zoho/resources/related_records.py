"""Related records: records linked to a record, such as the contacts of a campaign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page, RecordDict
from ..types import SortBy, SortOrder
from ..types.records import RelatedCount, RelatedCountQuery
from . import Resource
from .record_search import YesNoBoth

_EXTERNAL = {"x_external": "X-EXTERNAL"}


class RelatedRecords(Resource, scope="ZohoCRM.modules.{module}", key="data"):
    """Related records (Zoho's manual: Related Records).

    `related_list` is the API name of a related list, as `related_lists.list(module)` has it.
    """

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/{related_list}",
        fields="related_list",
        headers={"if_modified_since": "If-Modified-Since", **_EXTERNAL},
    )
    def list(
        self,
        module: str,
        record_id: str,
        related_list: str,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        sort_by: SortBy | str | None = None,
        sort_order: SortOrder | None = None,
        converted: YesNoBoth | None = None,
        per_page: int | None = None,
        page: int | None = None,
        page_token: str | None = None,
        if_modified_since: datetime | None = None,
        x_external: str | None = None,
    ) -> Page[RecordDict]:
        """List related records; iteration fetches all pages.

        The default `fields` come from the module that has the name of the related list. Pass
        `fields` if no module has this name.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            related_list: API name of the related list (see `related_lists.list`).
            fields: API names of the fields to return, at most 50. By default all that the metadata
                lists.
            ids: Return only the related records with these ids.
            sort_by: Field to sort by: `id` (the default), `Created_Time` or `Modified_Time`; in v2,
                any field.
            sort_order: Direction of the sort: `asc` or `desc`.
            converted: Whether to include converted leads: `true`, `false` (the default) or `both`.
            per_page: Related records per page, 1 to 200; 200 by default.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            page_token: Token of the only page to return: `next_page_token` from the `info` of a
                page. Not together with `page`. From v3.
            if_modified_since: Return only what was modified after this time. Needs a time zone.
            x_external: External field by which the path names the record, as
                `Module.Field_API_Name`; without it, by id.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/{related_list}/{related_record_id}",
        fields="related_list",
        headers={"if_modified_since": "If-Modified-Since", **_EXTERNAL},
    )
    def get(
        self,
        module: str,
        record_id: str,
        related_list: str,
        related_record_id: str,
        *,
        fields: Sequence[str] | None = None,
        if_modified_since: datetime | None = None,
        x_external: str | None = None,
    ) -> RecordDict:
        """Return one related record. Raises NotFound.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            related_list: API name of the related list (see `related_lists.list`).
            related_record_id: Id of the related record.
            fields: API names of the fields to return, at most 50. By default all that the metadata
                lists.
            if_modified_since: Return only what was modified after this time. Needs a time zone.
            x_external: External field by which the path names the record, as
                `Module.Field_API_Name`; without it, by id.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record_id}/{related_list}",
        body="records",
        batch=100,
        headers=_EXTERNAL,
    )
    def update(
        self,
        module: str,
        record_id: str,
        related_list: str,
        records: Sequence[RecordDict],
        *,
        x_external: str | None = None,
    ) -> BatchResult:
        """Relate records, or change how they are related; return the outcome of each.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            related_list: API name of the related list (see `related_lists.list`).
            records: Records to relate, each with its `id` and fields of the relation. Any number,
                sent 100 per request.
            x_external: External field whose values the ids are, as `Module.Field_API_Name`.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record_id}/{related_list}/{related_record_id}",
        body="record",
        in_list=True,
        headers=_EXTERNAL,
    )
    def update_one(
        self,
        module: str,
        record_id: str,
        related_list: str,
        related_record_id: str,
        record: RecordDict,
        *,
        x_external: str | None = None,
    ) -> Outcome:
        """Relate one record, or change how it is related.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            related_list: API name of the related list (see `related_lists.list`).
            related_record_id: Id of the related record.
            record: Fields of the relation, such as `Member_Status` in a campaign.
            x_external: External field by which the path names the record, as
                `Module.Field_API_Name`; without it, by id.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{record_id}/{related_list}",
        each="ids",
        batch=100,
        headers=_EXTERNAL,
    )
    def delete(
        self,
        module: str,
        record_id: str,
        related_list: str,
        ids: Sequence[str],
        *,
        x_external: str | None = None,
    ) -> BatchResult:
        """Unlink records from a record; the records themselves stay.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            related_list: API name of the related list (see `related_lists.list`).
            ids: Ids of the related records; any number, sent 100 per request.
            x_external: External field whose values the ids are, as `Module.Field_API_Name`.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{record_id}/{related_list}/{related_record_id}",
        headers=_EXTERNAL,
    )
    def delete_one(
        self,
        module: str,
        record_id: str,
        related_list: str,
        related_record_id: str,
        *,
        x_external: str | None = None,
    ) -> Outcome:
        """Unlink one record from another; the record itself stays.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            related_list: API name of the related list (see `related_lists.list`).
            related_record_id: Id of the related record.
            x_external: External field by which the path names the record, as
                `Module.Field_API_Name`; without it, by id.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/deleted/{record_id}/{related_list}",
        fields="related_list",
        since="v6",
    )
    def of_deleted(
        self,
        module: str,
        record_id: str,
        related_list: str,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        per_page: int | None = None,
        page: int | None = None,
    ) -> Page[RecordDict]:
        """List the related records of a record in the recycle bin.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the deleted record.
            related_list: API name of the related list (see `related_lists.list`).
            fields: API names of the fields to return, at most 50. By default all that the metadata
                lists.
            ids: Return only the related records with these ids.
            per_page: Related records per page, 1 to 200; 200 by default.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/actions/get_related_records_count",
        key="get_related_records_count",
        body="related_lists",
        safe=True,
        since="v8",
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def count(
        self, module: str, record_id: str, related_lists: Sequence[RelatedCountQuery]
    ) -> Sequence[RelatedCount]:
        """Count the related records of a record.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            related_lists: Related lists to count, at most 20, each as `related_list` (`{"api_name":
                ...}`) and optionally `params` that filter its records.
        """
        ...
