"""Drafts of e-mails to a record."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types.mail import EmailDraft
from . import Resource


class EmailDrafts(Resource, scope="ZohoCRM.modules.{module}", key="__email_drafts", since="v6"):
    """E-mail drafts (Zoho's manual: Email Drafts)."""

    @operation("GET", "/crm/{version}/{module}/{record}/__email_drafts")
    def list(
        self, module: str, record: str, *, page: int | None = None, per_page: int | None = None
    ) -> Page[EmailDraft]:
        """List the drafts for a record.

        Args:
            module: API name of the module, such as `Leads`.
            record: Id of the record.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Drafts per page.
        """
        ...

    @operation("GET", "/crm/{version}/{module}/{record}/__email_drafts/{draft}")
    def get(self, module: str, record: str, draft: str) -> EmailDraft:
        """Return one draft. Raises NotFound.

        Args:
            module: API name of the module, such as `Leads`.
            record: Id of the record.
            draft: Id of the draft.
        """
        ...

    @operation(
        "POST", "/crm/{version}/{module}/{record}/__email_drafts", body="email_drafts", batch=100
    )
    def create(self, module: str, record: str, email_drafts: Sequence[EmailDraft]) -> BatchResult:
        """Create drafts; return the outcome of each.

        Args:
            module: API name of the module, such as `Leads`.
            record: Id of the record.
            email_drafts: Drafts to create, at most 100; each needs `from` and `rich_text`.
        """
        ...

    @operation(
        "PUT", "/crm/{version}/{module}/{record}/__email_drafts", body="email_drafts", batch=100
    )
    def update(self, module: str, record: str, email_drafts: Sequence[EmailDraft]) -> BatchResult:
        """Change drafts; return the outcome of each.

        Args:
            module: API name of the module, such as `Leads`.
            record: Id of the record.
            email_drafts: Drafts to change, each with its `id` and the new values.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record}/__email_drafts/{draft}",
        body="email_draft",
        in_list=True,
    )
    def update_one(self, module: str, record: str, draft: str, email_draft: EmailDraft) -> Outcome:
        """Change one draft.

        Args:
            module: API name of the module, such as `Leads`.
            record: Id of the record.
            draft: Id of the draft.
            email_draft: Values to change, by Zoho's key, with `from` and `rich_text`.
        """
        ...

    @operation("DELETE", "/crm/{version}/{module}/{record}/__email_drafts/{draft}")
    def delete_one(self, module: str, record: str, draft: str) -> Outcome:
        """Delete one draft.

        Args:
            module: API name of the module, such as `Leads`.
            record: Id of the record.
            draft: Id of the draft.
        """
        ...
