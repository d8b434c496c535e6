"""Layouts: how a module's fields are arranged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operation import operation
from ..readers import batch, item, items, one
from ..results import BatchResult, Outcome
from ..types import Values
from ..types.metadata import Layout
from . import Resource

LayoutMode = Literal["all", "business_card", "quick_create"]
LayoutInclude = Literal["total_profiles", "portal_user_types"]


class Layouts(Resource):
    """Layout metadata (Zoho's manual: Layouts Metadata)."""

    @operation(
        "GET",
        "/crm/{version}/settings/layouts",
        key="layouts",
        returns=items,
        scopes=("ZohoCRM.settings.layouts.READ",),
    )
    def list(
        self,
        module: str,
        *,
        mode: LayoutMode | None = None,
        include: Sequence[LayoutInclude] | None = None,
        include_inner_details: Sequence[str] | None = None,
    ) -> Sequence[Layout]:
        """Return the layouts of a module."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/layouts/{id}",
        key="layouts",
        returns=item,
        scopes=("ZohoCRM.settings.layouts.READ",),
    )
    def get(
        self,
        id: str,
        module: str,
        *,
        mode: LayoutMode | None = None,
        include: Sequence[LayoutInclude] | None = None,
        include_inner_details: Sequence[str] | None = None,
    ) -> Layout:
        """Return one layout of a module."""
        ...

    @operation(
        "PATCH",
        "/crm/{version}/settings/layouts",
        key="layouts",
        body="layouts",
        returns=batch,
        scopes=("ZohoCRM.settings.layouts.UPDATE",),
    )
    def update(self, layouts: Sequence[Values], module: str) -> BatchResult:
        """Change layouts, each with its `id`; return the outcome of each."""
        ...

    @operation(
        "PATCH",
        "/crm/{version}/settings/layouts/{id}",
        key="layouts",
        body="layout",
        in_list=True,
        returns=one,
        since="v7",
        scopes=("ZohoCRM.settings.layouts.UPDATE",),
    )
    def update_one(self, id: str, layout: Values, module: str) -> Outcome:
        """Change one layout."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/layouts/{id}",
        key="layouts",
        returns=one,
        since="v7",
        scopes=("ZohoCRM.settings.layouts.DELETE",),
    )
    def delete_one(
        self,
        id: str,
        module: str,
        transfer_to: str,
        *,
        pipeline: str | None = None,
        stage: str | None = None,
    ) -> Outcome:
        """Delete one layout; its records move to the layout `transfer_to`."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/layouts/{id}/actions/activate",
        key="layouts",
        body="layout",
        in_list=True,
        returns=one,
        since="v7",
        scopes=("ZohoCRM.settings.layouts.CREATE",),
    )
    def activate(self, id: str, layout: Values, module: str) -> Outcome:
        """Activate a layout: its `id`, and the `profiles` that get it."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/layouts/{id}/actions/activate",
        key="layouts",
        returns=one,
        since="v7",
        scopes=("ZohoCRM.settings.layouts.DELETE",),
    )
    def deactivate(self, id: str, module: str, transfer_to: str) -> Outcome:
        """Deactivate a layout; its records move to the layout `transfer_to`."""
        ...
