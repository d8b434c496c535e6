"""Webhooks: the automation actions that call a URL.

Written by tools/write_resources.py from zoho/resources/webhooks.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from ...results import BatchResult, Outcome
from ...types import ApiNamed, Filters, SortOrder, Values
from ...types.automation import Webhook, WebhookFailure, WebhookUsage
from ..results import AsyncPage


class Webhooks:
    """Webhooks (Zoho's manual: Webhooks). For notifications of changes, see `notifications`."""

    async def list(
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
    ) -> AsyncPage[Webhook]:
        """List webhooks."""
        ...

    async def get(self, webhook_id: str) -> Webhook:
        """Return one webhook. Raises NotFound."""
        ...

    async def create(self, webhooks: Sequence[Values]) -> BatchResult:
        """Create webhooks; return the outcome of each."""
        ...

    async def update(self, webhooks: Sequence[Values]) -> BatchResult:
        """Change webhooks, each with its `id`; return the outcome of each."""
        ...

    async def update_one(self, webhook_id: str, webhook: Values) -> Outcome:
        """Change one webhook."""
        ...

    async def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete webhooks; return the outcome of each. Those in use are refused."""
        ...

    async def delete_one(self, webhook_id: str) -> Outcome:
        """Delete one webhook. Raises Invalid while a rule uses it."""
        ...

    async def associated_modules(self) -> Sequence[ApiNamed]:
        """Return the modules that have webhooks."""
        ...

    async def usage_reports(
        self,
        *,
        group_by: Literal["date"] = "date",
        type: Literal["webhooks"] | None = None,
        from_: date | None = None,
        to: date | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[WebhookUsage]:
        """List how often webhooks were called, day by day."""
        ...

    async def failures(
        self,
        *,
        webhook_id: str | None = None,
        module: str | None = None,
        from_: date | None = None,
        to: date | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[WebhookFailure]:
        """List calls that failed, and why."""
        ...
