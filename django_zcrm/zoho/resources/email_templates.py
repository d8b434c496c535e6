"""Email templates."""

from __future__ import annotations

from ..operation import operation
from ..readers import item, page
from ..results import Page
from ..types import Filters, SortOrder
from ..types.messaging import EmailTemplate
from . import Resource


class EmailTemplates(Resource):
    """Email templates (Zoho's manual: Email Templates)."""

    @operation(
        "GET",
        "/crm/{version}/settings/email_templates",
        key="email_templates",
        returns=page,
        since="v2.1",
        scopes=("ZohoCRM.templates.email.READ",),
    )
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
        """List templates, of one module or of all."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/email_templates/{template}",
        key="email_templates",
        returns=item,
        since="v2.1",
        scopes=("ZohoCRM.templates.email.READ",),
    )
    def get(self, template: str) -> EmailTemplate:
        """Return one template with its content. Raises NotFound."""
        ...
