"""E-mails of records: sent, drafted, associated, merged from templates."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from . import Named
from .records import Id, RecordReference

EmailType = Literal[
    "sent_from_crm",
    "scheduled_in_crm",
    "drafts",
    "user_emails",
    "all_contacts_sent_crm_emails",
    "all_contacts_scheduled_crm_emails",
    "all_contacts_draft_crm_emails",
]
MailFormat = Literal["html", "text"]


class Address(TypedDict, total=False):
    """A name and an e-mail address."""

    user_name: str
    email: str


# `from` cannot be an attribute of a class, but it can be a key of a TypedDict.
_From = TypedDict("_From", {"from": Address}, total=False)
_Sent = TypedDict("_Sent", {"from": Address})
_FromText = TypedDict("_FromText", {"from": str}, total=False)


class Mail(_From, total=False):
    """An e-mail to send from a record; `to` has at most 50 addresses."""

    to: list[Address]
    cc: list[Address]
    bcc: list[Address]
    reply_to: Address
    subject: str
    content: str
    mail_format: MailFormat
    org_email: bool
    consent_email: bool
    scheduled_time: str
    template: Id
    inventory_details: dict[str, Any]
    data_subject_request: dict[str, str]
    attachments: list[Id]
    in_reply_to: dict[str, Any]
    linked_record: RecordReference


class Email(_Sent):
    """An e-mail of a record."""

    message_id: str
    thread_id: str
    subject: str
    summary: str
    content: str
    to: list[Address]
    cc: list[Address]
    owner: Named
    sent: bool
    read: bool
    time: str
    sent_time: str
    source: str
    status: list[dict[str, Any]]
    attachments: list[dict[str, str]]
    has_attachment: bool
    linked_record: RecordReference
    mail_format: str


class EmailSharing(TypedDict):
    """The users who share e-mails of a record, and the visible parts."""

    shared_from_users: list[dict[str, str]]
    available_types: list[str]


class EmailAvailability(TypedDict):
    """Whether an e-mail is already associated, and the associated record."""

    available: bool
    record: dict[str, Any]
    linked_record: RecordReference


class AssociatedEmail(_From, total=False):
    """An e-mail from elsewhere, to keep with a record; `original_message_id` is its Message-ID."""

    to: list[Address]
    cc: list[Address]
    bcc: list[Address]
    subject: str
    content: str
    mail_format: MailFormat
    original_message_id: str
    sent: bool
    date_time: str
    attachments: list[Id]
    linked_record: RecordReference


class EmailLink(TypedDict, total=False):
    """An e-mail, its owner, and the deal to link it to."""

    message_id: str
    owner: Id
    linked_record: RecordReference


class EmailDraft(_FromText, total=False):
    """An e-mail that is not sent yet."""

    id: str
    to: list[Address]
    cc: list[Address]
    bcc: list[Address]
    reply_to: str | None
    subject: str | None
    content: str | None
    summary: str | None
    rich_text: bool
    email_opt_out: bool
    template: Named
    inventory_details: dict[str, Any]
    schedule_details: dict[str, Any]
    attachments: list[dict[str, Any]]
    created_time: str
    modified_time: str


class MergeAddress(TypedDict):
    """An address, or the merge field that contains it."""

    type: Literal["email", "merge_field"]
    value: str


class DocumentMerge(TypedDict, total=False):
    """A mail merge to download."""

    mail_merge_template: Named
    output_format: Literal["pdf", "docx", "html"]
    file_name: str
    password: str


class MergedMail(TypedDict, total=False):
    """A mail merge to send."""

    mail_merge_template: Named
    from_address: MergeAddress
    to_address: list[MergeAddress]
    cc_email: list[MergeAddress]
    bcc_email: list[MergeAddress]
    subject: str
    message: str
    type: Literal["inline", "attachment"]
    attachment_name: str


class Signer(TypedDict, total=False):
    """A person who signs or approves a merged document."""

    recipient: MergeAddress
    recipient_name: str
    action_type: Literal["sign", "approve"]


class SignMerge(TypedDict, total=False):
    """A mail merge to have signed."""

    mail_merge_template: Named
    file_name: str
    sign_in_order: bool
    signers: list[Signer]
