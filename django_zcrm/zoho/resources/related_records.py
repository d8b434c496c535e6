"""Related records: records linked to a record, such as the contacts of a campaign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..operation import operation
from ..readers import batch, item, items, one, page
from ..results import BatchResult, Outcome, Page, Record
from ..types import SortBy, SortOrder
from ..types.records import RelatedCount, RelatedCountQuery
from . import Resource
from .record_search import YesNoBoth

_EXTERNAL = {"x_external": "X-EXTERNAL"}


class RelatedRecords(Resource):
    """Related records (Zoho's manual: Related Records).

    `related_list` is the API name of a related list, as `related_lists.list(module)` has it.
    """

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/{related_list}",
        key="data",
        returns=page,
        fields="related_list",
        headers={"if_modified_since": "If-Modified-Since", **_EXTERNAL},
        scopes=("ZohoCRM.modules.{module}.READ",),
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
    ) -> Page[Record]:
        """List related records; iterating goes through all pages.

        If left out, `fields` come from the metadata of the module that the related list is named
        after; give them where the names differ.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/{related_list}/{related_record_id}",
        key="data",
        returns=item,
        fields="related_list",
        headers={"if_modified_since": "If-Modified-Since", **_EXTERNAL},
        scopes=("ZohoCRM.modules.{module}.READ",),
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
    ) -> Record:
        """Return one related record. Raises NotFound."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record_id}/{related_list}",
        key="data",
        body="records",
        batch=100,
        returns=batch,
        headers=_EXTERNAL,
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def update(
        self,
        module: str,
        record_id: str,
        related_list: str,
        records: Sequence[Record],
        *,
        x_external: str | None = None,
    ) -> BatchResult:
        """Relate records, each with its `id`, or change how they are related, 100 per request."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record_id}/{related_list}/{related_record_id}",
        key="data",
        body="record",
        in_list=True,
        returns=one,
        headers=_EXTERNAL,
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def update_one(
        self,
        module: str,
        record_id: str,
        related_list: str,
        related_record_id: str,
        record: Record,
        *,
        x_external: str | None = None,
    ) -> Outcome:
        """Relate one record, or change how it is related."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{record_id}/{related_list}",
        key="data",
        each="ids",
        batch=100,
        returns=batch,
        headers=_EXTERNAL,
        scopes=("ZohoCRM.modules.{module}.DELETE",),
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
        """Unlink records from this one, 100 per request; the records themselves stay."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{record_id}/{related_list}/{related_record_id}",
        key="data",
        returns=one,
        headers=_EXTERNAL,
        scopes=("ZohoCRM.modules.{module}.DELETE",),
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
        """Unlink one record from this one; the record itself stays."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/deleted/{record_id}/{related_list}",
        key="data",
        returns=page,
        fields="related_list",
        since="v6",
        scopes=("ZohoCRM.modules.{module}.READ",),
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
    ) -> Page[Record]:
        """List the related records of a record in the recycle bin."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/actions/get_related_records_count",
        key="get_related_records_count",
        body="related_lists",
        returns=items,
        safe=True,
        since="v8",
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def count(
        self, module: str, record_id: str, related_lists: Sequence[RelatedCountQuery]
    ) -> Sequence[RelatedCount]:
        """Count the related records of a record, for at most 20 related lists."""
        ...
