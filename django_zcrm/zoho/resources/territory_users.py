"""Territory users: the users of a territory."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.people import User
from . import Resource


class TerritoryUsers(Resource, key="users", since="v3"):
    """Users of a territory (Zoho's manual: Territory Users); also see `user_territories`."""

    @operation(
        "GET",
        "/crm/{version}/settings/territories/{territory}/users",
        scopes=(
            "ZohoCRM.settings.territories.READ",
            "ZohoCRM.users.READ",
        ),
    )
    def list(self, territory: str) -> Sequence[User]:
        """Return the users of a territory.

        Args:
            territory: Id of the territory.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/territories/{territory}/users/{user}",
        scopes=(
            "ZohoCRM.settings.territories.READ",
            "ZohoCRM.users.READ",
        ),
    )
    def get(self, territory: str, user: str) -> User:
        """Return one user of a territory. Raises NotFound.

        Args:
            territory: Id of the territory.
            user: Id of the user.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/territories/{territory}/users",
        body="users",
        scopes=("ZohoCRM.settings.territories.ALL", "ZohoCRM.users.ALL"),
    )
    def associate(self, territory: str, users: Sequence[Values]) -> BatchResult:
        """Assign users to a territory; return the outcome of each.

        Args:
            territory: Id of the territory.
            users: Users, each by its `id`. Zoho documents at most 100 per call.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/territories/{territory}/users/{user}",
        scopes=("ZohoCRM.settings.territories.ALL", "ZohoCRM.users.ALL"),
    )
    def associate_one(self, territory: str, user: str) -> Outcome:
        """Assign one user to a territory.

        Args:
            territory: Id of the territory.
            user: Id of the user.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/territories/{territory}/users",
        each="ids",
        scopes=("ZohoCRM.settings.territories.ALL", "ZohoCRM.users.ALL"),
    )
    def remove(self, territory: str, ids: Sequence[str]) -> BatchResult:
        """Remove users from a territory; return the outcome of each.

        Args:
            territory: Id of the territory.
            ids: Ids of the users.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/territories/{territory}/users/{user}",
        scopes=("ZohoCRM.settings.territories.ALL", "ZohoCRM.users.ALL"),
    )
    def remove_one(self, territory: str, user: str) -> Outcome:
        """Remove one user from a territory.

        Args:
            territory: Id of the territory.
            user: Id of the user.
        """
        ...
