"""Modules: metadata of the kinds of records.

Written by tools/write_resources.py from zoho/resources/modules.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types import Values
from ...types.metadata import Module, ModuleStatus


class Modules:
    """Module metadata (Zoho's manual: Modules Metadata)."""

    async def list(
        self,
        *,
        status: ModuleStatus | None = None,
        feature_name: str | None = None,
        include: str | None = None,
    ) -> Sequence[Module]:
        """Return the modules that this user may see."""
        ...

    async def get(self, module: str) -> Module:
        """Return one module by its API name or id. Raises Invalid when there is none."""
        ...

    async def create(self, modules: Sequence[Values]) -> BatchResult:
        """Create custom modules; return the outcome of each."""
        ...

    async def update(self, modules: Sequence[Values]) -> BatchResult:
        """Change modules, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, module: str, changes: Values) -> Outcome:
        """Change one module, by its API name or id."""
        ...
