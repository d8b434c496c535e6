"""Scoring rules: how records get a score.

Written by tools/write_resources.py from zoho/resources/scoring_rules.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...resources.scoring_rules import ScoringRuleDetail
from ...results import BatchResult, Outcome
from ...types import Values
from ...types.automation import ScoringRule
from ..results import AsyncPage


class ScoringRules:
    """Scoring rules (Zoho's manual: Scoring Rules)."""

    async def list(
        self,
        *,
        module: str | None = None,
        layout_id: str | None = None,
        active: bool | None = None,
        name: str | None = None,
        include_inner_details: Sequence[ScoringRuleDetail] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[ScoringRule]:
        """List scoring rules."""
        ...

    async def get(
        self,
        id: str,
        *,
        layout_id: str | None = None,
        active: bool | None = None,
        name: str | None = None,
    ) -> ScoringRule:
        """Return one scoring rule. Raises NotFound."""
        ...

    async def create(self, scoring_rules: Sequence[Values]) -> BatchResult:
        """Create scoring rules; return the outcome of each."""
        ...

    async def update(self, scoring_rules: Sequence[Values]) -> BatchResult:
        """Change scoring rules, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, id: str, scoring_rule: Values) -> Outcome:
        """Change one scoring rule."""
        ...

    async def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete scoring rules; return the outcome of each."""
        ...

    async def delete_one(self, id: str) -> Outcome:
        """Delete one scoring rule."""
        ...

    async def activate(self, id: str) -> Outcome:
        """Activate a rule."""
        ...

    async def deactivate(self, id: str) -> Outcome:
        """Deactivate a rule."""
        ...

    async def clone(self, id: str) -> Outcome:
        """Copy a rule; the outcome has the copy's `id`."""
        ...
