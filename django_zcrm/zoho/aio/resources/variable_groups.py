"""Variable groups: how variables are grouped.

Written by tools/write_resources.py from zoho/resources/variable_groups.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Values
from ...types.organisation import VariableGroup


class VariableGroups:
    """Variable groups (Zoho's manual: Variable Groups)."""

    async def list(self) -> Sequence[VariableGroup]:
        """Return all groups."""
        ...

    async def get(self, id: str) -> VariableGroup:
        """Return one group, by id or API name. Raises NotFound."""
        ...

    async def update(self, variable_groups: Sequence[Values]) -> BatchResult:
        """Change groups, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, id: str, variable_group: Values) -> Outcome:
        """Change one group."""
        ...
