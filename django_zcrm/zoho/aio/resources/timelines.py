"""Timelines: what happened to a record, and who did it.

Written by tools/write_resources.py from zoho/resources/timelines.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ...resources.timelines import InnerDetail
from ...types import SortOrder
from ...types.records import TimelineEvent
from ..results import AsyncPage


class Timelines:
    """Timelines (Zoho's manual: Timelines)."""

    async def list(
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
    ) -> AsyncPage[TimelineEvent]:
        """List what happened to a record; iterating goes through all pages.

        `filters` is a condition, such as `{"field": {"api_name": "action"}, "comparator": "equal",
        "value": "updated"}`, or a group of them; Zoho's newer description spells it `filter`.
        """
        ...
