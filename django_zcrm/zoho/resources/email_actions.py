"""Actions on e-mails of records: links to deals, sharing, unblocking. A part of `emails`."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types.mail import EmailLink, EmailSharing
from . import Resource

_LINK = (
    "ZohoCRM.modules.emails.CREATE",
    "ZohoCRM.modules.contacts.CREATE",
    "ZohoCRM.modules.deals.CREATE",
)


class EmailActions(Resource, scope="ZohoCRM.modules.{module}", key="data", since="v8"):
    """Links of e-mails to deals, sharing of e-mails, and unblocking of addresses."""

    @operation(
        "POST",
        "/crm/{version}/Contacts/{contact_id}/Emails/actions/link_record",
        key="Emails",
        body="emails",
        batch=20,
        scopes=_LINK,
    )
    def link(self, contact_id: str, emails: Sequence[EmailLink]) -> BatchResult:
        """Link e-mails of a contact to deals, 20 per request.

        Args:
            contact_id: Id of the contact.
            emails: E-mails, each with `message_id`, `owner` and `linked_record`; any number, sent
                20 per request.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/Contacts/{contact_id}/Emails/{message_id}/actions/link_record",
        key="Emails",
        body="email",
        in_list=True,
        scopes=_LINK,
    )
    def link_one(self, contact_id: str, message_id: str, email: EmailLink) -> Outcome:
        """Link one e-mail of a contact to a deal.

        Args:
            contact_id: Id of the contact.
            message_id: Id of the e-mail, as `list` returns it.
            email: `owner` of the e-mail and `linked_record`, the deal.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/Contacts/{contact_id}/Emails/actions/link_record",
        key="Emails",
        each="message_ids",
        batch=20,
        scopes=_LINK,
    )
    def unlink(self, contact_id: str, message_ids: Sequence[str], owner_id: str) -> BatchResult:
        """Unlink e-mails of a contact from their deals, 20 per request.

        Args:
            contact_id: Id of the contact.
            message_ids: Ids of the e-mails; any number, sent 20 per request.
            owner_id: Id of the user whose e-mails these are.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/Contacts/{contact_id}/Emails/{message_id}/actions/link_record",
        key="Emails",
        scopes=_LINK,
    )
    def unlink_one(self, contact_id: str, message_id: str, owner_id: str) -> Outcome:
        """Unlink one e-mail of a contact from its deal.

        Args:
            contact_id: Id of the contact.
            message_id: Id of the e-mail, as `list` returns it.
            owner_id: Id of the user whose e-mails these are.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/__emails_sharing_details",
        key="__emails_sharing_details",
        since="v3",
        scopes=("ZohoCRM.modules.emails.READ",),
    )
    def sharing_details(self, module: str, record_id: str) -> EmailSharing:
        """Return the users with whom e-mails of a record are shared. Raises NotFound when there are
        none.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/share_emails",
        top_level=("ids",),
        each="ids",
        batch=100,
    )
    def share(self, module: str, ids: Sequence[str]) -> BatchResult:
        """Share the user's own e-mails of records with other users, 100 records per request.

        Args:
            module: API name of the module, such as `Leads`.
            ids: Ids of the records; any number, sent 100 per request.
        """
        ...

    @operation("POST", "/crm/{version}/{module}/{id}/actions/share_emails")
    def share_one(self, module: str, id: str) -> Outcome:
        """Share the user's own e-mails of one record with other users.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/unshare_emails",
        top_level=("ids",),
        each="ids",
        batch=100,
        scopes=("ZohoCRM.modules.{module}.DELETE",),
    )
    def unshare(self, module: str, ids: Sequence[str]) -> BatchResult:
        """Stop sharing the user's own e-mails of records, 100 records per request.

        Args:
            module: API name of the module, such as `Leads`.
            ids: Ids of the records; any number, sent 100 per request.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/unshare_emails",
        scopes=("ZohoCRM.modules.{module}.DELETE",),
    )
    def unshare_one(self, module: str, id: str) -> Outcome:
        """Stop sharing the user's own e-mails of one record.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/unblock_email",
        top_level=("ids", "unblock_fields"),
        each="ids",
        batch=100,
        since="v6",
        scopes=("ZohoCRM.settings.emails.CREATE",),
    )
    def unblock(
        self, module: str, ids: Sequence[str], unblock_fields: Sequence[str]
    ) -> BatchResult:
        """Unblock bounced e-mail addresses of records, 100 records per request.

        Args:
            module: API name of the module, such as `Leads`.
            ids: Ids of the records; any number, sent 100 per request.
            unblock_fields: API names of the e-mail fields whose addresses to unblock.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/unblock_email",
        top_level=("unblock_fields",),
        since="v6",
        scopes=("ZohoCRM.settings.emails.CREATE",),
    )
    def unblock_one(self, module: str, id: str, unblock_fields: Sequence[str]) -> Outcome:
        """Unblock bounced e-mail addresses of one record.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
            unblock_fields: API names of the e-mail fields whose addresses to unblock.
        """
        ...
