"""Email templates."""

from __future__ import annotations

from ..operations.operation import operation
from ..operations.results import Page
from ..types import Filters, SortOrder
from ..types.messaging import EmailTemplate
from . import Resource


class EmailTemplates(
    Resource, scope="ZohoCRM.templates.email", key="email_templates", since="v2.1"
):
    """Email templates (Zoho's manual: Email Templates)."""

    @operation("GET", "/crm/{version}/settings/email_templates")
    def list(
        self,
        *,
        module: str | None = None,
        category: str | None = None,
        filters: Filters | None = None,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[EmailTemplate]:
        """List templates, of one module or of all.

        Args:
            module: API name of a module; without it, all modules.
            category: Category of the templates to return.
            filters: Condition, or group of conditions, on the templates to return.
            sort_by: Key of a template to sort by.
            sort_order: Direction of the sort: `asc` or `desc` (the default).
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Templates per page, 1 to 100; 20 by default.
        """
        ...

    @operation("GET", "/crm/{version}/settings/email_templates/{template}")
    def get(self, template: str) -> EmailTemplate:
        """Return one template with its content. Raises NotFound.

        Args:
            template: Id of the template.
        """
        ...
