"""Custom views: saved filters of a module."""

from __future__ import annotations

from typing import Any

from ..operation import operation
from ..results import Page, item, page
from . import Resource


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
        self, module: str, *, page: int | None = None, per_page: int | None = None
    ) -> Page[dict[str, Any]]:
        """List the custom views of a module."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/custom_views/{id}",
        key="custom_views",
        returns=item,
        scopes=("ZohoCRM.settings.custom_views.READ",),
    )
    def get(self, id: str, module: str) -> dict[str, Any]:
        """Return one custom view of a module, with its criteria."""
        ...
