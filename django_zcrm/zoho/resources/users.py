"""Users of the organisation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from ..operation import operation
from ..readers import batch, item, one, page, value
from ..results import BatchResult, Outcome, Page
from ..types import Values
from ..types.people import JobStatus, TransferCheck, User, UserGroup, UserType
from . import Resource

UserKind = Literal["Regular User", "Sandbox Developer User", "Team User"]
GroupInclude = Literal["sources_count", "sources"]


class Users(Resource):
    """Users (Zoho's manual: Users)."""

    @operation(
        "GET",
        "/crm/{version}/users",
        key="users",
        headers={"if_modified_since": "If-Modified-Since"},
        returns=page,
        scopes=("ZohoCRM.users.READ",),
    )
    def list(
        self,
        *,
        type: UserType | None = None,
        type__s: UserKind | None = None,
        ids: Sequence[str] | None = None,
        page: int | None = None,
        per_page: int | None = None,
        if_modified_since: datetime | None = None,
    ) -> Page[User]:
        """List users; `type="CurrentUser"` is the one who connected."""
        ...

    @operation(
        "GET",
        "/crm/{version}/users/{user}",
        key="users",
        headers={"if_modified_since": "If-Modified-Since"},
        returns=item,
        scopes=("ZohoCRM.users.READ",),
    )
    def get(self, user: str, *, if_modified_since: datetime | None = None) -> User:
        """Return one user by id."""
        ...

    @operation(
        "POST",
        "/crm/{version}/users",
        key="users",
        body="users",
        returns=batch,
        scopes=("ZohoCRM.users.CREATE",),
    )
    def create(self, users: Sequence[Values]) -> BatchResult:
        """Invite a user: `last_name`, `email`, `role` and `profile`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/users",
        key="users",
        body="users",
        returns=batch,
        scopes=("ZohoCRM.users.UPDATE",),
    )
    def update(self, users: Sequence[Values]) -> BatchResult:
        """Change users, each with its `id`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/users/{user}",
        key="users",
        body="changes",
        in_list=True,
        returns=one,
        scopes=("ZohoCRM.users.UPDATE",),
    )
    def update_one(self, user: str, changes: Values) -> Outcome:
        """Change one user; `status` activates and deactivates."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/users/{user}",
        key="users",
        returns=one,
        scopes=("ZohoCRM.users.DELETE",),
    )
    def delete_one(self, user: str) -> Outcome:
        """Delete one user. Raises Invalid for the last administrator and the like."""
        ...

    @operation(
        "GET",
        "/crm/{version}/users/actions/count",
        key="count",
        returns=value,
        since="v6",
        scopes=("ZohoCRM.users.READ",),
    )
    def count(self, *, type: UserType | None = None) -> int | str:
        """Count users of a kind; Zoho's descriptions disagree whether as a number or as text."""
        ...

    @operation(
        "POST",
        "/crm/{version}/users/{user_id}/actions/transfer",
        key="transfer",
        body="transfer",
        in_list=True,
        returns=one,
        scopes=("ZohoCRM.change_owner.CREATE",),
    )
    def transfer(self, user_id: str, transfer: Values) -> Outcome:
        """Move what a user has to others; `details` of the outcome has the `job_id`."""
        ...

    @operation(
        "GET",
        "/crm/{version}/users/actions/transfer",
        key="transfer",
        returns=item,
        scopes=("ZohoCRM.change_owner.READ",),
    )
    def transfer_status(self, job_id: str) -> JobStatus:
        """Return the status of a transfer."""
        ...

    @operation(
        "GET",
        "/crm/{version}/users/{user_id}/actions/validate_before_transfer",
        key="validate_before_transfer",
        returns=item,
        scopes=("ZohoCRM.change_owner.READ",),
    )
    def validate_before_transfer(self, user_id: str) -> TransferCheck:
        """Return what depends on a user, before a transfer."""
        ...

    @operation(
        "POST",
        "/crm/{version}/users/actions/transfer_and_delete",
        key="transfer_and_delete",
        body="users",
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.users.CREATE",),
    )
    def transfer_and_delete(self, users: Sequence[Values]) -> BatchResult:
        """Move what users have, each by its `id`, and delete them; each outcome names a job."""
        ...

    @operation(
        "POST",
        "/crm/{version}/users/{id}/actions/transfer_and_delete",
        key="transfer_and_delete",
        body="transfer",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.users.CREATE",),
    )
    def transfer_and_delete_one(self, id: str, transfer: Values) -> Outcome:
        """Move what a user has: `transfer`, `move_subordinate`; then delete the user."""
        ...

    @operation(
        "GET",
        "/crm/{version}/users/actions/transfer_and_delete",
        key="transfer_and_delete",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.users.READ",),
    )
    def transfer_and_delete_status(self, job_id: str) -> JobStatus:
        """Return the status of such a deletion."""
        ...

    @operation(
        "GET",
        "/crm/{version}/users/{user}/actions/associated_groups",
        key="user_groups",
        returns=page,
        since="v3",
        scopes=("ZohoCRM.settings.user_groups.READ",),
    )
    def associated_groups(
        self,
        user: str,
        *,
        include: Sequence[GroupInclude] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[UserGroup]:
        """List the groups that a user is in."""
        ...
