"""Users' unavailability: when they are away.

Written by tools/write_resources.py from zoho/resources/users_unavailability.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Filters, Values
from ...types.people import Unavailability


class UsersUnavailability:
    """Times in which users are away (Zoho's manual: Users Unavailability)."""

    async def list(
        self,
        *,
        filters: Filters | None = None,
        group_ids: Sequence[str] | None = None,
        role_ids: Sequence[str] | None = None,
        territory_ids: Sequence[str] | None = None,
        include_inner_details: Sequence[str] | None = None,
    ) -> Sequence[Unavailability]:
        """Return when users are away, all or those of groups, roles and territories."""
        ...

    async def get(
        self,
        id: str,
        *,
        filters: Filters | None = None,
        include_inner_details: Sequence[str] | None = None,
    ) -> Unavailability:
        """Return one absence. Raises NotFound."""
        ...

    async def create(self, unavailability: Sequence[Values]) -> BatchResult:
        """Enter absences: `user`, `from`, `to`, `comments`; return the outcome of each."""
        ...

    async def update(self, unavailability: Sequence[Values]) -> BatchResult:
        """Change absences, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, id: str, unavailability: Values) -> Outcome:
        """Change one absence."""
        ...

    async def delete_one(self, id: str) -> Outcome:
        """Delete one absence."""
        ...
