"""Map dependency: which choices of a pick list depend on another."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, one, page
from ..results import BatchResult, Outcome, Page
from ..types import Filters, Values
from ..types.metadata import FieldDependency
from . import Resource


class MapDependency(Resource):
    """Field dependencies of a layout (Zoho's manual: Field Map Dependency)."""

    @operation(
        "GET",
        "/crm/{version}/settings/layouts/{layout_id}/map_dependency",
        key="map_dependency",
        returns=page,
        since="v3",
        scopes=("ZohoCRM.settings.map_dependency.READ",),
    )
    def list(
        self,
        layout_id: str,
        module: str,
        *,
        filters: Filters | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[FieldDependency]:
        """List the dependencies of a layout."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/layouts/{layout_id}/map_dependency/{dependency_id}",
        key="map_dependency",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.settings.map_dependency.READ",),
    )
    def get(self, layout_id: str, dependency_id: str, module: str) -> FieldDependency:
        """Return one dependency with its choices. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/layouts/{layout_id}/map_dependency",
        key="map_dependency",
        body="dependencies",
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.settings.map_dependency.CREATE",),
    )
    def create(self, layout_id: str, dependencies: Sequence[Values], module: str) -> BatchResult:
        """Create dependencies; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/layouts/{layout_id}/map_dependency/{dependency_id}",
        key="map_dependency",
        body="dependency",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.map_dependency.UPDATE",),
    )
    def update_one(
        self, layout_id: str, dependency_id: str, dependency: Values, module: str
    ) -> Outcome:
        """Change one dependency."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/layouts/{layout_id}/map_dependency/{dependency_id}",
        key="map_dependency",
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.map_dependency.DELETE",),
    )
    def delete_one(self, layout_id: str, dependency_id: str, module: str) -> Outcome:
        """Delete one dependency."""
        ...
