"""Layouts: how a module's fields are arranged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.metadata import Layout
from . import Resource

LayoutMode = Literal["all", "business_card", "quick_create"]
LayoutInclude = Literal["total_profiles", "portal_user_types"]


class Layouts(Resource, scope="ZohoCRM.settings.layouts", key="layouts", since="v7"):
    """Layout metadata (Zoho's manual: Layouts Metadata)."""

    @operation("GET", "/crm/{version}/settings/layouts", since="v2")
    def list(
        self,
        module: str,
        *,
        mode: LayoutMode | None = None,
        include: Sequence[LayoutInclude] | None = None,
        include_inner_details: Sequence[str] | None = None,
    ) -> Sequence[Layout]:
        """Return the layouts of a module.

        Args:
            module: API name of the module, such as `Leads`.
            mode: Part of the layouts to return: `business_card`, `quick_create` or `all`.
            include: Further keys of each layout to return.
            include_inner_details: Keys of nested objects to return too, as dotted paths.
        """
        ...

    @operation("GET", "/crm/{version}/settings/layouts/{id}", since="v2")
    def get(
        self,
        id: str,
        module: str,
        *,
        mode: LayoutMode | None = None,
        include: Sequence[LayoutInclude] | None = None,
        include_inner_details: Sequence[str] | None = None,
    ) -> Layout:
        """Return one layout of a module.

        Args:
            id: Id of the layout.
            module: API name of the module, such as `Leads`.
            mode: Part of the layouts to return: `business_card`, `quick_create` or `all`.
            include: Further keys of each layout to return.
            include_inner_details: Keys of nested objects to return too, as dotted paths.
        """
        ...

    @operation("PATCH", "/crm/{version}/settings/layouts", body="layouts", since="v2")
    def update(self, layouts: Sequence[Values], module: str) -> BatchResult:
        """Change layouts, each with its `id`; return the outcome of each.

        Args:
            layouts: Layouts to change, each with its `id` and the new values.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation("PATCH", "/crm/{version}/settings/layouts/{id}", body="layout", in_list=True)
    def update_one(self, id: str, layout: Values, module: str) -> Outcome:
        """Change one layout.

        Args:
            id: Id of the layout.
            layout: Values to change, by Zoho's key.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/layouts/{id}")
    def delete_one(
        self,
        id: str,
        module: str,
        transfer_to: str,
        *,
        pipeline: str | None = None,
        stage: str | None = None,
    ) -> Outcome:
        """Delete one layout and move its records to another layout.

        Args:
            id: Id of the layout.
            module: API name of the module, such as `Leads`.
            transfer_to: Id of the layout to which the records move.
            pipeline: Id of the pipeline for the moved records. Only for deals.
            stage: Id of the stage for the moved records. Only for deals.
        """
        ...

    @operation(
        "POST", "/crm/{version}/settings/layouts/{id}/actions/activate", body="layout", in_list=True
    )
    def activate(self, id: str, layout: Values, module: str) -> Outcome:
        """Activate a layout for profiles.

        Args:
            id: Id of the layout.
            layout: `id` of the layout, and the `profiles` that will use it.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/layouts/{id}/actions/activate")
    def deactivate(self, id: str, module: str, transfer_to: str) -> Outcome:
        """Deactivate a layout and move its records to another layout.

        Args:
            id: Id of the layout.
            module: API name of the module, such as `Leads`.
            transfer_to: Id of the layout to which the records move.
        """
        ...
