"""E-mails of records: reading, sending, associating. Further actions are in `email_actions`."""

from __future__ import annotations

from collections.abc import Sequence

from ..http.downloads import Download
from ..operations.operation import operation
from ..operations.readers import value
from ..operations.results import BatchResult, Outcome, Page
from ..types.mail import AssociatedEmail, Email, EmailAvailability, EmailType, Mail
from .email_actions import EmailActions

_READ = ("ZohoCRM.modules.emails.READ", "ZohoCRM.modules.{module}.READ")


class Emails(EmailActions, key="Emails", since="v3"):
    """E-mails (Zoho's manual: Emails, Send Mail, Associate Email and those around them)."""

    @operation("GET", "/crm/{version}/{module}/{record_id}/Emails", scopes=_READ)
    def list(
        self,
        module: str,
        record_id: str,
        owner_id: str,
        *,
        type: EmailType | None = None,
        index: str | None = None,
    ) -> Page[Email]:
        """List the e-mails of a record that a user sent or received; iteration fetches all pages.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            owner_id: Id of the user whose e-mails these are.
            type: Which e-mails to return, such as `sent_from_crm`, `drafts` or `user_emails`.
            index: Position of the only page to return: `next_index` from the `info` of a page. By
                default, iteration fetches all pages.
        """
        ...

    @operation("GET", "/crm/{version}/{module}/{record_id}/Emails/{message_id}", scopes=_READ)
    def get(
        self,
        module: str,
        record_id: str,
        message_id: str,
        owner_id: str,
        *,
        type: EmailType | None = None,
    ) -> Email:
        """Return one e-mail of a record, with its content. Raises NotFound.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            message_id: Id of the e-mail, as `list` returns it.
            owner_id: Id of the user whose e-mails these are.
            type: Which e-mails to return, such as `sent_from_crm`, `drafts` or `user_emails`.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/send_mail",
        key="data",
        body="mail",
        in_list=True,
        since="v2.1",
        scopes=("ZohoCRM.send_mail.{module}.CREATE",),
    )
    def send(self, module: str, id: str, mail: Mail) -> Outcome:
        """Send an e-mail from a record.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
            mail: The e-mail by Zoho's key; needs `from` and `to` (at most 50 recipients).
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/actions/associate_email",
        body="emails",
        batch=50,
        scopes=("ZohoCRM.modules.emails.CREATE", "ZohoCRM.modules.{module}.CREATE"),
    )
    def associate(
        self, module: str, record_id: str, emails: Sequence[AssociatedEmail]
    ) -> BatchResult:
        """Associate e-mails from outside of Zoho CRM with a record, 50 per request.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            emails: E-mails, each with `from`, `to`, `subject`, `content`, `sent`, `date_time` and
                `original_message_id`; any number, sent 50 per request.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/actions/email_available",
        returns=value,
        rename={"original_message_id": "orginal_message_id"},
        scopes=("ZohoCRM.modules.emails.READ",),
        key="",
    )
    def available(self, original_message_id: str) -> EmailAvailability:
        """Return whether an e-mail is associated with a record already, and with which one.

        Args:
            original_message_id: Message-ID of the e-mail, from its header.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/Emails/actions/download_attachments",
        scopes=_READ,
        key="",
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
        """Return a file attached to an e-mail as a stream. Raises NotFound.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            user_id: Id of the user whose e-mail this is.
            message_id: Id of the e-mail, as `list` returns it.
            id: Id of the attachment.
            name: File name of the attachment.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/Emails/actions/download_inline_images",
        scopes=_READ,
        key="",
    )
    def download_inline_image(
        self, module: str, record_id: str, *, user_id: str, message_id: str, id: str
    ) -> Download:
        """Return an inline image of an e-mail as a stream. Raises NotFound.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            user_id: Id of the user whose e-mail this is.
            message_id: Id of the e-mail, as `list` returns it.
            id: Id of the image.
        """
        ...
