"""User groups: groups of users to share with and assign to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types import Filters, Values
from ..types.people import Association, GroupSource, GroupSourcesCount, GroupUsersCount, UserGroup
from . import Resource

GroupInclude = Literal["sources_count", "sources"]


class UserGroups(Resource, scope="ZohoCRM.settings.user_groups", key="user_groups", since="v3"):
    """User groups (Zoho's manual: User Groups)."""

    @operation("GET", "/crm/{version}/settings/user_groups")
    def list(
        self,
        *,
        name: str | None = None,
        filters: Filters | None = None,
        include: Sequence[GroupInclude] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[UserGroup]:
        """List groups.

        Args:
            name: Only groups with this name.
            filters: Condition, or group of conditions, on the groups to return.
            include: Extra keys of each group to return.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Groups per page, 1 to 200; 200 by default.
        """
        ...

    @operation("GET", "/crm/{version}/settings/user_groups/{group}")
    def get(self, group: str) -> UserGroup:
        """Return one group. Raises NotFound.

        Args:
            group: Id of the user group.
        """
        ...

    @operation("POST", "/crm/{version}/settings/user_groups", body="user_groups")
    def create(self, user_groups: Sequence[Values]) -> BatchResult:
        """Create groups; return the outcome of each.

        Args:
            user_groups: Groups to create, each with `name` (at most 250 characters), `sources` (at
                most 200) and optionally `description`. Zoho documents one per call.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/user_groups", body="user_groups")
    def update(self, user_groups: Sequence[Values]) -> BatchResult:
        """Change groups, each with its `id`; return the outcome of each.

        Args:
            user_groups: Groups to change, each with its `id` and the new values.
        """
        ...

    @operation(
        "PUT", "/crm/{version}/settings/user_groups/{group}", body="user_group", in_list=True
    )
    def update_one(self, group: str, user_group: Values) -> Outcome:
        """Change one group.

        Args:
            group: Id of the user group.
            user_group: Values to change, by Zoho's key: `name` (at most 250 characters),
                `description`, `sources` (at most 200).
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/user_groups/{group}")
    def delete_one(self, group: str) -> Outcome:
        """Delete one group; `details` of the outcome may name a job.

        Args:
            group: Id of the user group.
        """
        ...

    @operation(
        "GET", "/crm/{version}/settings/user_groups/actions/deletion_jobs", since="v2", key=""
    )
    def deletion_jobs(self, job_id: str) -> Any:
        """Return the status of a group's deletion, as Zoho returns it.

        Args:
            job_id: Id of the job, from the outcome of `delete_one`.
        """
        ...

    @operation("GET", "/crm/{version}/settings/user_groups/{group}/sources", key="sources")
    def sources(
        self,
        group: str,
        *,
        type: str | None = None,
        user_type: str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[GroupSource]:
        """List a group's sources: users, roles, territories or other groups.

        Args:
            group: Id of the user group.
            type: Only sources of this kind, such as `users`.
            user_type: Only users of this kind.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Sources per page, 1 to 200; 200 by default.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/user_groups/{group}/actions/sources_count",
        key="sources_count",
    )
    def sources_count(self, group: str) -> Sequence[GroupSourcesCount]:
        """Count a group's sources, by kind.

        Args:
            group: Id of the user group.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/user_groups/{group}/actions/associations",
        key="associations",
    )
    def associations(self, group: str) -> Sequence[Association]:
        """Return where a group is used.

        Args:
            group: Id of the user group.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/user_groups/actions/associated_users_count",
        key="associated_users_count",
    )
    def associated_users_count(
        self,
        *,
        filters: Filters | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[GroupUsersCount]:
        """List how many users each group has.

        Args:
            filters: Condition, or group of conditions, on the groups to count.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Groups per page, 1 to 200; 200 by default.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/user_groups/{group}/associated_users/actions/grouped_counts",
        since="v7",
        key="",
    )
    def grouped_counts(self, group: str, group_by: str) -> Any:
        """Count the users of a group by a key; the result is as Zoho returns it.

        Args:
            group: Id of the user group.
            group_by: Key of the users whose values are counted.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/user_groups/actions/get_assigned",
        key="get_assigned",
        body="query",
        safe=True,
        scopes=("ZohoCRM.settings.user_groups.READ",),
        since="v2",
    )
    def get_assigned(self, query: Values) -> Any:
        """Return the groups that are assigned to an entity, as Zoho returns them.

        Args:
            query: `feature` (`user_groups`), `related_entity_id` and optionally `id`, `filters`,
                `page` and `per_page`.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/user_groups/actions/get_unassigned",
        key="get_unassigned",
        body="query",
        safe=True,
        scopes=("ZohoCRM.settings.user_groups.READ",),
        since="v2",
    )
    def get_unassigned(self, query: Values) -> Any:
        """Return the groups that are not assigned to an entity, as Zoho returns them.

        Args:
            query: `feature` (`user_groups`), `related_entity_id` and optionally `id`, `filters`,
                `page` and `per_page`.
        """
        ...
