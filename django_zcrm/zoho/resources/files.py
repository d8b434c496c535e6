"""Files: uploads that fields and mails refer to, and downloads that responses point to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..http.downloads import Download
from ..http.encoding import File
from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from . import Resource


class Files(Resource, scope="ZohoCRM.files", key="data"):
    """Files (Zoho's manual: Files)."""

    @operation(
        "POST",
        "/crm/{version}/files",
        files=("files",),
        rename={"files": "file"},
        each="files",
        batch=10,
    )
    def upload(
        self,
        files: Sequence[File],
        *,
        type: Literal["inline"] | None = None,
        inline: Literal["inline"] | None = None,
    ) -> BatchResult:
        """Upload files; the `id` of an outcome is the value for a file upload or image field.

        Args:
            files: Files, each an open binary file, which is streamed, or a pair of name and
                content; at most 20 MB each, any number, sent 10 per request.
            type: `inline` for images within an e-mail.
            inline: The name of `type` in Zoho's newer descriptions. Send one of the two.
        """
        ...

    @operation("POST", "/crm/{version}/files", files=("file",))
    def upload_one(
        self,
        file: File,
        *,
        type: Literal["inline"] | None = None,
        inline: Literal["inline"] | None = None,
    ) -> Outcome:
        """Upload one file; the `id` of the outcome is the value for a file upload or image field.

        Args:
            file: Open binary file, which is streamed, or a pair of name and content; at most 20 MB.
            type: `inline` for images within an e-mail.
            inline: The name of `type` in Zoho's newer descriptions. Send one of the two.
        """
        ...

    @operation(
        "GET",
        "/{download_url}",
        slashes=("download_url",),
        adapt="download_url",
        scopes=("ZohoFiles.files.ALL",),
        key="",
    )
    def download_url(self, download_url: str) -> Download:
        """Return the file at a URL from one of Zoho's responses, as a stream.

        Raises ConfigurationError for a URL that is not on one of Zoho's servers: the token must not
        go there.

        Args:
            download_url: URL of the file, from a response of Zoho.
        """
        ...

    @operation("GET", "/crm/{version}/files", key="")
    def download(self, id: str) -> Download:
        """Return a file as a stream. Raises NotFound.

        Args:
            id: Id of the file.
        """
        ...
