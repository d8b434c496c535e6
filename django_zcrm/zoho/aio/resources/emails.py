"""E-mails of records: read, sent, shared, associated and linked.

Written by tools/write_resources.py from zoho/resources/emails.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types.mail import (
    AssociatedEmail,
    Email,
    EmailAvailability,
    EmailLink,
    EmailSharing,
    EmailType,
    Mail,
)
from ..results import AsyncDownload, AsyncPage


class Emails:
    """E-mails (Zoho's manual: Emails, Send Mail, Associate Email and those around them)."""

    async def list(
        self,
        module: str,
        record_id: str,
        owner_id: str,
        *,
        type: EmailType | None = None,
        index: str | None = None,
    ) -> AsyncPage[Email]:
        """List e-mails that a user sent or received; iterating goes through all pages."""
        ...

    async def get(
        self,
        module: str,
        record_id: str,
        message_id: str,
        owner_id: str,
        *,
        type: EmailType | None = None,
    ) -> Email:
        """Return one e-mail of a record, with its content. Raises NotFound."""
        ...

    async def send(self, module: str, id: str, mail: Mail) -> Outcome:
        """Send an e-mail from a record; `from` and `to` are required."""
        ...

    async def associate(
        self, module: str, record_id: str, emails: Sequence[AssociatedEmail]
    ) -> BatchResult:
        """Associate e-mails from elsewhere with a record, 50 per request."""
        ...

    async def available(self, original_message_id: str) -> EmailAvailability:
        """Tell whether an e-mail is already associated with a record, and with which."""
        ...

    async def download_attachment(
        self, module: str, record_id: str, *, user_id: str, message_id: str, id: str, name: str
    ) -> AsyncDownload:
        """Return a file attached to an e-mail as a stream. Raises NotFound."""
        ...

    async def download_inline_image(
        self, module: str, record_id: str, *, user_id: str, message_id: str, id: str
    ) -> AsyncDownload:
        """Return an inline image of an e-mail as a stream. Raises NotFound."""
        ...

    async def link(self, contact_id: str, emails: Sequence[EmailLink]) -> BatchResult:
        """Link e-mails of a contact to deals, 20 per request."""
        ...

    async def link_one(self, contact_id: str, message_id: str, email: EmailLink) -> Outcome:
        """Link one e-mail of a contact to a deal: its `owner` and the `linked_record`."""
        ...

    async def unlink(
        self, contact_id: str, message_ids: Sequence[str], owner_id: str
    ) -> BatchResult:
        """Unlink e-mails of a contact from their deals, 20 per request."""
        ...

    async def unlink_one(self, contact_id: str, message_id: str, owner_id: str) -> Outcome:
        """Unlink one e-mail of a contact from its deal."""
        ...

    async def sharing_details(self, module: str, record_id: str) -> EmailSharing:
        """Return who shares e-mails of a record. Raises NotFound when nobody does."""
        ...

    async def share(self, module: str, ids: Sequence[str]) -> BatchResult:
        """Share one's e-mails on records with other users, 100 per request."""
        ...

    async def share_one(self, module: str, id: str) -> Outcome:
        """Share one's e-mails on one record with other users."""
        ...

    async def unshare(self, module: str, ids: Sequence[str]) -> BatchResult:
        """Stop sharing one's e-mails on records, 100 per request."""
        ...

    async def unshare_one(self, module: str, id: str) -> Outcome:
        """Stop sharing one's e-mails on one record."""
        ...

    async def unblock(
        self, module: str, ids: Sequence[str], unblock_fields: Sequence[str]
    ) -> BatchResult:
        """Unblock addresses that bounced, in the e-mail fields named, 100 records per request."""
        ...

    async def unblock_one(self, module: str, id: str, unblock_fields: Sequence[str]) -> Outcome:
        """Unblock one record's addresses that bounced, in the e-mail fields named."""
        ...
