"""Modules: metadata of what kinds of records there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..operation import operation
from ..results import item, items
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
    def list(self, *, status: str | None = None) -> Sequence[dict[str, Any]]:
        """Return the modules that this user may see."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/modules/{module}",
        key="modules",
        returns=item,
        scopes=("ZohoCRM.settings.modules.READ",),
    )
    def get(self, module: str) -> dict[str, Any]:
        """Return one module by its API name or id. Raises Invalid when there is none."""
        ...
