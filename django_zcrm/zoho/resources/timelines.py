"""Timelines: the history of a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ..operations.operation import operation
from ..operations.results import Page
from ..types import SortOrder
from ..types.records import TimelineEvent
from . import Resource

InnerDetail = Literal[
    "field_history.data_type",
    "field_history.enable_colour_code",
    "field_history.field_label",
    "field_history.pick_list_values",
]


class Timelines(Resource, scope="ZohoCRM.modules.{module}", key="__timeline", since="v4"):
    """Timelines (Zoho's manual: Timelines)."""

    @operation("GET", "/crm/{version}/{module}/{record_id}/__timeline")
    def list(
        self,
        module: str,
        record_id: str,
        *,
        filters: Mapping[str, Any] | None = None,
        filter: Mapping[str, Any] | None = None,
        include: Sequence[Literal["extension", "type"]] | None = None,
        include_inner_details: Sequence[InnerDetail] | None = None,
        include_timeline_type: Sequence[str] | None = None,
        sort_by: Literal["audited_time"] | None = None,
        sort_order: SortOrder | None = None,
        per_page: int | None = None,
        page: int | None = None,
        page_token: str | None = None,
    ) -> Page[TimelineEvent]:
        """List the history of a record; iteration fetches all pages.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            filters: Condition, or group of conditions, such as `{"field": {"api_name": "action"},
                "comparator": "equal", "value": "updated"}`.
            filter: The same condition under the name in Zoho's newer description.
            include: Extra keys of each entry to return.
            include_inner_details: Keys of nested objects to return too, as dotted paths.
            include_timeline_type: Only entries of these kinds.
            sort_by: Field to sort by; Zoho documents only the time of the entry.
            sort_order: Direction of the sort: `asc` or `desc`.
            per_page: Entries per page, 1 to 200; 200 by default.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            page_token: Token of the only page to return: `next_page_token` from the `info` of a
                page. Not together with `page`.
        """
        ...
