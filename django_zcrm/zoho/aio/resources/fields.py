"""Fields: metadata of a module's fields.

Written by tools/write_resources.py from zoho/resources/fields.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...resources.fields import FieldInclude, FieldUse
from ...results import BatchResult, Outcome
from ...types import Values
from ...types.metadata import Field, PickListValue


class Fields:
    """Field metadata (Zoho's manual: Fields Metadata)."""

    async def list(
        self,
        module: str,
        *,
        type: FieldUse | None = None,
        include: FieldInclude = "allowed_permissions_to_update",
    ) -> Sequence[Field]:
        """Return the fields of a module."""
        ...

    async def get(
        self,
        field: str,
        module: str,
        *,
        type: FieldUse | None = None,
        include: FieldInclude = "allowed_permissions_to_update",
    ) -> Field:
        """Return one field of a module by its id."""
        ...

    async def create(self, fields: Sequence[Values], module: str) -> BatchResult:
        """Create fields, each with `field_label` and `data_type`; return the outcome of each."""
        ...

    async def update(self, fields: Sequence[Values], module: str) -> BatchResult:
        """Change fields, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, field: str, changes: Values, module: str) -> Outcome:
        """Change one field."""
        ...

    async def delete_one(self, field: str, module: str) -> Outcome:
        """Delete one custom field, with its values. Raises Invalid while it is in use."""
        ...

    async def pick_list_values(self, field_id: str, module: str) -> Sequence[PickListValue]:
        """Return the choices of a pick list, with the layouts that offer them."""
        ...
