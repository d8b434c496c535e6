"""Custom views: saved filters of a module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operation import operation
from ..readers import batch, item, one, page
from ..results import BatchResult, Outcome, Page
from ..types import Filters, Values
from ..types.metadata import CustomView
from . import Resource

CustomViewDetail = Literal["$..criteria.field.field_label", "$..criteria.field.ui_type"]


class CustomViews(Resource):
    """Custom view metadata (Zoho's manual: Custom Views Metadata)."""

    @operation(
        "GET",
        "/crm/{version}/settings/custom_views",
        key="custom_views",
        returns=page,
        scopes=("ZohoCRM.settings.custom_views.READ",),
    )
    def list(
        self,
        module: str,
        *,
        filters: Filters | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[CustomView]:
        """List the custom views of a module."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/custom_views/{id}",
        key="custom_views",
        returns=item,
        scopes=("ZohoCRM.settings.custom_views.READ",),
    )
    def get(
        self,
        id: str,
        module: str,
        *,
        include_inner_details: Sequence[CustomViewDetail] | None = None,
    ) -> CustomView:
        """Return one custom view of a module, with its criteria."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/custom_views/actions/change_sort",
        key="custom_views",
        body="custom_views",
        returns=batch,
        since="v6",
        scopes=("ZohoCRM.settings.custom_views.UPDATE",),
    )
    def change_sort(self, custom_views: Sequence[Values], module: str) -> BatchResult:
        """Sort custom views, each with `id`, `sort_by`, `sort_order`; return their outcomes."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/custom_views/{id}/actions/change_sort",
        key="custom_views",
        body="custom_view",
        in_list=True,
        returns=one,
        since="v6",
        scopes=("ZohoCRM.settings.custom_views.UPDATE",),
    )
    def change_sort_one(self, id: str, custom_view: Values, module: str) -> Outcome:
        """Sort one custom view: `sort_by` and `sort_order`."""
        ...
