"""Sharing rules: rules that share records with users, roles and groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types import Filters, Values
from ..types.organisation import SharingRule, SharingRulesSummary
from . import Resource

ShareableModule = Literal[
    "Accounts",
    "Calls",
    "Campaigns",
    "Cases",
    "Contacts",
    "Deals",
    "Events",
    "Invoices",
    "Price_Books",
    "Products",
    "Purchase_Orders",
    "Quotes",
    "Sales_Orders",
    "Solutions",
    "Tasks",
    "Vendors",
]
"""Zoho's modules that sharing rules can cover; custom modules are given by name."""


class SharingRules(
    Resource, scope="ZohoCRM.settings.data_sharing", key="sharing_rules", since="v8"
):
    """Sharing rules (Zoho's manual: Sharing Rules)."""

    @operation("GET", "/crm/{version}/settings/data_sharing/rules")
    def list(
        self,
        *,
        module: ShareableModule | str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[SharingRule]:
        """List sharing rules, of one module or of all.

        Args:
            module: API name of a module; without it, all modules.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Sharing rules per page, 1 to 200; 200 by default.
        """
        ...

    @operation("GET", "/crm/{version}/settings/data_sharing/rules/{id}")
    def get(self, id: str, *, module: ShareableModule | str | None = None) -> SharingRule:
        """Return one sharing rule.

        Args:
            id: Id of the sharing rule.
            module: API name of the module that the rule belongs to.
        """
        ...

    @operation("POST", "/crm/{version}/settings/data_sharing/rules", body="sharing_rules")
    def create(self, sharing_rules: Sequence[Values], module: ShareableModule | str) -> BatchResult:
        """Create sharing rules; return the outcome of each.

        Args:
            sharing_rules: Sharing rules to create, by Zoho's key.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/data_sharing/rules", body="sharing_rules")
    def update(self, sharing_rules: Sequence[Values], module: ShareableModule | str) -> BatchResult:
        """Change sharing rules, each with its `id`; return the outcome of each.

        Args:
            sharing_rules: Sharing rules to change, each with its `id` and the new values.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation(
        "PUT", "/crm/{version}/settings/data_sharing/rules/{id}", body="sharing_rule", in_list=True
    )
    def update_one(self, id: str, sharing_rule: Values, module: ShareableModule | str) -> Outcome:
        """Change one sharing rule.

        Args:
            id: Id of the sharing rule.
            sharing_rule: Values to change, by Zoho's key.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/data_sharing/rules/{id}")
    def delete_one(self, id: str, module: ShareableModule | str) -> Outcome:
        """Delete one sharing rule.

        Args:
            id: Id of the sharing rule.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/data_sharing/rules/search",
        top_level=("filters",),
        safe=True,
        scopes=("ZohoCRM.settings.data_sharing.READ",),
    )
    def search(
        self,
        filters: Filters,
        *,
        module: ShareableModule | str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[SharingRule]:
        """List sharing rules that match.

        Args:
            filters: Condition, or group of conditions, on the sharing rules to return.
            module: API name of a module; without it, all modules.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Sharing rules per page, 1 to 200; 200 by default.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/data_sharing/rules/actions/summary",
        key="sharing_rules_summary",
    )
    def summary(
        self, *, module: ShareableModule | str | None = None
    ) -> Sequence[SharingRulesSummary]:
        """Return how many rules each module has.

        Args:
            module: API name of a module; without it, all modules.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/data_sharing/rules/actions/summary",
        key="sharing_rules_summary",
        top_level=("filters",),
        safe=True,
        scopes=("ZohoCRM.settings.data_sharing.READ",),
    )
    def search_summary(
        self, filters: Filters, *, module: ShareableModule | str | None = None
    ) -> Sequence[SharingRulesSummary]:
        """Return how many matching rules each module has.

        Args:
            filters: Condition, or group of conditions, on the sharing rules to count.
            module: API name of a module; without it, all modules.
        """
        ...

    @operation("POST", "/crm/{version}/settings/data_sharing/rules/actions/run")
    def run(self, module: ShareableModule | str) -> Outcome:
        """Apply a module's sharing rules again. Raises Invalid while Zoho is doing that.

        Args:
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/data_sharing/rules/{id}/actions/activate")
    def activate(self, id: str, module: ShareableModule | str) -> Outcome:
        """Activate a rule. Raises Invalid if it is active.

        Args:
            id: Id of the sharing rule.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/data_sharing/rules/{id}/actions/activate")
    def deactivate(self, id: str, module: ShareableModule | str) -> Outcome:
        """Deactivate a rule. Raises Invalid if it is not active.

        Args:
            id: Id of the sharing rule.
            module: API name of the module, such as `Leads`.
        """
        ...
