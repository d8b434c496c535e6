"""Drafts of e-mails to a record.

Written by tools/write_resources.py from zoho/resources/email_drafts.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types.mail import EmailDraft
from ..results import AsyncPage


class EmailDrafts:
    """E-mail drafts (Zoho's manual: Email Drafts)."""

    async def list(
        self, module: str, record: str, *, page: int | None = None, per_page: int | None = None
    ) -> AsyncPage[EmailDraft]:
        """List the drafts for a record, by its id."""
        ...

    async def get(self, module: str, record: str, draft: str) -> EmailDraft:
        """Return one draft by its id. Raises NotFound."""
        ...

    async def create(
        self, module: str, record: str, email_drafts: Sequence[EmailDraft]
    ) -> BatchResult:
        """Create drafts; each needs `from` and `rich_text`."""
        ...

    async def update(
        self, module: str, record: str, email_drafts: Sequence[EmailDraft]
    ) -> BatchResult:
        """Change drafts, each with its `id`."""
        ...

    async def update_one(
        self, module: str, record: str, draft: str, email_draft: EmailDraft
    ) -> Outcome:
        """Change one draft."""
        ...

    async def delete_one(self, module: str, record: str, draft: str) -> Outcome:
        """Delete one draft."""
        ...
