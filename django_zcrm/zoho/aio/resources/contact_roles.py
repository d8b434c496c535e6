"""Contact roles: the parts that contacts can play in a deal.

Written by tools/write_resources.py from zoho/resources/contact_roles.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types.records import ContactRole


class ContactRoles:
    """Contact roles (Zoho's manual: Contact Roles). For a deal's, see `deal_contact_roles`."""

    async def list(self) -> Sequence[ContactRole]:
        """Return all contact roles."""
        ...

    async def get(self, id: str) -> ContactRole:
        """Return one contact role. Raises NotFound."""
        ...

    async def create(self, contact_roles: Sequence[ContactRole]) -> BatchResult:
        """Create contact roles, each with `name` and `sequence_number`."""
        ...

    async def update(self, contact_roles: Sequence[ContactRole]) -> BatchResult:
        """Change contact roles, each with its `id`."""
        ...

    async def update_one(self, id: str, contact_role: ContactRole) -> Outcome:
        """Change one contact role."""
        ...

    async def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete contact roles."""
        ...

    async def delete_one(self, id: str) -> Outcome:
        """Delete one contact role."""
        ...
