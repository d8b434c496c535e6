"""Portal user types: kinds of portal users, and their permissions."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.people import PortalUserType
from . import Resource


class PortalUserTypes(Resource, scope="ZohoCRM.settings.clientportal", key="user_type", since="v6"):
    """User types of a portal (Zoho's manual: Portal User Type)."""

    @operation("GET", "/crm/{version}/settings/portals/{portal_name}/user_type", since="v3")
    def list(self, portal_name: str, *, include: str | None = None) -> Sequence[PortalUserType]:
        """Return the user types of a portal.

        Args:
            portal_name: Name of the portal.
            include: Additional details to return, separated by commas.
        """
        ...

    @operation(
        "GET", "/crm/{version}/settings/portals/{portal_name}/user_type/{user_type_id}", since="v3"
    )
    def get(self, portal_name: str, user_type_id: str) -> PortalUserType:
        """Return one user type. Raises NotFound.

        Args:
            portal_name: Name of the portal.
            user_type_id: Id of the portal user type.
        """
        ...

    @operation("POST", "/crm/{version}/settings/portals/{portal_name}/user_type", body="user_types")
    def create(self, portal_name: str, user_types: Sequence[Values]) -> BatchResult:
        """Create user types; return the outcome of each.

        Args:
            portal_name: Name of the portal.
            user_types: User types to create, each with `name` (at most 255 characters),
                `personality_module`, `modules` and `invitation_field`.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/portals/{portal_name}/user_type/{user_type_id}",
        body="user_type",
        in_list=True,
    )
    def update_one(self, portal_name: str, user_type_id: str, user_type: Values) -> Outcome:
        """Change one user type.

        Args:
            portal_name: Name of the portal.
            user_type_id: Id of the portal user type.
            user_type: Values to change, by Zoho's key: `name` (at most 255 characters),
                `personality_module`, `modules`, `active`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/portals/{portal_name}/user_type/{user_type_id}")
    def delete_one(self, portal_name: str, user_type_id: str) -> Outcome:
        """Delete one user type.

        Args:
            portal_name: Name of the portal.
            user_type_id: Id of the portal user type.
        """
        ...
