"""Workflow rules: automation that runs when records change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types import Filters, SortOrder, Values
from ..types.automation import ModuleRulesCount, RulesCount, WorkflowRule
from . import Resource


class WorkflowRules(
    Resource, scope="ZohoCRM.settings.workflow_rules", key="workflow_rules", since="v8"
):
    """Workflow rules (Zoho's manual: Workflow Rules)."""

    @operation("GET", "/crm/{version}/settings/automation/workflow_rules")
    def list(
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
    ) -> Page[WorkflowRule]:
        """List workflow rules.

        Args:
            module: API name of a module; without it, all modules.
            status_active: Whether to return the active or the inactive rules; without it, both.
            execute_on: Only rules with this trigger, such as `create` (at most 25 characters).
            filter: Condition, such as `{"field": {"api_name": "name"}, "comparator": "contains",
                "value": "x"}`.
            include_inner_details: Whether to return keys of nested objects too.
            sort_by: Field to sort by; Zoho documents `modified_time`.
            sort_order: Direction of the sort: `asc` or `desc`.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Workflow rules per page, 1 to 200; 200 by default.
        """
        ...

    @operation("GET", "/crm/{version}/settings/automation/workflow_rules/{id}")
    def get(self, id: str) -> WorkflowRule:
        """Return one workflow rule with conditions and actions.

        Args:
            id: Id of the workflow rule.
        """
        ...

    @operation("POST", "/crm/{version}/settings/automation/workflow_rules", body="workflow_rules")
    def create(self, workflow_rules: Sequence[Values]) -> BatchResult:
        """Create workflow rules; return the outcome of each.

        Args:
            workflow_rules: Workflow rules to create, each with `name` (at most 100 characters),
                `module`, `execute_when` and `conditions` (at most 10) with their actions. Zoho
                documents one per call.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/automation/workflow_rules", body="workflow_rules")
    def update(self, workflow_rules: Sequence[Values]) -> BatchResult:
        """Change workflow rules, each with its `id`; `status` activates and deactivates.

        Args:
            workflow_rules: Workflow rules to change, each with its `id` and the new values. Zoho
                documents one per call.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/automation/workflow_rules/{id}",
        body="workflow_rule",
        in_list=True,
    )
    def update_one(self, id: str, workflow_rule: Values) -> Outcome:
        """Change one workflow rule; `status` activates and deactivates.

        Args:
            id: Id of the workflow rule.
            workflow_rule: Values to change, such as `name` (at most 100 characters), `status` and
                `conditions`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/automation/workflow_rules", each="ids")
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete workflow rules; return the outcome of each.

        Args:
            ids: Ids of the workflow rules.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/automation/workflow_rules/{id}")
    def delete_one(self, id: str) -> Outcome:
        """Delete one workflow rule.

        Args:
            id: Id of the workflow rule.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/automation/workflow_rules/actions/reorder",
        key="reorder",
        body="reorder",
    )
    def reorder(self, reorder: Values, *, module: str | None = None) -> BatchResult:
        """Set the order in which a module's rules run; return the outcome of each.

        Args:
            reorder: `{"workflow_rules": [{"id": ..., "module_specific_sequence": 1}, ...]}`; Zoho
                documents at most 10 rules per call.
            module: API name of the module.
        """
        ...

    @operation("GET", "/crm/{version}/settings/automation/workflow_rules/actions/actions_count")
    def actions_count(self, ids: Sequence[str]) -> Sequence[WorkflowRule]:
        """Return the number of actions of each condition of some rules.

        Args:
            ids: Ids of the workflow rules.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/automation/workflow_rules/actions/rules_count",
        key="rules_count",
    )
    def rules_count(self) -> RulesCount:
        """Return how many rules there are, and how many are allowed."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/automation/workflow_rules/actions/module_specific_count",
        key="module_specific_count",
    )
    def module_specific_count(self, *, module: str | None = None) -> Sequence[ModuleRulesCount]:
        """Return how many rules each module has.

        Args:
            module: API name of a module; without it, all modules.
        """
        ...

    @operation(
        "GET", "/crm/{version}/settings/automation/workflow_rules/{workflow_rule_id}/actions/usage"
    )
    def usage(
        self, workflow_rule_id: str, executed_from: date, executed_till: date
    ) -> WorkflowRule:
        """Return how often a rule and its conditions ran between two days.

        Args:
            workflow_rule_id: Id of the workflow rule.
            executed_from: First day.
            executed_till: Last day.
        """
        ...
