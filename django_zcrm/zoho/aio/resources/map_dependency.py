"""Map dependency: which choices of a pick list depend on another.

Written by tools/write_resources.py from zoho/resources/map_dependency.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Filters, Values
from ...types.metadata import FieldDependency
from ..results import AsyncPage


class MapDependency:
    """Field dependencies of a layout (Zoho's manual: Field Map Dependency)."""

    async def list(
        self,
        layout_id: str,
        module: str,
        *,
        filters: Filters | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[FieldDependency]:
        """List the dependencies of a layout."""
        ...

    async def get(self, layout_id: str, dependency_id: str, module: str) -> FieldDependency:
        """Return one dependency with its choices. Raises NotFound."""
        ...

    async def create(
        self, layout_id: str, dependencies: Sequence[Values], module: str
    ) -> BatchResult:
        """Create dependencies; return the outcome of each."""
        ...

    async def update_one(
        self, layout_id: str, dependency_id: str, dependency: Values, module: str
    ) -> Outcome:
        """Change one dependency."""
        ...

    async def delete_one(self, layout_id: str, dependency_id: str, module: str) -> Outcome:
        """Delete one dependency."""
        ...
