"""Users' unavailability: when they are away."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, items, one
from ..results import BatchResult, Outcome
from ..types import Filters, Values
from ..types.people import Unavailability
from . import Resource


class UsersUnavailability(Resource):
    """Times in which users are away (Zoho's manual: Users Unavailability)."""

    @operation(
        "GET",
        "/crm/{version}/settings/users_unavailability",
        key="users_unavailability",
        returns=items,
        since="v3",
        scopes=("ZohoCRM.settings.users_unavailability.READ",),
    )
    def list(
        self,
        *,
        filters: Filters | None = None,
        group_ids: Sequence[str] | None = None,
        role_ids: Sequence[str] | None = None,
        territory_ids: Sequence[str] | None = None,
        include_inner_details: Sequence[str] | None = None,
    ) -> Sequence[Unavailability]:
        """Return when users are away, all or those of groups, roles and territories."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/users_unavailability/{id}",
        key="users_unavailability",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.settings.users_unavailability.READ",),
    )
    def get(
        self,
        id: str,
        *,
        filters: Filters | None = None,
        include_inner_details: Sequence[str] | None = None,
    ) -> Unavailability:
        """Return one absence. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/users_unavailability",
        key="users_unavailability",
        body="unavailability",
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.settings.users_unavailability.WRITE",),
    )
    def create(self, unavailability: Sequence[Values]) -> BatchResult:
        """Enter absences: `user`, `from`, `to`, `comments`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/users_unavailability",
        key="users_unavailability",
        body="unavailability",
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.settings.users_unavailability.WRITE",),
    )
    def update(self, unavailability: Sequence[Values]) -> BatchResult:
        """Change absences, each with its `id`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/users_unavailability/{id}",
        key="users_unavailability",
        body="unavailability",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.users_unavailability.WRITE",),
    )
    def update_one(self, id: str, unavailability: Values) -> Outcome:
        """Change one absence."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/users_unavailability/{id}",
        key="users_unavailability",
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.users_unavailability.DELETE",),
    )
    def delete_one(self, id: str) -> Outcome:
        """Delete one absence."""
        ...
