"""Portal users: people that can sign in to a portal."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types import Filters, Values
from ..types.people import PortalUser
from . import Resource


class PortalUsers(Resource, scope="ZohoCRM.settings.clientportal", key="users", since="v6"):
    """Users of a portal (Zoho's manual: Portal Users)."""

    @operation(
        "GET",
        "/crm/{version}/settings/portals/{portal_name}/user_type/{user_type_id}/users",
        rename={"source__s": "Source__s"},
        since="v3",
    )
    def list(
        self,
        portal_name: str,
        user_type_id: str,
        *,
        filters: Filters | None = None,
        type: str | None = None,
        source__s: str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[PortalUser]:
        """List the users of a type.

        Args:
            portal_name: Name of the portal.
            user_type_id: Id of the portal user type.
            filters: Condition, or group of conditions, on the users to return.
            type: Only users of this kind.
            source__s: Only users from this source.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Users per page, 1 to 200; 200 by default.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/portals/{portal_name}/user_type/{user_type_id}/users",
        each="personality_ids",
    )
    def delete(
        self, portal_name: str, user_type_id: str, personality_ids: Sequence[str]
    ) -> BatchResult:
        """Remove users from a portal; return the outcome of each.

        Args:
            portal_name: Name of the portal.
            user_type_id: Id of the portal user type.
            personality_ids: Ids (`personality_id`) of the users.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/portals/{portal_name}/user_type/{user_type_id}/users/action/transfer",
        rename={"transfer_to": "transfer_To"},
        each="personality_ids",
        scopes=("ZohoCRM.settings.clientportal.UPDATE",),
    )
    def transfer(
        self, portal_name: str, user_type_id: str, personality_ids: Sequence[str], transfer_to: str
    ) -> BatchResult:
        """Move users to another user type; return the outcome of each.

        Args:
            portal_name: Name of the portal.
            user_type_id: Id of the portal user type.
            personality_ids: Ids (`personality_id`) of the users.
            transfer_to: Id of the user type that the users get.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/portals/{portal_name}/user_type/{user_type_id}/users/actions/change_status",
        key="change_status",
        body="change",
        in_list=True,
        scopes=("ZohoCRM.settings.clientportal.UPDATE",),
        since="v2",
    )
    def change_status(self, portal_name: str, user_type_id: str, change: Values) -> Outcome:
        """Activate or deactivate users; the outcome names the job.

        Args:
            portal_name: Name of the portal.
            user_type_id: Id of the portal user type.
            change: `users`, at most 100, each with its `id` and `active`.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/portals/{portal_name}/user_type/{user_type_id}/users/{record_id}/actions/change_status",
        key="change_status",
        scopes=("ZohoCRM.settings.clientportal.UPDATE",),
        since="v2",
    )
    def change_status_one(
        self, portal_name: str, user_type_id: str, record_id: str, active: bool
    ) -> Outcome:
        """Activate or deactivate one user.

        Args:
            portal_name: Name of the portal.
            user_type_id: Id of the portal user type.
            record_id: Id of the record that belongs to the user.
            active: True activates the user, False deactivates.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/portals/{portal_name}/user_type/{user_type_id}/users/{user_id}/actions/change_status",
        key="change_status",
    )
    def update_status(
        self, portal_name: str, user_type_id: str, user_id: str, *, active: bool | None = None
    ) -> Outcome:
        """Activate or deactivate one user, by PUT as in Zoho's older description.

        Args:
            portal_name: Name of the portal.
            user_type_id: Id of the portal user type.
            user_id: Id of the user.
            active: True activates the user, False deactivates.
        """
        ...
