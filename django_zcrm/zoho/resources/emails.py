"""E-mails of records: read, sent, shared, associated and linked."""

from __future__ import annotations

from collections.abc import Sequence

from ..downloads import Download
from ..operation import operation
from ..readers import batch, download, item, one, page, value
from ..results import BatchResult, Outcome, Page
from ..types.mail import (
    AssociatedEmail,
    Email,
    EmailAvailability,
    EmailLink,
    EmailSharing,
    EmailType,
    Mail,
)
from . import Resource

_READ = ("ZohoCRM.modules.emails.READ", "ZohoCRM.modules.{module}.READ")
_LINK = (
    "ZohoCRM.modules.emails.CREATE",
    "ZohoCRM.modules.contacts.CREATE",
    "ZohoCRM.modules.deals.CREATE",
)


class Emails(Resource):
    """E-mails (Zoho's manual: Emails, Send Mail, Associate Email and those around them)."""

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/Emails",
        key="Emails",
        returns=page,
        since="v3",
        scopes=_READ,
    )
    def list(
        self,
        module: str,
        record_id: str,
        owner_id: str,
        *,
        type: EmailType | None = None,
        index: str | None = None,
    ) -> Page[Email]:
        """List e-mails that a user sent or received; iterating goes through all pages."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/Emails/{message_id}",
        key="Emails",
        returns=item,
        since="v3",
        scopes=_READ,
    )
    def get(
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

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/send_mail",
        key="data",
        body="mail",
        in_list=True,
        returns=one,
        since="v2.1",
        scopes=("ZohoCRM.send_mail.{module}.CREATE",),
    )
    def send(self, module: str, id: str, mail: Mail) -> Outcome:
        """Send an e-mail from a record; `from` and `to` are required."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/actions/associate_email",
        key="Emails",
        body="emails",
        batch=50,
        returns=batch,
        since="v3",
        scopes=("ZohoCRM.modules.emails.CREATE", "ZohoCRM.modules.{module}.CREATE"),
    )
    def associate(
        self, module: str, record_id: str, emails: Sequence[AssociatedEmail]
    ) -> BatchResult:
        """Associate e-mails from elsewhere with a record, 50 per request."""
        ...

    @operation(
        "GET",
        "/crm/{version}/actions/email_available",
        returns=value,
        # Zoho's own spelling.
        rename={"original_message_id": "orginal_message_id"},
        since="v3",
        scopes=("ZohoCRM.modules.emails.READ",),
    )
    def available(self, original_message_id: str) -> EmailAvailability:
        """Tell whether an e-mail is already associated with a record, and with which."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/Emails/actions/download_attachments",
        returns=download,
        stream=True,
        since="v3",
        scopes=_READ,
    )
    def download_attachment(
        self,
        module: str,
        record_id: str,
        *,
        user_id: str,
        message_id: str,
        id: str,
        name: str,
    ) -> Download:
        """Return a file attached to an e-mail as a stream. Raises NotFound."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/Emails/actions/download_inline_images",
        returns=download,
        stream=True,
        since="v3",
        scopes=_READ,
    )
    def download_inline_image(
        self, module: str, record_id: str, *, user_id: str, message_id: str, id: str
    ) -> Download:
        """Return an inline image of an e-mail as a stream. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/Contacts/{contact_id}/Emails/actions/link_record",
        key="Emails",
        body="emails",
        batch=20,
        returns=batch,
        since="v8",
        scopes=_LINK,
    )
    def link(self, contact_id: str, emails: Sequence[EmailLink]) -> BatchResult:
        """Link e-mails of a contact to deals, 20 per request."""
        ...

    @operation(
        "POST",
        "/crm/{version}/Contacts/{contact_id}/Emails/{message_id}/actions/link_record",
        key="Emails",
        body="email",
        in_list=True,
        returns=one,
        since="v8",
        scopes=_LINK,
    )
    def link_one(self, contact_id: str, message_id: str, email: EmailLink) -> Outcome:
        """Link one e-mail of a contact to a deal: its `owner` and the `linked_record`."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/Contacts/{contact_id}/Emails/actions/link_record",
        key="Emails",
        each="message_ids",
        batch=20,
        returns=batch,
        since="v8",
        scopes=_LINK,
    )
    def unlink(self, contact_id: str, message_ids: Sequence[str], owner_id: str) -> BatchResult:
        """Unlink e-mails of a contact from their deals, 20 per request."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/Contacts/{contact_id}/Emails/{message_id}/actions/link_record",
        key="Emails",
        returns=one,
        since="v8",
        scopes=_LINK,
    )
    def unlink_one(self, contact_id: str, message_id: str, owner_id: str) -> Outcome:
        """Unlink one e-mail of a contact from its deal."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/__emails_sharing_details",
        key="__emails_sharing_details",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.modules.emails.READ",),
    )
    def sharing_details(self, module: str, record_id: str) -> EmailSharing:
        """Return who shares e-mails of a record. Raises NotFound when nobody does."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/share_emails",
        key="data",
        beside=("ids",),
        each="ids",
        batch=100,
        returns=batch,
        since="v8",
        scopes=("ZohoCRM.modules.{module}.CREATE",),
    )
    def share(self, module: str, ids: Sequence[str]) -> BatchResult:
        """Share one's e-mails on records with other users, 100 per request."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/share_emails",
        key="data",
        returns=one,
        since="v8",
        scopes=("ZohoCRM.modules.{module}.CREATE",),
    )
    def share_one(self, module: str, id: str) -> Outcome:
        """Share one's e-mails on one record with other users."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/unshare_emails",
        key="data",
        beside=("ids",),
        each="ids",
        batch=100,
        returns=batch,
        since="v8",
        scopes=("ZohoCRM.modules.{module}.DELETE",),
    )
    def unshare(self, module: str, ids: Sequence[str]) -> BatchResult:
        """Stop sharing one's e-mails on records, 100 per request."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/unshare_emails",
        key="data",
        returns=one,
        since="v8",
        scopes=("ZohoCRM.modules.{module}.DELETE",),
    )
    def unshare_one(self, module: str, id: str) -> Outcome:
        """Stop sharing one's e-mails on one record."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/unblock_email",
        key="data",
        beside=("ids", "unblock_fields"),
        each="ids",
        batch=100,
        returns=batch,
        since="v6",
        scopes=("ZohoCRM.settings.emails.CREATE",),
    )
    def unblock(
        self, module: str, ids: Sequence[str], unblock_fields: Sequence[str]
    ) -> BatchResult:
        """Unblock addresses that bounced, in the e-mail fields named, 100 records per request."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/unblock_email",
        key="data",
        beside=("unblock_fields",),
        returns=one,
        since="v6",
        scopes=("ZohoCRM.settings.emails.CREATE",),
    )
    def unblock_one(self, module: str, id: str, unblock_fields: Sequence[str]) -> Outcome:
        """Unblock one record's addresses that bounced, in the e-mail fields named."""
        ...
