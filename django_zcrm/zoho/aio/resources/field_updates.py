"""Field updates: the automation actions that set a field.

Written by tools/write_resources.py from zoho/resources/field_updates.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ...resources.field_updates import FIELD_UPDATE_DETAILS, FieldUpdateDetail
from ...results import BatchResult, Outcome
from ...types import SortOrder, Values
from ...types.automation import FieldUpdate
from ..results import AsyncPage


class FieldUpdates:
    """Field updates (Zoho's manual: Field Updates)."""

    async def list(
        self,
        *,
        include_inner_details: Sequence[FieldUpdateDetail] | None = None,
        sort_by: Literal["modified_time"] | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[FieldUpdate]:
        """List field updates."""
        ...

    async def get(
        self, id: str, *, include_inner_details: Sequence[FieldUpdateDetail] = FIELD_UPDATE_DETAILS
    ) -> FieldUpdate:
        """Return one field update. Raises NotFound."""
        ...

    async def create(self, field_updates: Sequence[Values]) -> BatchResult:
        """Create field updates; return the outcome of each."""
        ...

    async def update_one(self, id: str, field_update: Values) -> Outcome:
        """Change one field update."""
        ...

    async def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete field updates; return the outcome of each. Those in use are refused."""
        ...

    async def delete_one(self, id: str) -> Outcome:
        """Delete one field update. Raises Invalid while a rule uses it."""
        ...
