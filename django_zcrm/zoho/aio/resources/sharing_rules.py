"""Sharing rules: whose records are shared with whom.

Written by tools/write_resources.py from zoho/resources/sharing_rules.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...resources.sharing_rules import ShareableModule
from ...results import BatchResult, Outcome
from ...types import Filters, Values
from ...types.organisation import SharingRule, SharingRulesSummary
from ..results import AsyncPage


class SharingRules:
    """Sharing rules (Zoho's manual: Sharing Rules)."""

    async def list(
        self,
        *,
        module: ShareableModule | str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[SharingRule]:
        """List sharing rules, of one module or of all."""
        ...

    async def get(self, id: str, *, module: ShareableModule | str | None = None) -> SharingRule:
        """Return one sharing rule."""
        ...

    async def create(
        self, sharing_rules: Sequence[Values], module: ShareableModule | str
    ) -> BatchResult:
        """Create sharing rules; return the outcome of each."""
        ...

    async def update(
        self, sharing_rules: Sequence[Values], module: ShareableModule | str
    ) -> BatchResult:
        """Change sharing rules, each with its `id`; return the outcome of each."""
        ...

    async def update_one(
        self, id: str, sharing_rule: Values, module: ShareableModule | str
    ) -> Outcome:
        """Change one sharing rule."""
        ...

    async def delete_one(self, id: str, module: ShareableModule | str) -> Outcome:
        """Delete one sharing rule."""
        ...

    async def search(
        self,
        filters: Filters,
        *,
        module: ShareableModule | str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[SharingRule]:
        """List sharing rules that match."""
        ...

    async def summary(
        self, *, module: ShareableModule | str | None = None
    ) -> Sequence[SharingRulesSummary]:
        """Return how many rules each module has."""
        ...

    async def search_summary(
        self, filters: Filters, *, module: ShareableModule | str | None = None
    ) -> Sequence[SharingRulesSummary]:
        """Return how many matching rules each module has."""
        ...

    async def run(self, module: ShareableModule | str) -> Outcome:
        """Recompute who sees a module's records. Raises Invalid while that is running."""
        ...

    async def activate(self, id: str, module: ShareableModule | str) -> Outcome:
        """Activate a rule. Raises Invalid if it is active."""
        ...

    async def deactivate(self, id: str, module: ShareableModule | str) -> Outcome:
        """Deactivate a rule. Raises Invalid if it is not active."""
        ...
