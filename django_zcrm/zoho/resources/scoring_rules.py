"""Scoring rules: how records get a score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types import Values
from ..types.automation import ScoringRule
from . import Resource

ScoringRuleDetail = Literal["manual_scoring_rule.has_signal_rules", "zia_scoring_rule.type"]


class ScoringRules(
    Resource, scope="ZohoCRM.settings.scoring_rules", key="scoring_rules", since="v3"
):
    """Scoring rules (Zoho's manual: Scoring Rules)."""

    @operation("GET", "/crm/{version}/settings/automation/scoring_rules")
    def list(
        self,
        *,
        module: str | None = None,
        layout_id: str | None = None,
        active: bool | None = None,
        name: str | None = None,
        include_inner_details: Sequence[ScoringRuleDetail] | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[ScoringRule]:
        """List scoring rules.

        Args:
            module: API name of a module; without it, all modules.
            layout_id: Id of a layout; only its rules.
            active: Whether to return the active or the inactive rules; without it, both.
            name: Only rules with this name, at most 25 characters.
            include_inner_details: Keys of nested objects to return too, as dotted paths.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Scoring rules per page, 1 to 200; 200 by default.
        """
        ...

    @operation("GET", "/crm/{version}/settings/automation/scoring_rules/{id}")
    def get(
        self,
        id: str,
        *,
        layout_id: str | None = None,
        active: bool | None = None,
        name: str | None = None,
    ) -> ScoringRule:
        """Return one scoring rule. Raises NotFound.

        Args:
            id: Id of the scoring rule.
            layout_id: Id of a layout; only its rules.
            active: Whether to return the active or the inactive rules; without it, both.
            name: Only rules with this name, at most 25 characters.
        """
        ...

    @operation("POST", "/crm/{version}/settings/automation/scoring_rules", body="scoring_rules")
    def create(self, scoring_rules: Sequence[Values]) -> BatchResult:
        """Create scoring rules; return the outcome of each.

        Args:
            scoring_rules: Scoring rules to create, each with `name` (at most 25 characters),
                `layout`, `module`, `field_rules` and `signal_rules`. Zoho documents at most 20 per
                call.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/automation/scoring_rules", body="scoring_rules")
    def update(self, scoring_rules: Sequence[Values]) -> BatchResult:
        """Change scoring rules, each with its `id`; return the outcome of each.

        Args:
            scoring_rules: Scoring rules to change, each with its `id` and the new values. Zoho
                documents at most 10 per call.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/automation/scoring_rules/{id}",
        body="scoring_rule",
        in_list=True,
    )
    def update_one(self, id: str, scoring_rule: Values) -> Outcome:
        """Change one scoring rule.

        Args:
            id: Id of the scoring rule.
            scoring_rule: Values to change, such as `name`, `field_rules` and `signal_rules`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/automation/scoring_rules", each="ids")
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete scoring rules; return the outcome of each.

        Args:
            ids: Ids of the scoring rules.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/automation/scoring_rules/{id}")
    def delete_one(self, id: str) -> Outcome:
        """Delete one scoring rule.

        Args:
            id: Id of the scoring rule.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/automation/scoring_rules/{id}/actions/activate")
    def activate(self, id: str) -> Outcome:
        """Activate a rule.

        Args:
            id: Id of the scoring rule.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/automation/scoring_rules/{id}/actions/activate")
    def deactivate(self, id: str) -> Outcome:
        """Deactivate a rule.

        Args:
            id: Id of the scoring rule.
        """
        ...

    @operation("POST", "/crm/{version}/settings/automation/scoring_rules/{id}/actions/clone")
    def clone(self, id: str) -> Outcome:
        """Copy a rule; the outcome has the copy's `id`.

        Args:
            id: Id of the scoring rule to copy.
        """
        ...
