"""Territories: how customers are divided among users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operation import operation
from ..readers import batch, item, items, one, page
from ..results import BatchResult, Outcome, Page
from ..types import Filters, Values
from ..types.people import DeletedTerritory, Territory, TerritoryUsersCount
from . import Resource

TerritoryInclude = Literal["account_rule_criteria", "deal_rule_criteria", "lead_rule_criteria"]
TerritoryDetail = Literal["manager.zuid", "manager.status"]


class Territories(Resource):
    """Territories (Zoho's manual: Territories). For their users, see `territory_users`."""

    @operation(
        "GET",
        "/crm/{version}/settings/territories",
        key="territories",
        returns=page,
        scopes=("ZohoCRM.settings.territories.READ",),
    )
    def list(
        self,
        *,
        ids: Sequence[str] | None = None,
        filters: Filters | None = None,
        include: Sequence[TerritoryInclude] | None = None,
        include_inner_details: Sequence[TerritoryDetail] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[Territory]:
        """List territories; `include` adds the rules that put records into them."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/territories/{id}",
        key="territories",
        returns=item,
        scopes=("ZohoCRM.settings.territories.READ",),
    )
    def get(
        self, id: str, *, include_inner_details: Sequence[TerritoryDetail] | None = None
    ) -> Territory:
        """Return one territory. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/territories",
        key="territories",
        body="territories",
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.settings.territories.CREATE",),
    )
    def create(self, territories: Sequence[Values]) -> BatchResult:
        """Create territories; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/territories",
        key="territories",
        body="territories",
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.settings.territories.UPDATE",),
    )
    def update(self, territories: Sequence[Values]) -> BatchResult:
        """Change territories, each with its `id`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/territories/{id}",
        key="territories",
        body="territory",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.territories.UPDATE",),
    )
    def update_one(self, id: str, territory: Values) -> Outcome:
        """Change one territory."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/territories",
        key="territories",
        each="ids",
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.settings.territories.DELETE",),
    )
    def delete(
        self, ids: Sequence[str], *, delete_previous_forecasts: bool | None = None
    ) -> BatchResult:
        """Delete territories; return the outcome of each."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/territories/{id}",
        key="territories",
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.territories.DELETE",),
    )
    def delete_one(self, id: str, *, delete_previous_forecasts: bool | None = None) -> Outcome:
        """Delete one territory. Raises Invalid while something depends on it."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/territories/{id}/__child_territories",
        key="territories",
        returns=page,
        since="v3",
        scopes=("ZohoCRM.settings.territories.READ",),
    )
    def child_territories(
        self,
        id: str,
        *,
        filters: Filters | None = None,
        include: Sequence[TerritoryInclude] | None = None,
        include_inner_details: Sequence[TerritoryDetail] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[Territory]:
        """List the territories below one."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/territories/actions/transfer_and_delete",
        key="territories",
        body="territories",
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.settings.territories.DELETE",),
    )
    def transfer_and_delete(self, territories: Sequence[Values]) -> BatchResult:
        """Delete territories, each by its `id`, and move what they had to `transfer_to_id`."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/territories/{id}/actions/transfer_and_delete",
        key="territories",
        body="territory",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.territories.DELETE",),
    )
    def transfer_and_delete_one(self, id: str, territory: Values) -> Outcome:
        """Delete one territory, and move what it had to `transfer_to_id`."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/territories/actions/associated_users_count",
        key="associated_users_count",
        returns=items,
        since="v3",
        scopes=("ZohoCRM.settings.territories.READ",),
    )
    def associated_users_count(self) -> Sequence[TerritoryUsersCount]:
        """Return how many users each territory has."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/territories/actions/deleted_associated_territories",
        key="territories",
        returns=items,
        scopes=("ZohoCRM.settings.territories.READ",),
    )
    def deleted_associated_territories(
        self, *, ids: Sequence[str] | None = None
    ) -> Sequence[DeletedTerritory]:
        """Return deleted territories that records still refer to."""
        ...
