"""Files: uploads that fields and mails refer to, and downloads that replies point to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..downloads import Download
from ..encoding import File
from ..operation import operation
from ..readers import batch, download, one
from ..results import BatchResult, Outcome
from . import Resource


class Files(Resource):
    """Files (Zoho's manual: Files)."""

    @operation(
        "POST",
        "/crm/{version}/files",
        key="data",
        files=("files",),
        rename={"files": "file"},
        each="files",
        batch=10,
        returns=batch,
        scopes=("ZohoCRM.files.CREATE",),
    )
    def upload(
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

    @operation(
        "POST",
        "/crm/{version}/files",
        key="data",
        files=("file",),
        returns=one,
        scopes=("ZohoCRM.files.CREATE",),
    )
    def upload_one(
        self,
        file: File,
        *,
        type: Literal["inline"] | None = None,
        inline: Literal["inline"] | None = None,
    ) -> Outcome:
        """Upload one file."""
        ...

    @operation(
        "GET",
        "/{download_url}",
        returns=download,
        stream=True,
        slashes=("download_url",),
        adapt="download_url",
        scopes=("ZohoFiles.files.ALL",),
    )
    def download_url(self, download_url: str) -> Download:
        """Return the file at a URL from one of Zoho's replies, as a stream.

        Raises ConfigurationError for a URL that is not on one of Zoho's servers: the token must not
        go there.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/files",
        returns=download,
        stream=True,
        scopes=("ZohoCRM.files.READ",),
    )
    def download(self, id: str) -> Download:
        """Return a file as a stream. Raises NotFound."""
        ...
