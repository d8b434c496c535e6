"""Mail merge: documents made from a Zoho Writer template and a record.

Written by tools/write_resources.py from zoho/resources/mail_merge.py.
"""

from __future__ import annotations

from ...results import Outcome
from ...types.mail import DocumentMerge, SignMerge
from ...types.mail import MailMerge as MergedMail
from ..results import AsyncDownload


class MailMerge:
    """Mail merge (Zoho's manual: Mail Merge)."""

    async def download(self, module: str, id: str, merge: DocumentMerge) -> AsyncDownload:
        """Merge a record into a template and return the document as a stream."""
        ...

    async def send(self, module: str, id: str, merge: MergedMail) -> Outcome:
        """Merge a record into a template and send the document."""
        ...

    async def sign(self, module: str, id: str, merge: SignMerge) -> Outcome:
        """Merge a record into a template and send the document to be signed."""
        ...
