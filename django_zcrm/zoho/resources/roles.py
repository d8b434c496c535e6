"""Roles: the organisation's hierarchy."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.people import Role
from . import Resource


class Roles(Resource, scope="ZohoCRM.settings.roles", key="roles", since="v3"):
    """Roles (Zoho's manual: Roles)."""

    @operation("GET", "/crm/{version}/settings/roles", since="v2")
    def list(self) -> Sequence[Role]:
        """Return all roles."""
        ...

    @operation("GET", "/crm/{version}/settings/roles/{role_id}", since="v2")
    def get(self, role_id: str) -> Role:
        """Return one role. Raises NotFound.

        Args:
            role_id: Id of the role.
        """
        ...

    @operation("POST", "/crm/{version}/settings/roles", body="roles")
    def create(self, roles: Sequence[Values]) -> BatchResult:
        """Create roles; return the outcome of each.

        Args:
            roles: Roles to create, each with `name` (at most 200 characters) and `reporting_to`.
                Zoho documents at most 100 per call.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/roles", body="roles")
    def update(self, roles: Sequence[Values]) -> BatchResult:
        """Change roles; return the outcome of each.

        Args:
            roles: Roles to change, each with its `id` and the new values. Zoho documents at most
                100 per call.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/roles/{role_id}", body="role", in_list=True)
    def update_one(self, role_id: str, role: Values) -> Outcome:
        """Change one role.

        Args:
            role_id: Id of the role.
            role: Values to change, by Zoho's key: `name` (at most 200 characters), `reporting_to`,
                `description`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/roles/{role_id}")
    def delete_one(self, role_id: str, transfer_to_id: str) -> Outcome:
        """Delete one role; its users get another role.

        Args:
            role_id: Id of the role.
            transfer_to_id: Id of the role that the users get.
        """
        ...
