"""Records: rows of Leads, Contacts, Deals and every other module."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from ..operations.operation import operation
from ..operations.results import Page, RecordDict
from ..types import SortBy, SortOrder
from ..types.records import DeletedRecord
from .record_actions import RecordActions
from .record_assignments import RecordAssignments
from .record_search import RecordSearch, YesNoBoth
from .record_writes import RecordWrites

DeletedType = Literal["all", "recycle", "permanent"]

_EXTERNAL = {"x_external": "X-EXTERNAL"}
_SINCE = {"if_modified_since": "If-Modified-Since"}
_PERIOD = {"start_date_time": "startDateTime", "end_date_time": "endDateTime"}


class Records(
    RecordSearch,
    RecordWrites,
    RecordAssignments,
    RecordActions,
    scope="ZohoCRM.modules.{module}",
    key="data",
):
    """Records of a module (Zoho's manual: Records).

    With `x_external="Leads.External_ID"`, a module and one of its external fields, ids are values
    of that field.
    """

    @operation(
        "GET",
        "/crm/{version}/{module}",
        fields="module",
        headers={**_SINCE, **_EXTERNAL},
        rename=_PERIOD,
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
    ) -> Page[RecordDict]:
        """List records; iteration fetches all pages, even past 2,000 records.

        The newest id comes first. The page is empty if nothing changed since `if_modified_since`.

        Args:
            module: API name of the module, such as `Leads`.
            fields: API names of the fields to return, at most 50. By default all that the metadata
                lists.
            ids: Return only the records with these ids.
            sort_by: Field to sort by: `id` (the default), `Created_Time` or `Modified_Time`; in v2,
                any field. Not together with `cvid`.
            sort_order: Direction of the sort: `asc` or `desc`.
            cvid: Id of a custom view; only its records are returned. Not together with `sort_by`.
            converted: Whether to include converted leads: `true`, `false` (the default) or `both`.
            approved: Whether to include approved records: `true` (the default), `false` (only those
                not approved) or `both`.
            territory_id: Id of a territory; only its records are returned.
            include_child: Whether to include the territories below `territory_id`.
            uid: Id of a user. Zoho does not document its effect.
            start_date_time: Start of the period to return. Needs a time zone.
            end_date_time: End of the period to return. Needs a time zone.
            per_page: Records per page, 1 to 200; 200 by default.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            page_token: Token of the only page to return: `next_page_token` from the `info` of a
                page. Not together with `page`. From v3.
            if_modified_since: Return only what was modified after this time. Needs a time zone.
            x_external: External field whose values the ids are, as `Module.Field_API_Name`.
        """
        ...

    @operation(
        "GET", "/crm/{version}/{module}/{id}", headers={**_SINCE, **_EXTERNAL}, rename=_PERIOD
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
    ) -> RecordDict:
        """Return one record with all its fields, subforms too.

        Raises NotFound, also when it has not changed since `if_modified_since`.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
            fields: API names of the fields to return. By default all.
            converted: Whether to include converted leads: `true`, `false` (the default) or `both`.
            approved: Whether to include approved records: `true` (the default), `false` (only those
                not approved) or `both`.
            cvid: Id of a custom view that the record is in.
            uid: Id of a user. Zoho does not document its effect.
            territory_id: Id of a territory; only its records are returned.
            include_child: Whether to include the territories below `territory_id`.
            start_date_time: Start of the period to return. Needs a time zone.
            end_date_time: End of the period to return. Needs a time zone.
            if_modified_since: Return only what was modified after this time. Needs a time zone.
            x_external: External field by which the path names the record, as
                `Module.Field_API_Name`; without it, by id.
        """
        ...

    @operation("GET", "/crm/{version}/{module}/deleted", headers=_SINCE)
    def deleted(
        self,
        module: str,
        *,
        type: DeletedType = "all",
        per_page: int | None = None,
        page: int | None = None,
        if_modified_since: datetime | None = None,
    ) -> Page[DeletedRecord]:
        """List deleted records: id, name, and when and by whom they were deleted.

        Zoho lists them for 120 days, and keeps them in the recycle bin for 60.

        Args:
            module: API name of the module, such as `Leads`.
            type: Kind of deletion: `recycle` (in the bin), `permanent`, or `all`.
            per_page: Records per page, 1 to 200; 200 by default.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            if_modified_since: Return only what was modified after this time. Needs a time zone.
        """
        ...
