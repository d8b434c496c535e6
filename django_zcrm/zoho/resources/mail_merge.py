"""Mail merge: documents made from a Zoho Writer template and a record."""

from __future__ import annotations

from ..http.downloads import Download
from ..operations.operation import operation
from ..operations.results import Outcome
from ..types.mail import DocumentMerge, MergedMail, SignMerge
from . import Resource

_SCOPES = (
    "ZohoCRM.settings.mailmerge.CREATE",
    "ZohoWriter.documentEditor.ALL",
    "ZohoWriter.merge.ALL",
)


class MailMerge(Resource, since="v3"):
    """Mail merge (Zoho's manual: Mail Merge)."""

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/download_mail_merge",
        key="download_mail_merge",
        body="merge",
        in_list=True,
        scopes=_SCOPES,
    )
    def download(self, module: str, id: str, merge: DocumentMerge) -> Download:
        """Merge a record into a template and return the document as a stream.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
            merge: `mail_merge_template` (`{"name": ...}`), `output_format` (pdf, docx or html),
                `file_name` (at most 255 characters) and `password` of the document.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/send_mail_merge",
        key="send_mail_merge",
        body="merge",
        in_list=True,
        scopes=(*_SCOPES, "ZohoCRM.settings.emails.ALL"),
    )
    def send(self, module: str, id: str, merge: MergedMail) -> Outcome:
        """Merge a record into a template and send the document.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
            merge: `mail_merge_template` (`{"name": ...}`), addresses (`from_address`, `to_address`,
                `cc_email`, `bcc_email`), `subject` (at most 255 characters), `message`, `type`
                (inline or attachment) and `attachment_name`.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/sign_mail_merge",
        key="sign_mail_merge",
        body="merge",
        in_list=True,
        scopes=(*_SCOPES, "ZohoSign.documents.ALL"),
    )
    def sign(self, module: str, id: str, merge: SignMerge) -> Outcome:
        """Merge a record into a template and send the document to be signed.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
            merge: `mail_merge_template` (`{"name": ...}`), `file_name` (at most 255 characters),
                `signers` and `sign_in_order`.
        """
        ...
