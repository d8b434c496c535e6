"""Contacts of a deal, and the role that each plays in it.

Written by tools/write_resources.py from zoho/resources/deal_contact_roles.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ...results import BatchResult, Outcome, Record
from ..results import AsyncPage


class DealContactRoles:
    """Contact roles of a deal (Zoho's manual: Contact Roles, of a deal).

    For the roles to choose from, see `contact_roles`.
    """

    async def list(
        self,
        deal_id: str,
        *,
        fields: Sequence[str] | None = None,
        module: Literal["Deals"] = "Deals",
    ) -> AsyncPage[Record]:
        """List the contacts of a deal, each with its `Contact_Role`."""
        ...

    async def get(
        self,
        deal_id: str,
        contact_id: str,
        *,
        fields: Sequence[str] | None = None,
        module: Literal["Deals"] = "Deals",
    ) -> Record:
        """Return one contact of a deal, with its `Contact_Role`. Raises NotFound."""
        ...

    async def update(
        self, deal_id: str, contacts: Sequence[Record], *, module: Literal["Deals"] = "Deals"
    ) -> BatchResult:
        """Add contacts to a deal, or change their roles, 100 per request.

        Each is `{"id": ..., "Contact_Role": {"id": ...}}`.
        """
        ...

    async def update_one(
        self, deal_id: str, contact_id: str, contact: Record, *, module: Literal["Deals"] = "Deals"
    ) -> Outcome:
        """Add one contact to a deal, or change its `Contact_Role`."""
        ...

    async def delete(
        self, deal_id: str, ids: Sequence[str], *, module: Literal["Deals"] = "Deals"
    ) -> BatchResult:
        """Remove contacts from a deal, 100 per request."""
        ...

    async def delete_one(
        self, deal_id: str, contact_id: str, *, module: Literal["Deals"] = "Deals"
    ) -> Outcome:
        """Remove one contact from a deal."""
        ...
