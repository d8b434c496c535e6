"""Modules: metadata of the kinds of records."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, items, one
from ..results import BatchResult, Outcome
from ..types import Values
from ..types.metadata import Module, ModuleStatus
from . import Resource


class Modules(Resource):
    """Module metadata (Zoho's manual: Modules Metadata)."""

    @operation(
        "GET",
        "/crm/{version}/settings/modules",
        key="modules",
        returns=items,
        scopes=("ZohoCRM.settings.modules.READ",),
    )
    def list(
        self,
        *,
        status: ModuleStatus | None = None,
        feature_name: str | None = None,
        include: str | None = None,
    ) -> Sequence[Module]:
        """Return the modules that this user may see."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/modules/{module}",
        key="modules",
        returns=item,
        scopes=("ZohoCRM.settings.modules.READ",),
    )
    def get(self, module: str) -> Module:
        """Return one module by its API name or id. Raises Invalid when there is none."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/modules",
        key="modules",
        body="modules",
        returns=batch,
        since="v7",
        scopes=("ZohoCRM.settings.modules.CREATE",),
    )
    def create(self, modules: Sequence[Values]) -> BatchResult:
        """Create custom modules; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/modules",
        key="modules",
        body="modules",
        returns=batch,
        scopes=("ZohoCRM.settings.modules.UPDATE",),
    )
    def update(self, modules: Sequence[Values]) -> BatchResult:
        """Change modules, each with its `id`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/modules/{module}",
        key="modules",
        body="changes",
        in_list=True,
        returns=one,
        scopes=("ZohoCRM.settings.modules.UPDATE",),
    )
    def update_one(self, module: str, changes: Values) -> Outcome:
        """Change one module, by its API name or id."""
        ...
