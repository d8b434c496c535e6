"""Mail merge: documents made from a Zoho Writer template and a record."""

from __future__ import annotations

from ..downloads import Download
from ..operation import operation
from ..readers import download, one
from ..results import Outcome
from ..types.mail import DocumentMerge, SignMerge
from ..types.mail import MailMerge as MergedMail
from . import Resource

_SCOPES = (
    "ZohoCRM.settings.mailmerge.CREATE",
    "ZohoWriter.documentEditor.ALL",
    "ZohoWriter.merge.ALL",
)


class MailMerge(Resource):
    """Mail merge (Zoho's manual: Mail Merge)."""

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/download_mail_merge",
        key="download_mail_merge",
        body="merge",
        in_list=True,
        returns=download,
        stream=True,
        since="v3",
        scopes=_SCOPES,
    )
    def download(self, module: str, id: str, merge: DocumentMerge) -> Download:
        """Merge a record into a template and return the document as a stream."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/send_mail_merge",
        key="send_mail_merge",
        body="merge",
        in_list=True,
        returns=one,
        since="v3",
        scopes=(*_SCOPES, "ZohoCRM.settings.emails.ALL"),
    )
    def send(self, module: str, id: str, merge: MergedMail) -> Outcome:
        """Merge a record into a template and send the document."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/sign_mail_merge",
        key="sign_mail_merge",
        body="merge",
        in_list=True,
        returns=one,
        since="v3",
        scopes=(*_SCOPES, "ZohoSign.documents.ALL"),
    )
    def sign(self, module: str, id: str, merge: SignMerge) -> Outcome:
        """Merge a record into a template and send the document to be signed."""
        ...
