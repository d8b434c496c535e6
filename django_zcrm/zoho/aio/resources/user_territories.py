"""User territories: which territories a user works in.

Written by tools/write_resources.py from zoho/resources/user_territories.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Values
from ...types.people import UserTerritory


class UserTerritories:
    """Territories of a user (Zoho's manual: Users Territories); also see `territory_users`."""

    async def list(self, user: str) -> Sequence[UserTerritory]:
        """Return the territories of a user."""
        ...

    async def get(self, user: str, territory: str) -> UserTerritory:
        """Return one territory of a user. Raises NotFound."""
        ...

    async def associate(self, user: str, territories: Sequence[Values]) -> BatchResult:
        """Assign territories, each by its `id`, to a user; return the outcome of each."""
        ...

    async def remove(self, user: str, ids: Sequence[str]) -> BatchResult:
        """Remove territories from a user; return the outcome of each."""
        ...

    async def remove_one(self, user: str, territory: str) -> Outcome:
        """Remove one territory from a user."""
        ...
