"""Assignment rules: the owner of a new record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..types.automation import AssignmentRule
from . import Resource

AssignmentRuleDetail = Literal["created_by.zuid", "modified_by.zuid"]


class AssignmentRules(
    Resource, scope="ZohoCRM.settings.assignment_rules", key="assignment_rules", since="v2.1"
):
    """Assignment rules (Zoho's manual: Assignment Rules)."""

    @operation("GET", "/crm/{version}/settings/automation/assignment_rules")
    def list(
        self,
        *,
        module: str | None = None,
        include_inner_details: Sequence[AssignmentRuleDetail] | None = None,
    ) -> Sequence[AssignmentRule]:
        """Return the rules, of one module or of all; the id of a rule is the `lar_id` of a write.

        Args:
            module: API name of a module; without it, all modules.
            include_inner_details: Keys of nested objects to return too, as dotted paths.
        """
        ...

    @operation("GET", "/crm/{version}/settings/automation/assignment_rules/{id}")
    def get(
        self,
        id: str,
        module: str,
        *,
        include_inner_details: Sequence[AssignmentRuleDetail] | None = None,
    ) -> AssignmentRule:
        """Return one rule with its entries. Raises NotFound.

        Args:
            id: Id of the rule.
            module: API name of the module of the rule.
            include_inner_details: Keys of nested objects to return too, as dotted paths.
        """
        ...
