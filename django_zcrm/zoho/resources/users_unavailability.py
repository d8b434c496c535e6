"""Users' unavailability: times in which users are away."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Filters, Values
from ..types.people import Unavailability
from . import Resource


class UsersUnavailability(
    Resource, scope="ZohoCRM.settings.users_unavailability", key="users_unavailability", since="v3"
):
    """Times in which users are away (Zoho's manual: Users Unavailability)."""

    @operation("GET", "/crm/{version}/settings/users_unavailability")
    def list(
        self,
        *,
        filters: Filters | None = None,
        group_ids: Sequence[str] | None = None,
        role_ids: Sequence[str] | None = None,
        territory_ids: Sequence[str] | None = None,
        include_inner_details: Sequence[str] | None = None,
    ) -> Sequence[Unavailability]:
        """Return the absences of users.

        Args:
            filters: Condition, or group of conditions, on the absences to return.
            group_ids: Ids of user groups; only absences of their users.
            role_ids: Ids of roles; only absences of their users.
            territory_ids: Ids of territories; only absences of their users.
            include_inner_details: Keys of nested objects to return too, as dotted paths.
        """
        ...

    @operation("GET", "/crm/{version}/settings/users_unavailability/{id}")
    def get(
        self,
        id: str,
        *,
        filters: Filters | None = None,
        include_inner_details: Sequence[str] | None = None,
    ) -> Unavailability:
        """Return one absence. Raises NotFound.

        Args:
            id: Id of the absence.
            filters: Condition, or group of conditions, on the absences to return.
            include_inner_details: Keys of nested objects to return too, as dotted paths.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/users_unavailability",
        body="unavailability",
        scopes=("ZohoCRM.settings.users_unavailability.WRITE",),
    )
    def create(self, unavailability: Sequence[Values]) -> BatchResult:
        """Enter absences; return the outcome of each.

        Args:
            unavailability: Absences to create: `user` (by `id`), `from` and `to` (ISO 8601 with
                offset), `comments` (at most 250 characters), `all_day`, `title`.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/users_unavailability",
        body="unavailability",
        scopes=("ZohoCRM.settings.users_unavailability.WRITE",),
    )
    def update(self, unavailability: Sequence[Values]) -> BatchResult:
        """Change absences, each with its `id`; return the outcome of each.

        Args:
            unavailability: Absences to change, each with its `id` and the new values.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/users_unavailability/{id}",
        body="unavailability",
        in_list=True,
        scopes=("ZohoCRM.settings.users_unavailability.WRITE",),
    )
    def update_one(self, id: str, unavailability: Values) -> Outcome:
        """Change one absence.

        Args:
            id: Id of the absence.
            unavailability: Values to change, as for `create`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/users_unavailability/{id}")
    def delete_one(self, id: str) -> Outcome:
        """Delete one absence.

        Args:
            id: Id of the absence.
        """
        ...
