"""User groups: groups of users to share with and assign to.

Written by tools/write_resources.py from zoho/resources/user_groups.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...resources.user_groups import GroupInclude
from ...results import BatchResult, Outcome
from ...types import Filters, Values
from ...types.people import Association, GroupSource, GroupSourcesCount, GroupUsersCount, UserGroup
from ..results import AsyncPage


class UserGroups:
    """User groups (Zoho's manual: User Groups)."""

    async def list(
        self,
        *,
        name: str | None = None,
        filters: Filters | None = None,
        include: Sequence[GroupInclude] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[UserGroup]:
        """List groups."""
        ...

    async def get(self, group: str) -> UserGroup:
        """Return one group by id. Raises NotFound."""
        ...

    async def create(self, user_groups: Sequence[Values]) -> BatchResult:
        """Create groups, each with `name` and `sources`; return the outcome of each."""
        ...

    async def update(self, user_groups: Sequence[Values]) -> BatchResult:
        """Change groups, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, group: str, user_group: Values) -> Outcome:
        """Change one group."""
        ...

    async def delete_one(self, group: str) -> Outcome:
        """Delete one group; `details` of the outcome may name a job."""
        ...

    async def deletion_jobs(self, job_id: str) -> Any:
        """Return the status of a group's deletion, as Zoho returns it."""
        ...

    async def sources(
        self,
        group: str,
        *,
        type: str | None = None,
        user_type: str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[GroupSource]:
        """List a group's sources: users, roles, territories or other groups."""
        ...

    async def sources_count(self, group: str) -> Sequence[GroupSourcesCount]:
        """Count a group's sources, by kind."""
        ...

    async def associations(self, group: str) -> Sequence[Association]:
        """Return where a group is used."""
        ...

    async def associated_users_count(
        self,
        *,
        filters: Filters | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[GroupUsersCount]:
        """List how many users each group has."""
        ...

    async def grouped_counts(self, group: str, group_by: str) -> Any:
        """Count the users of a group by `group_by`, as Zoho returns it."""
        ...

    async def get_assigned(self, query: Values) -> Any:
        """Return groups that are assigned to `related_entity_id`, as Zoho returns them."""
        ...

    async def get_unassigned(self, query: Values) -> Any:
        """Return groups that are not assigned to `related_entity_id`, as Zoho returns them."""
        ...
