"""User territories: which territories a user works in."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, items, one
from ..results import BatchResult, Outcome
from ..types import Values
from ..types.people import UserTerritory
from . import Resource


class UserTerritories(Resource):
    """Territories of a user (Zoho's manual: Users Territories); also see `territory_users`."""

    @operation(
        "GET",
        "/crm/{version}/users/{user}/territories",
        key="territories",
        returns=items,
        since="v3",
        scopes=(
            "ZohoCRM.settings.territories.READ",
            "ZohoCRM.users.READ",
        ),
    )
    def list(self, user: str) -> Sequence[UserTerritory]:
        """Return the territories of a user."""
        ...

    @operation(
        "GET",
        "/crm/{version}/users/{user}/territories/{territory}",
        key="territories",
        returns=item,
        since="v3",
        scopes=(
            "ZohoCRM.settings.territories.READ",
            "ZohoCRM.users.READ",
        ),
    )
    def get(self, user: str, territory: str) -> UserTerritory:
        """Return one territory of a user. Raises NotFound."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/users/{user}/territories",
        key="territories",
        body="territories",
        returns=batch,
        since="v3",
        scopes=(
            "ZohoCRM.settings.territories.UPDATE",
            "ZohoCRM.users.UPDATE",
        ),
    )
    def associate(self, user: str, territories: Sequence[Values]) -> BatchResult:
        """Assign territories, each by its `id`, to a user; return the outcome of each."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/users/{user}/territories",
        key="territories",
        each="ids",
        returns=batch,
        since="v7",
        scopes=(
            "ZohoCRM.settings.territories.DELETE",
            "ZohoCRM.users.DELETE",
        ),
    )
    def remove(self, user: str, ids: Sequence[str]) -> BatchResult:
        """Remove territories from a user; return the outcome of each."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/users/{user}/territories/{territory}",
        key="territories",
        returns=one,
        since="v7",
        scopes=(
            "ZohoCRM.settings.territories.DELETE",
            "ZohoCRM.users.DELETE",
        ),
    )
    def remove_one(self, user: str, territory: str) -> Outcome:
        """Remove one territory from a user."""
        ...
