"""Roles: the organisation's hierarchy."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, items, one
from ..results import BatchResult, Outcome
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
        """Return one role. Raises NotFound."""
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
        """Create roles, each with `name` and `reporting_to`; return the outcome of each."""
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
        """Change roles, each with its `id`; return the outcome of each."""
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
        """Change one role."""
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
        """Delete one role; its users get the role `transfer_to_id`."""
        ...
