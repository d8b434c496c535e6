"""Territories: how customers are divided among users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types import Filters, Values
from ..types.people import DeletedTerritory, Territory, TerritoryUsersCount
from . import Resource

TerritoryInclude = Literal["account_rule_criteria", "deal_rule_criteria", "lead_rule_criteria"]
TerritoryDetail = Literal["manager.zuid", "manager.status"]


class Territories(Resource, scope="ZohoCRM.settings.territories", key="territories", since="v3"):
    """Territories (Zoho's manual: Territories). For their users, see `territory_users`."""

    @operation("GET", "/crm/{version}/settings/territories", since="v2")
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
        """List territories.

        Args:
            ids: Return only the territories with these ids.
            filters: Condition, or group of conditions, on the territories to return.
            include: Rules to return with each territory: those for accounts, deals, leads.
            include_inner_details: Keys of nested objects to return too, as dotted paths.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Territories per page, 1 to 200; 200 by default.
        """
        ...

    @operation("GET", "/crm/{version}/settings/territories/{id}", since="v2")
    def get(
        self, id: str, *, include_inner_details: Sequence[TerritoryDetail] | None = None
    ) -> Territory:
        """Return one territory. Raises NotFound.

        Args:
            id: Id of the territory.
            include_inner_details: Keys of nested objects to return too, as dotted paths.
        """
        ...

    @operation("POST", "/crm/{version}/settings/territories", body="territories")
    def create(self, territories: Sequence[Values]) -> BatchResult:
        """Create territories; return the outcome of each.

        Args:
            territories: Territories to create, each with `name` (at most 50 characters),
                `reporting_to` and `permission_type` (read_only or read_write_delete). Zoho
                documents at most 100 per call.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/territories", body="territories")
    def update(self, territories: Sequence[Values]) -> BatchResult:
        """Change territories, each with its `id`; return the outcome of each.

        Args:
            territories: Territories to change, each with its `id` and the new values. Zoho
                documents at most 100 per call.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/territories/{id}", body="territory", in_list=True)
    def update_one(self, id: str, territory: Values) -> Outcome:
        """Change one territory.

        Args:
            id: Id of the territory.
            territory: Values to change, by Zoho's key: `name` (at most 50 characters),
                `permission_type`, `reporting_to`, rules.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/territories", each="ids")
    def delete(
        self, ids: Sequence[str], *, delete_previous_forecasts: bool | None = None
    ) -> BatchResult:
        """Delete territories; return the outcome of each.

        Args:
            ids: Ids of the territories.
            delete_previous_forecasts: Whether to delete earlier forecasts of the territory too.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/territories/{id}")
    def delete_one(self, id: str, *, delete_previous_forecasts: bool | None = None) -> Outcome:
        """Delete one territory. Raises Invalid while something depends on it.

        Args:
            id: Id of the territory.
            delete_previous_forecasts: Whether to delete earlier forecasts of the territory too.
        """
        ...

    @operation("GET", "/crm/{version}/settings/territories/{id}/__child_territories")
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
        """List the territories below one.

        Args:
            id: Id of the territory above.
            filters: Condition, or group of conditions, on the territories to return.
            include: Rules to return with each territory: those for accounts, deals, leads.
            include_inner_details: Keys of nested objects to return too, as dotted paths.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Territories per page, 1 to 200; 200 by default.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/territories/actions/transfer_and_delete",
        body="territories",
        scopes=("ZohoCRM.settings.territories.DELETE",),
    )
    def transfer_and_delete(self, territories: Sequence[Values]) -> BatchResult:
        """Delete territories; all that belongs to them moves to other territories.

        Args:
            territories: Territories to delete, each with its `id` and `transfer_to_id`. Zoho
                documents at most 100 per call.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/territories/{id}/actions/transfer_and_delete",
        body="territory",
        in_list=True,
        scopes=("ZohoCRM.settings.territories.DELETE",),
    )
    def transfer_and_delete_one(self, id: str, territory: Values) -> Outcome:
        """Delete one territory; all that belongs to it moves to another territory.

        Args:
            id: Id of the territory.
            territory: `transfer_to_id`: id of the territory that gets the records.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/territories/actions/associated_users_count",
        key="associated_users_count",
    )
    def associated_users_count(self) -> Sequence[TerritoryUsersCount]:
        """Return how many users each territory has."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/territories/actions/deleted_associated_territories",
        since="v2",
    )
    def deleted_associated_territories(
        self, *, ids: Sequence[str] | None = None
    ) -> Sequence[DeletedTerritory]:
        """Return deleted territories that records still refer to.

        Args:
            ids: Return only the territories with these ids.
        """
        ...
