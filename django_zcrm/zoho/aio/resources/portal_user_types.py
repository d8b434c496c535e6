"""Portal user types: kinds of portal users, and what they may see.

Written by tools/write_resources.py from zoho/resources/portal_user_types.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Values
from ...types.people import PortalUserType


class PortalUserTypes:
    """User types of a portal (Zoho's manual: Portal User Type)."""

    async def list(
        self, portal_name: str, *, include: str | None = None
    ) -> Sequence[PortalUserType]:
        """Return the user types of a portal."""
        ...

    async def get(self, portal_name: str, user_type_id: str) -> PortalUserType:
        """Return one user type. Raises NotFound."""
        ...

    async def create(self, portal_name: str, user_types: Sequence[Values]) -> BatchResult:
        """Create user types; return the outcome of each."""
        ...

    async def update_one(self, portal_name: str, user_type_id: str, user_type: Values) -> Outcome:
        """Change one user type."""
        ...

    async def delete_one(self, portal_name: str, user_type_id: str) -> Outcome:
        """Delete one user type."""
        ...
