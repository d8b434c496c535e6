"""Variables: values that scripts and templates of the organisation share.

Written by tools/write_resources.py from zoho/resources/variables.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Values
from ...types.organisation import Variable


class Variables:
    """Variables (Zoho's manual: Variables)."""

    async def list(self, *, group: str | None = None) -> Sequence[Variable]:
        """Return the variables, of one group or of all."""
        ...

    async def get(
        self, id: str, *, group: str | None = None, group_rid: str | None = None
    ) -> Variable:
        """Return one variable by id, or by API name and `group`. Raises NotFound."""
        ...

    async def create(self, variables: Sequence[Values]) -> BatchResult:
        """Create variables; return the outcome of each."""
        ...

    async def update(self, variables: Sequence[Values]) -> BatchResult:
        """Change variables, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, id: str, variable: Values, *, group: str | None = None) -> Outcome:
        """Change one variable, by id, or by API name and `group`."""
        ...

    async def delete(self, ids: Sequence[str], *, rids: Sequence[str] | None = None) -> BatchResult:
        """Delete variables; return the outcome of each."""
        ...

    async def delete_one(self, id: str) -> Outcome:
        """Delete one variable."""
        ...
