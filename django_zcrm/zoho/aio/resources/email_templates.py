"""Email templates.

Written by tools/write_resources.py from zoho/resources/email_templates.py.
"""

from __future__ import annotations

from ...types import Filters, SortOrder
from ...types.messaging import EmailTemplate
from ..results import AsyncPage


class EmailTemplates:
    """Email templates (Zoho's manual: Email Templates)."""

    async def list(
        self,
        *,
        module: str | None = None,
        category: str | None = None,
        filters: Filters | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[EmailTemplate]:
        """List templates, of one module or of all."""
        ...

    async def get(self, template: str) -> EmailTemplate:
        """Return one template with its content. Raises NotFound."""
        ...
