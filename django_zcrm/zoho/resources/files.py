"""Files: uploads that fields and mails refer to, and downloads that answers point to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..downloads import Download
from ..encoding import File
from ..operation import operation
from ..results import BatchResult, Outcome, batch, download, one
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
        """Upload files, 10 a request and 20 MB each; an outcome's id is what a field takes.

        `type="inline"` is for pictures in mails; Zoho's newer description calls it `inline`.
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
        """Return, as a stream, what an answer of Zoho's points to by URL.

        A URL of a server that is not Zoho's raises ConfigurationError: the token is not for it.
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
