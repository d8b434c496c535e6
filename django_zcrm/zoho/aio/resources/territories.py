"""Territories: how customers are divided among users.

Written by tools/write_resources.py from zoho/resources/territories.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...resources.territories import TerritoryDetail, TerritoryInclude
from ...results import BatchResult, Outcome
from ...types import Filters, Values
from ...types.people import DeletedTerritory, Territory, TerritoryUsersCount
from ..results import AsyncPage


class Territories:
    """Territories (Zoho's manual: Territories). For their users, see `territory_users`."""

    async def list(
        self,
        *,
        ids: Sequence[str] | None = None,
        filters: Filters | None = None,
        include: Sequence[TerritoryInclude] | None = None,
        include_inner_details: Sequence[TerritoryDetail] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[Territory]:
        """List territories; `include` adds the rules that put records into them."""
        ...

    async def get(
        self, id: str, *, include_inner_details: Sequence[TerritoryDetail] | None = None
    ) -> Territory:
        """Return one territory. Raises NotFound."""
        ...

    async def create(self, territories: Sequence[Values]) -> BatchResult:
        """Create territories; return the outcome of each."""
        ...

    async def update(self, territories: Sequence[Values]) -> BatchResult:
        """Change territories, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, id: str, territory: Values) -> Outcome:
        """Change one territory."""
        ...

    async def delete(
        self, ids: Sequence[str], *, delete_previous_forecasts: bool | None = None
    ) -> BatchResult:
        """Delete territories; return the outcome of each."""
        ...

    async def delete_one(
        self, id: str, *, delete_previous_forecasts: bool | None = None
    ) -> Outcome:
        """Delete one territory. Raises Invalid while something depends on it."""
        ...

    async def child_territories(
        self,
        id: str,
        *,
        filters: Filters | None = None,
        include: Sequence[TerritoryInclude] | None = None,
        include_inner_details: Sequence[TerritoryDetail] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[Territory]:
        """List the territories below one."""
        ...

    async def transfer_and_delete(self, territories: Sequence[Values]) -> BatchResult:
        """Delete territories, each by its `id`, and move what they had to `transfer_to_id`."""
        ...

    async def transfer_and_delete_one(self, id: str, territory: Values) -> Outcome:
        """Delete one territory, and move what it had to `transfer_to_id`."""
        ...

    async def associated_users_count(self) -> Sequence[TerritoryUsersCount]:
        """Return how many users each territory has."""
        ...

    async def deleted_associated_territories(
        self, *, ids: Sequence[str] | None = None
    ) -> Sequence[DeletedTerritory]:
        """Return deleted territories that records still refer to."""
        ...
