"""Fields: metadata of a module's fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.metadata import Field, PickListValue
from . import Resource

FieldUse = Literal["all", "used", "unused"]
FieldInclude = Literal["allowed_permissions_to_update", "skip_field_permissionz"]


class Fields(Resource, scope="ZohoCRM.settings.fields", key="fields", since="v6"):
    """Field metadata (Zoho's manual: Fields Metadata)."""

    @operation("GET", "/crm/{version}/settings/fields", since="v2")
    def list(
        self,
        module: str,
        *,
        type: FieldUse | None = None,
        include: FieldInclude = "allowed_permissions_to_update",
    ) -> Sequence[Field]:
        """Return the fields of a module.

        Args:
            module: API name of the module, such as `Leads`.
            type: Which fields to return: `used` (Zoho's default), `unused` or `all`.
            include: Option that v8 requires. `allowed_permissions_to_update` (the default) also
                returns `allowed_permissions`, the default permissions of each field.
        """
        ...

    @operation("GET", "/crm/{version}/settings/fields/{field}", since="v2")
    def get(
        self,
        field: str,
        module: str,
        *,
        type: FieldUse | None = None,
        include: FieldInclude = "allowed_permissions_to_update",
    ) -> Field:
        """Return one field of a module. Raises NotFound.

        Args:
            field: Id of the field.
            module: API name of the module, such as `Leads`.
            type: Which fields to return: `used` (Zoho's default), `unused` or `all`.
            include: Option that v8 requires. `allowed_permissions_to_update` (the default) also
                returns `allowed_permissions`, the default permissions of each field.
        """
        ...

    @operation("POST", "/crm/{version}/settings/fields", body="fields")
    def create(self, fields: Sequence[Values], module: str) -> BatchResult:
        """Create fields, each with `field_label` and `data_type`; return the outcome of each.

        Args:
            fields: Fields to create, by Zoho's key, each with `field_label` (at most 25 characters)
                and `data_type`; at most 5.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation("PATCH", "/crm/{version}/settings/fields", body="fields")
    def update(self, fields: Sequence[Values], module: str) -> BatchResult:
        """Change fields, each with its `id`; return the outcome of each.

        Args:
            fields: Fields to change, each with its `id` and the new values; at most 5.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation("PATCH", "/crm/{version}/settings/fields/{field}", body="changes", in_list=True)
    def update_one(self, field: str, changes: Values, module: str) -> Outcome:
        """Change one field.

        Args:
            field: Id of the field.
            changes: Values to change, by Zoho's key.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/fields/{field}")
    def delete_one(self, field: str, module: str) -> Outcome:
        """Delete one custom field, with its values. Raises Invalid while it is in use.

        Args:
            field: Id of the field.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/fields/{field_id}/pick_list_values",
        key="pick_list_values",
        since="v7",
    )
    def pick_list_values(self, field_id: str, module: str) -> Sequence[PickListValue]:
        """Return the choices of a picklist, with the layouts that offer them.

        Args:
            field_id: Id of the field.
            module: API name of the module, such as `Leads`.
        """
        ...
