"""Files: uploads that fields and mails refer to, and downloads that replies point to.

Written by tools/write_resources.py from zoho/resources/files.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ...encoding import File
from ...results import BatchResult, Outcome
from ..results import AsyncDownload


class Files:
    """Files (Zoho's manual: Files)."""

    async def upload(
        self,
        files: Sequence[File],
        *,
        type: Literal["inline"] | None = None,
        inline: Literal["inline"] | None = None,
    ) -> BatchResult:
        """Upload files, 10 per request and 20 MB each; an outcome's `id` is the value for a field.

        `type="inline"` is for images in mails; Zoho's newer description calls it `inline`.
        """
        ...

    async def upload_one(
        self,
        file: File,
        *,
        type: Literal["inline"] | None = None,
        inline: Literal["inline"] | None = None,
    ) -> Outcome:
        """Upload one file."""
        ...

    async def download_url(self, download_url: str) -> AsyncDownload:
        """Return the file at a URL from one of Zoho's replies, as a stream.

        Raises ConfigurationError for a URL that is not on one of Zoho's servers: the token must not
        go there.
        """
        ...

    async def download(self, id: str) -> AsyncDownload:
        """Return a file as a stream. Raises NotFound."""
        ...
