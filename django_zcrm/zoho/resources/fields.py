"""Fields: metadata of a module's fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ..operation import operation
from ..results import item, items
from . import Resource

FieldUse = Literal["all", "used", "unused"]
FieldInclude = Literal["allowed_permissions_to_update", "skip_field_permissionz"]


class Fields(Resource):
    """Field metadata (Zoho's manual: Fields Metadata)."""

    @operation(
        "GET",
        "/crm/{version}/settings/fields",
        key="fields",
        returns=items,
        scopes=("ZohoCRM.settings.fields.READ",),
    )
    def list(
        self,
        module: str,
        *,
        type: FieldUse | None = None,
        include: FieldInclude = "allowed_permissions_to_update",
    ) -> Sequence[dict[str, Any]]:
        """Return the fields of a module."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/fields/{field}",
        key="fields",
        returns=item,
        scopes=("ZohoCRM.settings.fields.READ",),
    )
    def get(
        self,
        field: str,
        module: str,
        *,
        type: FieldUse | None = None,
        include: FieldInclude = "allowed_permissions_to_update",
    ) -> dict[str, Any]:
        """Return one field of a module by its id."""
        ...
