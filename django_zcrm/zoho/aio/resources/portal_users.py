"""Portal users: who may sign in to a portal.

Written by tools/write_resources.py from zoho/resources/portal_users.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Filters, Values
from ...types.people import PortalUser
from ..results import AsyncPage


class PortalUsers:
    """Users of a portal (Zoho's manual: Portal Users)."""

    async def list(
        self,
        portal_name: str,
        user_type_id: str,
        *,
        filters: Filters | None = None,
        type: str | None = None,
        source__s: str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[PortalUser]:
        """List the users of a type."""
        ...

    async def delete(
        self, portal_name: str, user_type_id: str, personality_ids: Sequence[str]
    ) -> BatchResult:
        """Remove users from a portal; return the outcome of each."""
        ...

    async def transfer(
        self, portal_name: str, user_type_id: str, personality_ids: Sequence[str], transfer_to: str
    ) -> BatchResult:
        """Move users to the user type `transfer_to`; return the outcome of each."""
        ...

    async def change_status(self, portal_name: str, user_type_id: str, change: Values) -> Outcome:
        """Activate or deactivate users, `{"users": [...]}`; the outcome names the job."""
        ...

    async def change_status_one(
        self, portal_name: str, user_type_id: str, record_id: str, active: bool
    ) -> Outcome:
        """Activate or deactivate one user."""
        ...

    async def update_status(
        self, portal_name: str, user_type_id: str, user_id: str, *, active: bool | None = None
    ) -> Outcome:
        """Activate or deactivate one user, in the way of the API's first description."""
        ...
