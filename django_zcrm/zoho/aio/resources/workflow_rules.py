"""Workflow rules: what happens automatically when records change.

Written by tools/write_resources.py from zoho/resources/workflow_rules.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ...results import BatchResult, Outcome
from ...types import Filters, SortOrder, Values
from ...types.automation import ModuleRulesCount, RulesCount, WorkflowRule
from ..results import AsyncPage


class WorkflowRules:
    """Workflow rules (Zoho's manual: Workflow Rules)."""

    async def list(
        self,
        *,
        module: str | None = None,
        status_active: bool | None = None,
        execute_on: str | None = None,
        filter: Filters | None = None,
        include_inner_details: bool | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[WorkflowRule]:
        """List workflow rules."""
        ...

    async def get(self, id: str) -> WorkflowRule:
        """Return one workflow rule with conditions and actions."""
        ...

    async def create(self, workflow_rules: Sequence[Values]) -> BatchResult:
        """Create workflow rules; return the outcome of each."""
        ...

    async def update(self, workflow_rules: Sequence[Values]) -> BatchResult:
        """Change workflow rules, each with its `id`; `status` activates and deactivates."""
        ...

    async def update_one(self, id: str, workflow_rule: Values) -> Outcome:
        """Change one workflow rule; `status` activates and deactivates."""
        ...

    async def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete workflow rules; return the outcome of each."""
        ...

    async def delete_one(self, id: str) -> Outcome:
        """Delete one workflow rule."""
        ...

    async def reorder(self, reorder: Values, *, module: str | None = None) -> BatchResult:
        """Set the order in which a module's rules run; return the outcome of each.

        `reorder` is `{"workflow_rules": [{"id": ..., "module_specific_sequence": 1}, ...]}`.
        """
        ...

    async def actions_count(self, ids: Sequence[str]) -> Sequence[WorkflowRule]:
        """Return how many actions each condition of these rules has."""
        ...

    async def rules_count(self) -> RulesCount:
        """Return how many rules there are, and how many are allowed."""
        ...

    async def module_specific_count(
        self, *, module: str | None = None
    ) -> Sequence[ModuleRulesCount]:
        """Return how many rules each module has."""
        ...

    async def usage(
        self, workflow_rule_id: str, executed_from: date, executed_till: date
    ) -> WorkflowRule:
        """Return how often a rule and its conditions ran between two days."""
        ...
