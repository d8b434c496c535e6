"""Assignment rules: who gets a new record.

Written by tools/write_resources.py from zoho/resources/assignment_rules.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...resources.assignment_rules import AssignmentRuleDetail
from ...types.automation import AssignmentRule


class AssignmentRules:
    """Assignment rules (Zoho's manual: Assignment Rules)."""

    async def list(
        self,
        *,
        module: str | None = None,
        include_inner_details: Sequence[AssignmentRuleDetail] | None = None,
    ) -> Sequence[AssignmentRule]:
        """Return the rules, of one module or of all; a rule's id is the `lar_id` of a write."""
        ...

    async def get(
        self,
        id: str,
        module: str,
        *,
        include_inner_details: Sequence[AssignmentRuleDetail] | None = None,
    ) -> AssignmentRule:
        """Return one rule with its entries. Raises NotFound."""
        ...
