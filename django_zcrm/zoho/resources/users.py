"""Users of the organisation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types import Values
from ..types.people import JobStatus, TransferCheck, User, UserGroup, UserType
from . import Resource

UserKind = Literal["Regular User", "Sandbox Developer User", "Team User"]
GroupInclude = Literal["sources_count", "sources"]


class Users(Resource, scope="ZohoCRM.users", key="users"):
    """Users (Zoho's manual: Users)."""

    @operation("GET", "/crm/{version}/users", headers={"if_modified_since": "If-Modified-Since"})
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
        """List users; `type="CurrentUser"` returns the connected user.

        Args:
            type: Only users of this kind; without it, all.
            type__s: Only users with this kind of licence.
            ids: Return only the users with these ids.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Users per page, 1 to 200; 200 by default.
            if_modified_since: Return only what was modified after this time. Needs a time zone.
        """
        ...

    @operation(
        "GET", "/crm/{version}/users/{user}", headers={"if_modified_since": "If-Modified-Since"}
    )
    def get(self, user: str, *, if_modified_since: datetime | None = None) -> User:
        """Return one user.

        Args:
            user: Id of the user.
            if_modified_since: Return only what was modified after this time. Needs a time zone.
        """
        ...

    @operation("POST", "/crm/{version}/users", body="users")
    def create(self, users: Sequence[Values]) -> BatchResult:
        """Invite users; return the outcome of each.

        Args:
            users: Users to create, each with `last_name` (at most 50 characters), `email` (at most
                100), `role` and `profile` (ids). Zoho documents one per call.
        """
        ...

    @operation("PUT", "/crm/{version}/users", body="users")
    def update(self, users: Sequence[Values]) -> BatchResult:
        """Change users, each with its `id`; return the outcome of each.

        Args:
            users: Users to change, each with its `id` and the new values. Zoho documents at most 10
                per call.
        """
        ...

    @operation("PUT", "/crm/{version}/users/{user}", body="changes", in_list=True)
    def update_one(self, user: str, changes: Values) -> Outcome:
        """Change one user; `status` activates and deactivates.

        Args:
            user: Id of the user.
            changes: Values to change, such as `role`, `profile`, `status` and `phone` (at most 30
                characters).
        """
        ...

    @operation("DELETE", "/crm/{version}/users/{user}")
    def delete_one(self, user: str) -> Outcome:
        """Delete one user. Raises Invalid for the last administrator and the like.

        Args:
            user: Id of the user.
        """
        ...

    @operation("GET", "/crm/{version}/users/actions/count", key="count", since="v6")
    def count(self, *, type: UserType | None = None) -> int | str:
        """Count users. Zoho's descriptions disagree on the type of the result: number or text.

        Args:
            type: Only users of this kind; without it, all.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/users/{user_id}/actions/transfer",
        key="transfer",
        body="transfer",
        in_list=True,
        scopes=("ZohoCRM.change_owner.CREATE",),
    )
    def transfer(self, user_id: str, transfer: Values) -> Outcome:
        """Transfer all that belongs to a user to others; the outcome contains the `job_id`.

        Args:
            user_id: Id of the user.
            transfer: `transfer` (what moves, and to which user) and `move_subordinate` (the user
                that the subordinates get).
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/users/actions/transfer",
        key="transfer",
        scopes=("ZohoCRM.change_owner.READ",),
    )
    def transfer_status(self, job_id: str) -> JobStatus:
        """Return the status of a transfer.

        Args:
            job_id: Id of the job.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/users/{user_id}/actions/validate_before_transfer",
        key="validate_before_transfer",
        scopes=("ZohoCRM.change_owner.READ",),
    )
    def validate_before_transfer(self, user_id: str) -> TransferCheck:
        """Return what depends on a user. Call this before a transfer.

        Args:
            user_id: Id of the user.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/users/actions/transfer_and_delete",
        key="transfer_and_delete",
        body="users",
        since="v3",
    )
    def transfer_and_delete(self, users: Sequence[Values]) -> BatchResult:
        """Transfer all that belongs to users to others, then delete them; each outcome names a job.

        Args:
            users: Users to delete, each with its `id`, `transfer` and `move_subordinate`. Zoho
                documents one per call.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/users/{id}/actions/transfer_and_delete",
        key="transfer_and_delete",
        body="transfer",
        in_list=True,
        since="v3",
    )
    def transfer_and_delete_one(self, id: str, transfer: Values) -> Outcome:
        """Transfer all that belongs to a user to others, then delete the user.

        Args:
            id: Id of the user.
            transfer: `transfer` (what moves, and to which user) and `move_subordinate` (the user
                that the subordinates get).
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/users/actions/transfer_and_delete",
        key="transfer_and_delete",
        since="v3",
    )
    def transfer_and_delete_status(self, job_id: str) -> JobStatus:
        """Return the status of a transfer with deletion.

        Args:
            job_id: Id of the job.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/users/{user}/actions/associated_groups",
        key="user_groups",
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
        """List the groups that a user is in.

        Args:
            user: Id of the user.
            include: Extra keys of each group to return.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Groups per page, 1 to 200; 200 by default.
        """
        ...
