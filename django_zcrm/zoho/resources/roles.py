"""Roles: what users of the organisation are and may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..operation import operation
from ..results import item, items
from . import Resource


class Roles(Resource):
    """Roles (Zoho's manual: Roles)."""

    @operation(
        "GET",
        "/crm/{version}/settings/roles",
        key="roles",
        returns=items,
        scopes=("ZohoCRM.settings.roles.READ",),
    )
    def list(self) -> Sequence[dict[str, Any]]:
        """Return all roles."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/roles/{role_id}",
        key="roles",
        returns=item,
        scopes=("ZohoCRM.settings.roles.READ",),
    )
    def get(self, role_id: str) -> dict[str, Any]:
        """Return one role."""
        ...
