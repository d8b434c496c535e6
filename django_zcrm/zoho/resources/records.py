"""Records: rows of Leads, Contacts, Deals and every other module."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from ..operation import operation
from ..readers import batch, item, one, page
from ..results import BatchResult, Outcome, Page, Record
from ..types import SortBy, SortOrder
from ..types.records import DeletedRecord
from .record_actions import FeatureExecution, RecordActions, Trigger
from .record_search import RecordSearch, YesNoBoth

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
_EXTERNAL = {"x_external": "X-EXTERNAL"}
_SINCE = {"if_modified_since": "If-Modified-Since"}
_UNLESS = {"if_unmodified_since": "If-Unmodified-Since"}
_PERIOD = {"start_date_time": "startDateTime", "end_date_time": "endDateTime"}


class Records(RecordSearch, RecordActions):
    """Records of a module (Zoho's manual: Records).

    With `x_external="Leads.External_ID"`, a module and one of its external fields, ids are values
    of that field.
    """

    @operation(
        "GET",
        "/crm/{version}/{module}",
        key="data",
        returns=page,
        fields="module",
        headers={**_SINCE, **_EXTERNAL},
        rename=_PERIOD,
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def list(
        self,
        module: str,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        sort_by: SortBy | str | None = None,
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
        x_external: str | None = None,
    ) -> Page[Record]:
        """List records, newest id first; iterating goes through all pages, even past 2,000 records.

        `fields` are at most 50 API names; if left out, they come from the module's metadata.
        `per_page` is at most 200. If nothing is newer than `if_modified_since`, the page is empty.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{id}",
        key="data",
        returns=item,
        headers={**_SINCE, **_EXTERNAL},
        rename=_PERIOD,
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
        if_modified_since: datetime | None = None,
        x_external: str | None = None,
    ) -> Record:
        """Return one record with all its fields, subforms too.

        Raises NotFound, also when it has not changed since `if_modified_since`.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}",
        key="data",
        body="records",
        beside=_WRITE,
        batch=100,
        returns=batch,
        headers=_EXTERNAL,
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
        apply_feature_execution: Sequence[FeatureExecution] | None = None,
        skip_feature_execution: Sequence[FeatureExecution] | None = None,
        x_external: str | None = None,
    ) -> BatchResult:
        """Create records, 100 per request, and return the outcome of each in order.

        `trigger=[]` runs no automation; by default all of it runs.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}",
        key="data",
        body="record",
        in_list=True,
        beside=_WRITE,
        returns=one,
        headers=_EXTERNAL,
        scopes=("ZohoCRM.modules.{module}.CREATE",),
    )
    def create_one(
        self,
        module: str,
        record: Record,
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
        headers={**_UNLESS, **_EXTERNAL},
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
        apply_feature_execution: Sequence[FeatureExecution] | None = None,
        skip_feature_execution: Sequence[FeatureExecution] | None = None,
        if_unmodified_since: datetime | None = None,
        x_external: str | None = None,
    ) -> BatchResult:
        """Update records, each with its `id`, 100 per request; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{id}",
        key="data",
        body="record",
        in_list=True,
        beside=_WRITE,
        returns=one,
        headers={**_UNLESS, **_EXTERNAL},
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
        apply_feature_execution: Sequence[FeatureExecution] | None = None,
        skip_feature_execution: Sequence[FeatureExecution] | None = None,
        if_unmodified_since: datetime | None = None,
        x_external: str | None = None,
    ) -> Outcome:
        """Update one record. Raises Invalid when refused, also when it changed meanwhile (412)."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/upsert",
        key="data",
        body="records",
        beside=_WRITE,
        batch=100,
        returns=batch,
        headers=_EXTERNAL,
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
        apply_feature_execution: Sequence[FeatureExecution] | None = None,
        skip_feature_execution: Sequence[FeatureExecution] | None = None,
        x_external: str | None = None,
    ) -> BatchResult:
        """Update what matches by `duplicate_check_fields`, in their order, and create the rest.

        By default, the module's own unique fields are matched. Each outcome's `action` says which
        it was.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}",
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
        ids: Sequence[str],
        *,
        wf_trigger: bool | None = None,
        x_external: str | None = None,
    ) -> BatchResult:
        """Move records to the recycle bin, 100 per request; return the outcome of each."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{id}",
        key="data",
        returns=one,
        headers=_EXTERNAL,
        scopes=("ZohoCRM.modules.{module}.DELETE",),
    )
    def delete_one(
        self,
        module: str,
        id: str,
        *,
        wf_trigger: bool | None = None,
        x_external: str | None = None,
    ) -> Outcome:
        """Move one record to the recycle bin. Raises Invalid when there is none."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/deleted",
        key="data",
        returns=page,
        headers=_SINCE,
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
    ) -> Page[DeletedRecord]:
        """List deleted records: id, name, when and by whom. Kept 60 days in the bin, 120 in all."""
        ...
