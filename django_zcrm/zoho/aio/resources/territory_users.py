"""Territory users: who works in a territory.

Written by tools/write_resources.py from zoho/resources/territory_users.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Values
from ...types.people import User


class TerritoryUsers:
    """Users of a territory (Zoho's manual: Territory Users); also see `user_territories`."""

    async def list(self, territory: str) -> Sequence[User]:
        """Return the users of a territory."""
        ...

    async def get(self, territory: str, user: str) -> User:
        """Return one user of a territory. Raises NotFound."""
        ...

    async def associate(self, territory: str, users: Sequence[Values]) -> BatchResult:
        """Assign users, each by its `id`, to a territory; return the outcome of each."""
        ...

    async def associate_one(self, territory: str, user: str) -> Outcome:
        """Assign one user to a territory."""
        ...

    async def remove(self, territory: str, ids: Sequence[str]) -> BatchResult:
        """Remove users from a territory; return the outcome of each."""
        ...

    async def remove_one(self, territory: str, user: str) -> Outcome:
        """Remove one user from a territory."""
        ...
