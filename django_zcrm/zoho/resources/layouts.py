"""Layouts: how a module's fields are arranged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..operation import operation
from ..results import item, items
from . import Resource


class Layouts(Resource):
    """Layout metadata (Zoho's manual: Layouts Metadata)."""

    @operation(
        "GET",
        "/crm/{version}/settings/layouts",
        key="layouts",
        returns=items,
        scopes=("ZohoCRM.settings.layouts.READ",),
    )
    def list(self, module: str) -> Sequence[dict[str, Any]]:
        """Return the layouts of a module."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/layouts/{id}",
        key="layouts",
        returns=item,
        scopes=("ZohoCRM.settings.layouts.READ",),
    )
    def get(self, id: str, module: str) -> dict[str, Any]:
        """Return one layout of a module."""
        ...
