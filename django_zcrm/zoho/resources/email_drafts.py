"""Drafts of e-mails to a record."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, one, page
from ..results import BatchResult, Outcome, Page
from ..types.mail import EmailDraft
from . import Resource


class EmailDrafts(Resource):
    """E-mail drafts (Zoho's manual: Email Drafts)."""

    @operation(
        "GET",
        "/crm/{version}/{module}/{record}/__email_drafts",
        key="__email_drafts",
        returns=page,
        since="v6",
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def list(
        self, module: str, record: str, *, page: int | None = None, per_page: int | None = None
    ) -> Page[EmailDraft]:
        """List the drafts for a record, by its id."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record}/__email_drafts/{draft}",
        key="__email_drafts",
        returns=item,
        since="v6",
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def get(self, module: str, record: str, draft: str) -> EmailDraft:
        """Return one draft by its id. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record}/__email_drafts",
        key="__email_drafts",
        body="email_drafts",
        batch=100,
        returns=batch,
        since="v6",
        scopes=("ZohoCRM.modules.{module}.CREATE",),
    )
    def create(self, module: str, record: str, email_drafts: Sequence[EmailDraft]) -> BatchResult:
        """Create drafts; each needs `from` and `rich_text`."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record}/__email_drafts",
        key="__email_drafts",
        body="email_drafts",
        batch=100,
        returns=batch,
        since="v6",
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def update(self, module: str, record: str, email_drafts: Sequence[EmailDraft]) -> BatchResult:
        """Change drafts, each with its `id`."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record}/__email_drafts/{draft}",
        key="__email_drafts",
        body="email_draft",
        in_list=True,
        returns=one,
        since="v6",
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def update_one(self, module: str, record: str, draft: str, email_draft: EmailDraft) -> Outcome:
        """Change one draft."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{record}/__email_drafts/{draft}",
        key="__email_drafts",
        returns=one,
        since="v6",
        scopes=("ZohoCRM.modules.{module}.DELETE",),
    )
    def delete_one(self, module: str, record: str, draft: str) -> Outcome:
        """Delete one draft."""
        ...
