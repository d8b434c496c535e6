"""Global picklists: pick lists that several fields share.

Written by tools/write_resources.py from zoho/resources/global_picklists.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...resources.global_picklists import PicklistAssociationDetail, PicklistDetail, PicklistInclude
from ...results import BatchResult, Outcome
from ...types import Values
from ...types.metadata import (
    GlobalPicklist,
    PicklistAssociation,
    PickListValue,
    PicklistValueAssociation,
)
from ..results import AsyncPage


class GlobalPicklists:
    """Global picklists (Zoho's manual: Global Picklists)."""

    async def list(
        self,
        *,
        include: Sequence[PicklistInclude] | None = None,
        include_inner_details: Sequence[PicklistDetail] | None = None,
    ) -> Sequence[GlobalPicklist]:
        """Return the global picklists."""
        ...

    async def get(
        self,
        id: str,
        *,
        include: Sequence[PicklistInclude] | None = None,
        include_inner_details: Sequence[PicklistDetail] | None = None,
    ) -> GlobalPicklist:
        """Return one global picklist. Raises NotFound."""
        ...

    async def create(self, global_picklists: Sequence[Values]) -> BatchResult:
        """Create global picklists; return the outcome of each."""
        ...

    async def update(self, global_picklists: Sequence[Values]) -> BatchResult:
        """Change global picklists, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, id: str, global_picklist: Values) -> Outcome:
        """Change one global picklist."""
        ...

    async def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete global picklists; return the outcome of each."""
        ...

    async def delete_one(self, id: str) -> Outcome:
        """Delete one global picklist, which can take a while."""
        ...

    async def associations(
        self,
        id: str,
        *,
        include_inner_details: Sequence[PicklistAssociationDetail] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[PicklistAssociation]:
        """List the fields that use a global picklist."""
        ...

    async def pick_list_values_associations(
        self, id: str, picklist_value_id: str
    ) -> Sequence[PicklistValueAssociation]:
        """Return where a choice is used."""
        ...

    async def replace_picklist_values(self, id: str, values: Sequence[Values]) -> BatchResult:
        """Replace choices, each an `old_value` by a `new_value`; return the outcome of each."""
        ...

    async def replaced_values(self, id: str) -> Sequence[PickListValue]:
        """Return the choices that were replaced."""
        ...
