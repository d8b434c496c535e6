"""Records: rows of Leads, Contacts, Deals and every other module."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from ..operation import operation
from ..results import BatchResult, Outcome, Page, Record, batch, item, one, page, value
from . import Resource

YesNoBoth = Literal["true", "false", "both"]
SortOrder = Literal["asc", "desc"]
Trigger = Literal["workflow", "approval", "blueprint", "pathfinder", "orchestration"]
DeletedType = Literal["all", "recycle", "permanent"]

_WRITE = (
    "trigger",
    "process",
    "duplicate_check_fields",
    "wf_trigger",
    "lar_id",
    "apply_feature_execution",
    "skip_feature_execution",
)


class Records(Resource):
    """Records of a module (Zoho's manual: Records)."""

    @operation(
        "GET",
        "/crm/{version}/{module}",
        key="data",
        returns=page,
        fields="module",
        headers={"if_modified_since": "If-Modified-Since"},
        rename={"start_date_time": "startDateTime", "end_date_time": "endDateTime"},
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def list(
        self,
        module: str,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        cvid: str | None = None,
        converted: YesNoBoth | None = None,
        approved: YesNoBoth | None = None,
        territory_id: str | None = None,
        include_child: bool | None = None,
        uid: str | None = None,
        start_date_time: datetime | None = None,
        end_date_time: datetime | None = None,
        per_page: int | None = None,
        page: int | None = None,
        page_token: str | None = None,
        if_modified_since: datetime | None = None,
    ) -> Page[Record]:
        """List records, newest id first; iterating goes through all pages, past 2,000 too.

        `fields` are at most 50 API names; left out, they come from the module's metadata.
        `per_page` is at most 200. Nothing newer than `if_modified_since` is an empty page.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{id}",
        key="data",
        returns=item,
        rename={"start_date_time": "startDateTime", "end_date_time": "endDateTime"},
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def get(
        self,
        module: str,
        id: str,
        *,
        fields: Sequence[str] | None = None,
        converted: YesNoBoth | None = None,
        approved: YesNoBoth | None = None,
        cvid: str | None = None,
        uid: str | None = None,
        territory_id: str | None = None,
        include_child: bool | None = None,
        start_date_time: datetime | None = None,
        end_date_time: datetime | None = None,
    ) -> Record:
        """Return one record with all its fields, subforms too. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}",
        key="data",
        body="records",
        beside=_WRITE,
        batch=100,
        returns=batch,
        scopes=("ZohoCRM.modules.{module}.CREATE",),
    )
    def create(
        self,
        module: str,
        records: Sequence[Record],
        *,
        trigger: Sequence[Trigger] | None = None,
        process: Sequence[str] | None = None,
        duplicate_check_fields: Sequence[str] | None = None,
        wf_trigger: bool | None = None,
        lar_id: str | None = None,
        apply_feature_execution: Sequence[dict[str, str]] | None = None,
        skip_feature_execution: Sequence[dict[str, str]] | None = None,
    ) -> BatchResult:
        """Create records, 100 a request, and return the outcome of each in order.

        `trigger=[]` runs no automation; left out, all of it runs.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}",
        key="data",
        body="record",
        in_list=True,
        beside=("trigger", "lar_id"),
        returns=one,
        scopes=("ZohoCRM.modules.{module}.CREATE",),
    )
    def create_one(
        self,
        module: str,
        record: Record,
        *,
        trigger: Sequence[Trigger] | None = None,
        lar_id: str | None = None,
    ) -> Outcome:
        """Create one record and return its outcome, with `.id`. Raises Invalid when refused."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}",
        key="data",
        body="records",
        beside=_WRITE,
        batch=100,
        returns=batch,
        headers={"if_unmodified_since": "If-Unmodified-Since"},
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def update(
        self,
        module: str,
        records: Sequence[Record],
        *,
        trigger: Sequence[Trigger] | None = None,
        process: Sequence[str] | None = None,
        duplicate_check_fields: Sequence[str] | None = None,
        wf_trigger: bool | None = None,
        lar_id: str | None = None,
        apply_feature_execution: Sequence[dict[str, str]] | None = None,
        skip_feature_execution: Sequence[dict[str, str]] | None = None,
        if_unmodified_since: datetime | None = None,
    ) -> BatchResult:
        """Update records, each with its `id`, 100 a request; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{id}",
        key="data",
        body="record",
        in_list=True,
        beside=_WRITE,
        returns=one,
        headers={"if_unmodified_since": "If-Unmodified-Since"},
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def update_one(
        self,
        module: str,
        id: str,
        record: Record,
        *,
        trigger: Sequence[Trigger] | None = None,
        process: Sequence[str] | None = None,
        duplicate_check_fields: Sequence[str] | None = None,
        wf_trigger: bool | None = None,
        lar_id: str | None = None,
        apply_feature_execution: Sequence[dict[str, str]] | None = None,
        skip_feature_execution: Sequence[dict[str, str]] | None = None,
        if_unmodified_since: datetime | None = None,
    ) -> Outcome:
        """Update one record. Raises Invalid when refused, also when it changed meanwhile (412)."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/upsert",
        key="data",
        body="records",
        beside=_WRITE[:5],
        batch=100,
        returns=batch,
        scopes=("ZohoCRM.modules.{module}.CREATE", "ZohoCRM.modules.{module}.UPDATE"),
    )
    def upsert(
        self,
        module: str,
        records: Sequence[Record],
        *,
        duplicate_check_fields: Sequence[str] | None = None,
        trigger: Sequence[Trigger] | None = None,
        process: Sequence[str] | None = None,
        wf_trigger: bool | None = None,
        lar_id: str | None = None,
    ) -> BatchResult:
        """Update what matches by `duplicate_check_fields`, in their order, and create the rest.

        Left out, the module's own unique fields match. Each outcome's `action` says which it was.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}",
        key="data",
        each="ids",
        batch=100,
        returns=batch,
        scopes=("ZohoCRM.modules.{module}.DELETE",),
    )
    def delete(
        self, module: str, ids: Sequence[str], *, wf_trigger: bool | None = None
    ) -> BatchResult:
        """Move records to the recycle bin, 100 a request; return the outcome of each."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{id}",
        key="data",
        returns=one,
        scopes=("ZohoCRM.modules.{module}.DELETE",),
    )
    def delete_one(self, module: str, id: str, *, wf_trigger: bool | None = None) -> Outcome:
        """Move one record to the recycle bin. Raises Invalid when there is none."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/deleted",
        key="data",
        returns=page,
        headers={"if_modified_since": "If-Modified-Since"},
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def deleted(
        self,
        module: str,
        *,
        type: DeletedType = "all",
        per_page: int | None = None,
        page: int | None = None,
        if_modified_since: datetime | None = None,
    ) -> Page[Record]:
        """List deleted records: id, name, when and by whom. Kept 60 days in the bin, 120 in all."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/search",
        key="data",
        returns=page,
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoSearch.securesearch.READ"),
    )
    def search(
        self,
        module: str,
        *,
        criteria: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        word: str | None = None,
        fields: Sequence[str] | None = None,
        converted: YesNoBoth | None = None,
        approved: YesNoBoth | None = None,
        approval_state: str | None = None,
        cvid: str | None = None,
        type: str | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        per_page: int = 200,
        page: int | None = None,
    ) -> Page[Record]:
        """Search by one of `criteria`, `email`, `phone`, `word`; 2,000 records can be reached.

        Zoho's `equals` on text finds what contains it too, and the index lags behind writes.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/actions/count",
        key="count",
        returns=value,
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def count(
        self,
        module: str,
        *,
        cvid: str | None = None,
        criteria: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        word: str | None = None,
        converted: YesNoBoth | None = None,
        approved: YesNoBoth | None = None,
        type: str | None = None,
    ) -> int:
        """Count records, all of them or those that match; some minutes late."""
        ...
