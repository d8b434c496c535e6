"""User groups: groups of users to share with and assign to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ..operation import operation
from ..readers import batch, item, items, one, page, value
from ..results import BatchResult, Outcome, Page
from ..types import Filters, Values
from ..types.people import Association, GroupSource, GroupSourcesCount, GroupUsersCount, UserGroup
from . import Resource

GroupInclude = Literal["sources_count", "sources"]


class UserGroups(Resource):
    """User groups (Zoho's manual: User Groups)."""

    @operation(
        "GET",
        "/crm/{version}/settings/user_groups",
        key="user_groups",
        returns=page,
        since="v3",
        scopes=("ZohoCRM.settings.user_groups.READ",),
    )
    def list(
        self,
        *,
        name: str | None = None,
        filters: Filters | None = None,
        include: Sequence[GroupInclude] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[UserGroup]:
        """List groups."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/user_groups/{group}",
        key="user_groups",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.settings.user_groups.READ",),
    )
    def get(self, group: str) -> UserGroup:
        """Return one group by id. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/user_groups",
        key="user_groups",
        body="user_groups",
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.settings.user_groups.CREATE",),
    )
    def create(self, user_groups: Sequence[Values]) -> BatchResult:
        """Create groups, each with `name` and `sources`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/user_groups",
        key="user_groups",
        body="user_groups",
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.settings.user_groups.UPDATE",),
    )
    def update(self, user_groups: Sequence[Values]) -> BatchResult:
        """Change groups, each with its `id`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/user_groups/{group}",
        key="user_groups",
        body="user_group",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.user_groups.UPDATE",),
    )
    def update_one(self, group: str, user_group: Values) -> Outcome:
        """Change one group."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/user_groups/{group}",
        key="user_groups",
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.user_groups.DELETE",),
    )
    def delete_one(self, group: str) -> Outcome:
        """Delete one group; `details` of the outcome may name a job."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/user_groups/actions/deletion_jobs",
        returns=value,
        scopes=("ZohoCRM.settings.user_groups.READ",),
    )
    def deletion_jobs(self, job_id: str) -> Any:
        """Return the status of a group's deletion, as Zoho returns it."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/user_groups/{group}/sources",
        key="sources",
        returns=page,
        since="v3",
        scopes=("ZohoCRM.settings.user_groups.READ",),
    )
    def sources(
        self,
        group: str,
        *,
        type: str | None = None,
        user_type: str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[GroupSource]:
        """List a group's sources: users, roles, territories or other groups."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/user_groups/{group}/actions/sources_count",
        key="sources_count",
        returns=items,
        since="v3",
        scopes=("ZohoCRM.settings.user_groups.READ",),
    )
    def sources_count(self, group: str) -> Sequence[GroupSourcesCount]:
        """Count a group's sources, by kind."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/user_groups/{group}/actions/associations",
        key="associations",
        returns=items,
        since="v3",
        scopes=("ZohoCRM.settings.user_groups.READ",),
    )
    def associations(self, group: str) -> Sequence[Association]:
        """Return where a group is used."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/user_groups/actions/associated_users_count",
        key="associated_users_count",
        returns=page,
        since="v3",
        scopes=("ZohoCRM.settings.user_groups.READ",),
    )
    def associated_users_count(
        self,
        *,
        filters: Filters | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[GroupUsersCount]:
        """List how many users each group has."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/user_groups/{group}/associated_users/actions/grouped_counts",
        returns=value,
        since="v7",
        scopes=("ZohoCRM.settings.user_groups.READ",),
    )
    def grouped_counts(self, group: str, group_by: str) -> Any:
        """Count the users of a group by `group_by`, as Zoho returns it."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/user_groups/actions/get_assigned",
        key="get_assigned",
        body="query",
        safe=True,
        returns=value,
        scopes=("ZohoCRM.settings.user_groups.READ",),
    )
    def get_assigned(self, query: Values) -> Any:
        """Return groups that are assigned to `related_entity_id`, as Zoho returns them."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/user_groups/actions/get_unassigned",
        key="get_unassigned",
        body="query",
        safe=True,
        returns=value,
        scopes=("ZohoCRM.settings.user_groups.READ",),
    )
    def get_unassigned(self, query: Values) -> Any:
        """Return groups that are not assigned to `related_entity_id`, as Zoho returns them."""
        ...
