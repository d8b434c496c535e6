"""Custom views: saved filters of a module.

Written by tools/write_resources.py from zoho/resources/custom_views.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...resources.custom_views import CustomViewDetail
from ...results import BatchResult, Outcome
from ...types import Filters, Values
from ...types.metadata import CustomView
from ..results import AsyncPage


class CustomViews:
    """Custom view metadata (Zoho's manual: Custom Views Metadata)."""

    async def list(
        self,
        module: str,
        *,
        filters: Filters | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[CustomView]:
        """List the custom views of a module."""
        ...

    async def get(
        self,
        id: str,
        module: str,
        *,
        include_inner_details: Sequence[CustomViewDetail] | None = None,
    ) -> CustomView:
        """Return one custom view of a module, with its criteria."""
        ...

    async def change_sort(self, custom_views: Sequence[Values], module: str) -> BatchResult:
        """Sort custom views, each with `id`, `sort_by`, `sort_order`; return their outcomes."""
        ...

    async def change_sort_one(self, id: str, custom_view: Values, module: str) -> Outcome:
        """Sort one custom view: `sort_by` and `sort_order`."""
        ...
