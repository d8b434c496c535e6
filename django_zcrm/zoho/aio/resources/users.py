"""Users of the organisation.

Written by tools/write_resources.py from zoho/resources/users.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...resources.users import GroupInclude, UserKind
from ...results import BatchResult, Outcome
from ...types import Values
from ...types.people import JobStatus, TransferCheck, User, UserGroup, UserType
from ..results import AsyncPage


class Users:
    """Users (Zoho's manual: Users)."""

    async def list(
        self,
        *,
        type: UserType | None = None,
        type__s: UserKind | None = None,
        ids: Sequence[str] | None = None,
        page: int | None = None,
        per_page: int | None = None,
        if_modified_since: datetime | None = None,
    ) -> AsyncPage[User]:
        """List users; `type="CurrentUser"` is the one who connected."""
        ...

    async def get(self, user: str, *, if_modified_since: datetime | None = None) -> User:
        """Return one user by id."""
        ...

    async def create(self, users: Sequence[Values]) -> BatchResult:
        """Invite a user: `last_name`, `email`, `role` and `profile`; return the outcome of each."""
        ...

    async def update(self, users: Sequence[Values]) -> BatchResult:
        """Change users, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, user: str, changes: Values) -> Outcome:
        """Change one user; `status` activates and deactivates."""
        ...

    async def delete_one(self, user: str) -> Outcome:
        """Delete one user. Raises Invalid for the last administrator and the like."""
        ...

    async def count(self, *, type: UserType | None = None) -> int | str:
        """Count users of a kind; Zoho's descriptions disagree whether as a number or as text."""
        ...

    async def transfer(self, user_id: str, transfer: Values) -> Outcome:
        """Move what a user has to others; `details` of the outcome has the `job_id`."""
        ...

    async def transfer_status(self, job_id: str) -> JobStatus:
        """Return the status of a transfer."""
        ...

    async def validate_before_transfer(self, user_id: str) -> TransferCheck:
        """Return what depends on a user, before a transfer."""
        ...

    async def transfer_and_delete(self, users: Sequence[Values]) -> BatchResult:
        """Move what users have, each by its `id`, and delete them; each outcome names a job."""
        ...

    async def transfer_and_delete_one(self, id: str, transfer: Values) -> Outcome:
        """Move what a user has: `transfer`, `move_subordinate`; then delete the user."""
        ...

    async def transfer_and_delete_status(self, job_id: str) -> JobStatus:
        """Return the status of such a deletion."""
        ...

    async def associated_groups(
        self,
        user: str,
        *,
        include: Sequence[GroupInclude] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[UserGroup]:
        """List the groups that a user is in."""
        ...
