"""Webhooks: the automation actions that call a URL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from ..operation import operation
from ..readers import batch, item, items, one, page
from ..results import BatchResult, Outcome, Page
from ..types import ApiNamed, Filters, SortOrder, Values
from ..types.automation import Webhook, WebhookFailure, WebhookUsage
from . import Resource


class Webhooks(Resource):
    """Webhooks (Zoho's manual: Webhooks). For notifications of changes, see `notifications`."""

    @operation(
        "GET",
        "/crm/{version}/settings/automation/webhooks",
        key="webhooks",
        returns=page,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.READ",),
    )
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
        """List webhooks."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/automation/webhooks/{webhook_id}",
        key="webhooks",
        returns=item,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.READ",),
    )
    def get(self, webhook_id: str) -> Webhook:
        """Return one webhook. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/automation/webhooks",
        key="webhooks",
        body="webhooks",
        returns=batch,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.CREATE",),
    )
    def create(self, webhooks: Sequence[Values]) -> BatchResult:
        """Create webhooks; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/automation/webhooks",
        key="webhooks",
        body="webhooks",
        returns=batch,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.UPDATE",),
    )
    def update(self, webhooks: Sequence[Values]) -> BatchResult:
        """Change webhooks, each with its `id`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/automation/webhooks/{webhook_id}",
        key="webhooks",
        body="webhook",
        in_list=True,
        returns=one,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.UPDATE",),
    )
    def update_one(self, webhook_id: str, webhook: Values) -> Outcome:
        """Change one webhook."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/automation/webhooks",
        key="webhooks",
        each="ids",
        returns=batch,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.DELETE",),
    )
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete webhooks; return the outcome of each. Those in use are refused."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/automation/webhooks/{webhook_id}",
        key="webhooks",
        returns=one,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.DELETE",),
    )
    def delete_one(self, webhook_id: str) -> Outcome:
        """Delete one webhook. Raises Invalid while a rule uses it."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/automation/webhooks/actions/associated_modules",
        key="associated_modules",
        returns=items,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.READ",),
    )
    def associated_modules(self) -> Sequence[ApiNamed]:
        """Return the modules that have webhooks."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/automation/webhooks/actions/usage_reports",
        key="data_usage",
        rename={"from_": "from"},
        returns=page,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.READ",),
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
        """List how often webhooks were called, day by day."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/automation/webhook_failures",
        key="webhook_failures",
        rename={"from_": "from"},
        returns=page,
        since="v8",
        scopes=("ZohoCRM.settings.automation_actions.READ",),
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
        """List calls that failed, and why."""
        ...
