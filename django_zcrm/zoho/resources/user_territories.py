"""User territories: the territories of a user."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.people import UserTerritory
from . import Resource


class UserTerritories(Resource, key="territories", since="v3"):
    """Territories of a user (Zoho's manual: Users Territories); also see `territory_users`."""

    @operation(
        "GET",
        "/crm/{version}/users/{user}/territories",
        scopes=(
            "ZohoCRM.settings.territories.READ",
            "ZohoCRM.users.READ",
        ),
    )
    def list(self, user: str) -> Sequence[UserTerritory]:
        """Return the territories of a user.

        Args:
            user: Id of the user.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/users/{user}/territories/{territory}",
        scopes=(
            "ZohoCRM.settings.territories.READ",
            "ZohoCRM.users.READ",
        ),
    )
    def get(self, user: str, territory: str) -> UserTerritory:
        """Return one territory of a user. Raises NotFound.

        Args:
            user: Id of the user.
            territory: Id of the territory.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/users/{user}/territories",
        body="territories",
        scopes=(
            "ZohoCRM.settings.territories.UPDATE",
            "ZohoCRM.users.UPDATE",
        ),
    )
    def associate(self, user: str, territories: Sequence[Values]) -> BatchResult:
        """Assign territories to a user; return the outcome of each.

        Args:
            user: Id of the user.
            territories: Territories, each by its `id`. Zoho documents at most 200 per call.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/users/{user}/territories",
        each="ids",
        since="v7",
        scopes=(
            "ZohoCRM.settings.territories.DELETE",
            "ZohoCRM.users.DELETE",
        ),
    )
    def remove(self, user: str, ids: Sequence[str]) -> BatchResult:
        """Remove territories from a user; return the outcome of each.

        Args:
            user: Id of the user.
            ids: Ids of the territories.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/users/{user}/territories/{territory}",
        since="v7",
        scopes=(
            "ZohoCRM.settings.territories.DELETE",
            "ZohoCRM.users.DELETE",
        ),
    )
    def remove_one(self, user: str, territory: str) -> Outcome:
        """Remove one territory from a user.

        Args:
            user: Id of the user.
            territory: Id of the territory.
        """
        ...
