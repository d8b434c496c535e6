"""Field dependencies: pick lists whose choices depend on another pick list."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types import Filters, Values
from ..types.metadata import FieldDependency
from . import Resource


class MapDependency(
    Resource, scope="ZohoCRM.settings.map_dependency", key="map_dependency", since="v3"
):
    """Field dependencies of a layout (Zoho's manual: Field Map Dependency)."""

    @operation("GET", "/crm/{version}/settings/layouts/{layout_id}/map_dependency")
    def list(
        self,
        layout_id: str,
        module: str,
        *,
        filters: Filters | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[FieldDependency]:
        """List the dependencies of a layout.

        Args:
            layout_id: Id of the layout.
            module: API name of the module, such as `Leads`.
            filters: Condition, or group of conditions, on the dependencies to return.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Dependencies per page, 1 to 200; 200 by default.
        """
        ...

    @operation("GET", "/crm/{version}/settings/layouts/{layout_id}/map_dependency/{dependency_id}")
    def get(self, layout_id: str, dependency_id: str, module: str) -> FieldDependency:
        """Return one dependency with its choices. Raises NotFound.

        Args:
            layout_id: Id of the layout.
            dependency_id: Id of the dependency.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation(
        "POST", "/crm/{version}/settings/layouts/{layout_id}/map_dependency", body="dependencies"
    )
    def create(self, layout_id: str, dependencies: Sequence[Values], module: str) -> BatchResult:
        """Create dependencies; return the outcome of each.

        Args:
            layout_id: Id of the layout.
            dependencies: Dependencies to create, each with `parent` and `child` (fields) and
                `pick_list_values`, at most 2,000. Zoho documents one per call.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/layouts/{layout_id}/map_dependency/{dependency_id}",
        body="dependency",
        in_list=True,
    )
    def update_one(
        self, layout_id: str, dependency_id: str, dependency: Values, module: str
    ) -> Outcome:
        """Change one dependency.

        Args:
            layout_id: Id of the layout.
            dependency_id: Id of the dependency.
            dependency: Values to change, by Zoho's key: `parent`, `child`, `pick_list_values`.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation(
        "DELETE", "/crm/{version}/settings/layouts/{layout_id}/map_dependency/{dependency_id}"
    )
    def delete_one(self, layout_id: str, dependency_id: str, module: str) -> Outcome:
        """Delete one dependency.

        Args:
            layout_id: Id of the layout.
            dependency_id: Id of the dependency.
            module: API name of the module, such as `Leads`.
        """
        ...
