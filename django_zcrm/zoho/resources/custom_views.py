"""Custom views: saved filters of a module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types import Filters, Values
from ..types.metadata import CustomView
from . import Resource

CustomViewDetail = Literal["$..criteria.field.field_label", "$..criteria.field.ui_type"]


class CustomViews(Resource, scope="ZohoCRM.settings.custom_views", key="custom_views"):
    """Custom view metadata (Zoho's manual: Custom Views Metadata)."""

    @operation("GET", "/crm/{version}/settings/custom_views")
    def list(
        self,
        module: str,
        *,
        filters: Filters | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[CustomView]:
        """List the custom views of a module.

        Args:
            module: API name of the module, such as `Leads`.
            filters: Condition, or group of conditions, on the custom views to return.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Custom views per page, 1 to 200; 200 by default.
        """
        ...

    @operation("GET", "/crm/{version}/settings/custom_views/{id}")
    def get(
        self,
        id: str,
        module: str,
        *,
        include_inner_details: Sequence[CustomViewDetail] | None = None,
    ) -> CustomView:
        """Return one custom view of a module, with its criteria.

        Args:
            id: Id of the custom view.
            module: API name of the module, such as `Leads`.
            include_inner_details: Keys of the fields in the criteria to return too, as paths.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/custom_views/actions/change_sort",
        body="custom_views",
        since="v6",
    )
    def change_sort(self, custom_views: Sequence[Values], module: str) -> BatchResult:
        """Change how records are sorted in custom views; return the outcome of each.

        Args:
            custom_views: Custom views to change, each with `id`, `sort_by` (a field by its `id`)
                and `sort_order`.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/custom_views/{id}/actions/change_sort",
        body="custom_view",
        in_list=True,
        since="v6",
    )
    def change_sort_one(self, id: str, custom_view: Values, module: str) -> Outcome:
        """Change how records are sorted in one custom view.

        Args:
            id: Id of the custom view.
            custom_view: `sort_by` (a field by its `id`) and `sort_order`.
            module: API name of the module, such as `Leads`.
        """
        ...
