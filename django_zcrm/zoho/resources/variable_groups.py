"""Variable groups: how variables are grouped."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.organisation import VariableGroup
from . import Resource


class VariableGroups(Resource, scope="ZohoCRM.settings.variable_groups", key="variable_groups"):
    """Variable groups (Zoho's manual: Variable Groups)."""

    @operation("GET", "/crm/{version}/settings/variable_groups")
    def list(self) -> Sequence[VariableGroup]:
        """Return all groups."""
        ...

    @operation("GET", "/crm/{version}/settings/variable_groups/{id}")
    def get(self, id: str) -> VariableGroup:
        """Return one group. Raises NotFound.

        Args:
            id: Id or API name of the group.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/variable_groups", body="variable_groups")
    def update(self, variable_groups: Sequence[Values]) -> BatchResult:
        """Change groups, each with its `id`; return the outcome of each.

        Args:
            variable_groups: Groups to change, each with its `id` and the new values: `name` (at
                most 50 characters), `api_name` (at most 100). Zoho documents at most 10 per call.
        """
        ...

    @operation(
        "PUT", "/crm/{version}/settings/variable_groups/{id}", body="variable_group", in_list=True
    )
    def update_one(self, id: str, variable_group: Values) -> Outcome:
        """Change one group.

        Args:
            id: Id of the group.
            variable_group: Values to change, by Zoho's key: `name` (at most 50 characters),
                `api_name` (at most 100).
        """
        ...
