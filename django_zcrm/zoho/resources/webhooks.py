"""Webhooks: the automation actions that call a URL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types import ApiNamed, Filters, SortOrder, Values
from ..types.automation import Webhook, WebhookFailure, WebhookUsage
from . import Resource


class Webhooks(Resource, scope="ZohoCRM.settings.automation_actions", key="webhooks", since="v8"):
    """Webhooks (Zoho's manual: Webhooks). For notifications of changes, see `notifications`."""

    @operation("GET", "/crm/{version}/settings/automation/webhooks")
    def list(
        self,
        *,
        module: str | None = None,
        related_module: str | None = None,
        feature_type: str | None = None,
        filters: Filters | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[Webhook]:
        """List webhooks.

        Args:
            module: API name of a module; without it, all modules.
            related_module: API name of a related module, such as `Notes`; only its webhooks.
            feature_type: Only webhooks of this feature, such as `workflow`.
            filters: Condition, or group of conditions, on the webhooks to return.
            sort_by: Field to sort by; Zoho documents `Modified_Time`.
            sort_order: Direction of the sort: `asc` or `desc`.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Webhooks per page, 1 to 200; 200 by default.
        """
        ...

    @operation("GET", "/crm/{version}/settings/automation/webhooks/{webhook_id}")
    def get(self, webhook_id: str) -> Webhook:
        """Return one webhook. Raises NotFound.

        Args:
            webhook_id: Id of the webhook.
        """
        ...

    @operation("POST", "/crm/{version}/settings/automation/webhooks", body="webhooks")
    def create(self, webhooks: Sequence[Values]) -> BatchResult:
        """Create webhooks; return the outcome of each.

        Args:
            webhooks: Webhooks to create, each with `name`, `url`, `http_method`, `module` and
                `feature_type`. Texts have at most 255 characters. Zoho documents one per call.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/automation/webhooks", body="webhooks")
    def update(self, webhooks: Sequence[Values]) -> BatchResult:
        """Change webhooks, each with its `id`; return the outcome of each.

        Args:
            webhooks: Webhooks to change, each with its `id` and the new values. Zoho documents one
                per call.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/automation/webhooks/{webhook_id}",
        body="webhook",
        in_list=True,
    )
    def update_one(self, webhook_id: str, webhook: Values) -> Outcome:
        """Change one webhook.

        Args:
            webhook_id: Id of the webhook.
            webhook: Values to change, as for `create`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/automation/webhooks", each="ids")
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete webhooks; return the outcome of each. Zoho refuses webhooks in use.

        Args:
            ids: Ids of the webhooks.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/automation/webhooks/{webhook_id}")
    def delete_one(self, webhook_id: str) -> Outcome:
        """Delete one webhook. Raises Invalid while a rule uses it.

        Args:
            webhook_id: Id of the webhook.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/automation/webhooks/actions/associated_modules",
        key="associated_modules",
    )
    def associated_modules(self) -> Sequence[ApiNamed]:
        """Return the modules that have webhooks."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/automation/webhooks/actions/usage_reports",
        key="data_usage",
        rename={"from_": "from"},
    )
    def usage_reports(
        self,
        *,
        group_by: Literal["date"] = "date",
        type: Literal["webhooks"] | None = None,
        from_: date | None = None,
        to: date | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[WebhookUsage]:
        """List how often webhooks were called, day by day.

        Args:
            group_by: Unit of the report; Zoho documents only days.
            type: Kind of the report.
            from_: First day.
            to: Last day.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Days per page, 1 to 200; 200 by default.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/automation/webhook_failures",
        key="webhook_failures",
        rename={"from_": "from"},
    )
    def failures(
        self,
        *,
        webhook_id: str | None = None,
        module: str | None = None,
        from_: date | None = None,
        to: date | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[WebhookFailure]:
        """List calls that failed, and why.

        Args:
            webhook_id: Id of a webhook; only its calls.
            module: API name of a module; only calls for its records.
            from_: First day.
            to: Last day.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Failed calls per page, 1 to 200; 200 by default.
        """
        ...
