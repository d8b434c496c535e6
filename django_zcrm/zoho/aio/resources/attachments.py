"""Attachments: files and links of a record.

Written by tools/write_resources.py from zoho/resources/attachments.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...encoding import File
from ...results import BatchResult, Outcome
from ...types.records import Attachment
from ..results import AsyncDownload, AsyncPage


class Attachments:
    """Attachments (Zoho's manual: Attachments)."""

    async def list(
        self,
        module: str,
        record_id: str,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        page: int | None = None,
        per_page: int | None = None,
        page_token: str | None = None,
    ) -> AsyncPage[Attachment]:
        """List what is attached to a record."""
        ...

    async def upload(self, module: str, record_id: str, file: File) -> Outcome:
        """Attach a file: an open binary file, streamed, or `(name, bytes)`."""
        ...

    async def link(
        self, module: str, record_id: str, attachment_url: str, *, title: str | None = None
    ) -> Outcome:
        """Attach a link."""
        ...

    async def delete(self, module: str, record_id: str, ids: Sequence[str]) -> BatchResult:
        """Delete attachments of a record; return the outcome of each."""
        ...

    async def delete_one(self, module: str, record_id: str, id: str) -> Outcome:
        """Delete one attachment."""
        ...

    async def download_from_field(
        self, module: str, record_id: str, fields_attachment_id: str
    ) -> AsyncDownload:
        """Return a file from a file upload field as a stream. Raises NotFound."""
        ...

    async def download(self, module: str, record_id: str, id: str) -> AsyncDownload:
        """Return the file as a stream. Raises NotFound, and Invalid for an attached link."""
        ...
