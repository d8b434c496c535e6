"""Timelines: what happened to a record, and who did it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ..operation import operation
from ..readers import page
from ..results import Page
from ..types import SortOrder
from ..types.records import TimelineEvent
from . import Resource

InnerDetail = Literal[
    "field_history.data_type",
    "field_history.enable_colour_code",
    "field_history.field_label",
    "field_history.pick_list_values",
]


class Timelines(Resource):
    """Timelines (Zoho's manual: Timelines)."""

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/__timeline",
        key="__timeline",
        returns=page,
        since="v4",
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
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
        """List what happened to a record; iterating goes through all pages.

        `filters` is a condition, such as `{"field": {"api_name": "action"}, "comparator": "equal",
        "value": "updated"}`, or a group of them; Zoho's newer description spells it `filter`.
        """
        ...
