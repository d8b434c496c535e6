"""Fields: metadata of a module's fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operation import operation
from ..readers import batch, item, items, one
from ..results import BatchResult, Outcome
from ..types import Values
from ..types.metadata import Field, PickListValue
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
    ) -> Sequence[Field]:
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
    ) -> Field:
        """Return one field of a module by its id."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/fields",
        key="fields",
        body="fields",
        returns=batch,
        since="v6",
        scopes=("ZohoCRM.settings.fields.CREATE",),
    )
    def create(self, fields: Sequence[Values], module: str) -> BatchResult:
        """Create fields, each with `field_label` and `data_type`; return the outcome of each."""
        ...

    @operation(
        "PATCH",
        "/crm/{version}/settings/fields",
        key="fields",
        body="fields",
        returns=batch,
        since="v6",
        scopes=("ZohoCRM.settings.fields.UPDATE",),
    )
    def update(self, fields: Sequence[Values], module: str) -> BatchResult:
        """Change fields, each with its `id`; return the outcome of each."""
        ...

    @operation(
        "PATCH",
        "/crm/{version}/settings/fields/{field}",
        key="fields",
        body="changes",
        in_list=True,
        returns=one,
        since="v6",
        scopes=("ZohoCRM.settings.fields.UPDATE",),
    )
    def update_one(self, field: str, changes: Values, module: str) -> Outcome:
        """Change one field."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/fields/{field}",
        key="fields",
        returns=one,
        since="v6",
        scopes=("ZohoCRM.settings.fields.DELETE",),
    )
    def delete_one(self, field: str, module: str) -> Outcome:
        """Delete one custom field, with its values. Raises Invalid while it is in use."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/fields/{field_id}/pick_list_values",
        key="pick_list_values",
        returns=items,
        since="v7",
        scopes=("ZohoCRM.settings.fields.READ",),
    )
    def pick_list_values(self, field_id: str, module: str) -> Sequence[PickListValue]:
        """Return the choices of a pick list, with the layouts that offer them."""
        ...
