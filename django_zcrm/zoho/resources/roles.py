"""Roles: the organisation's hierarchy."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.readers import batch, item, items, one
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.people import Role
from . import Resource


class Roles(Resource):
    """Roles (Zoho's manual: Roles)."""

    @operation(
        "GET",
        "/crm/{version}/settings/roles",
        key="roles",
        returns=items,
        scopes=("ZohoCRM.settings.roles.READ",),
    )
    def list(self) -> Sequence[Role]:
        """Return all roles."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/roles/{role_id}",
        key="roles",
        returns=item,
        scopes=("ZohoCRM.settings.roles.READ",),
    )
    def get(self, role_id: str) -> Role:
        """Return one role. Raises NotFound.

        Args:
            role_id: Id of the role.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/roles",
        key="roles",
        body="roles",
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.settings.roles.CREATE",),
    )
    def create(self, roles: Sequence[Values]) -> BatchResult:
        """Create roles; return the outcome of each.

        Args:
            roles: Roles to create, each with `name` (at most 200 characters) and `reporting_to`.
                Zoho documents at most 100 per call.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/roles",
        key="roles",
        body="roles",
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.settings.roles.UPDATE",),
    )
    def update(self, roles: Sequence[Values]) -> BatchResult:
        """Change roles; return the outcome of each.

        Args:
            roles: Roles to change, each with its `id` and the new values. Zoho documents at most
                100 per call.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/roles/{role_id}",
        key="roles",
        body="role",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.roles.UPDATE",),
    )
    def update_one(self, role_id: str, role: Values) -> Outcome:
        """Change one role.

        Args:
            role_id: Id of the role.
            role: Values to change, by Zoho's key: `name` (at most 200 characters), `reporting_to`,
                `description`.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/roles/{role_id}",
        key="roles",
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.roles.DELETE",),
    )
    def delete_one(self, role_id: str, transfer_to_id: str) -> Outcome:
        """Delete one role; its users get another role.

        Args:
            role_id: Id of the role.
            transfer_to_id: Id of the role that the users get.
        """
        ...
