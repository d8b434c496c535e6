"""Roles: the organisation's hierarchy.

Written by tools/write_resources.py from zoho/resources/roles.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Values
from ...types.people import Role


class Roles:
    """Roles (Zoho's manual: Roles)."""

    async def list(self) -> Sequence[Role]:
        """Return all roles."""
        ...

    async def get(self, role_id: str) -> Role:
        """Return one role. Raises NotFound."""
        ...

    async def create(self, roles: Sequence[Values]) -> BatchResult:
        """Create roles, each with `name` and `reporting_to`; return the outcome of each."""
        ...

    async def update(self, roles: Sequence[Values]) -> BatchResult:
        """Change roles, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, role_id: str, role: Values) -> Outcome:
        """Change one role."""
        ...

    async def delete_one(self, role_id: str, transfer_to_id: str) -> Outcome:
        """Delete one role; its users get the role `transfer_to_id`."""
        ...
