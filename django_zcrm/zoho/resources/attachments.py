"""Attachments: files and links of a record."""

from __future__ import annotations

from collections.abc import Sequence

from ..downloads import Download
from ..encoding import File
from ..operation import operation
from ..readers import batch, download, one, page
from ..results import BatchResult, Outcome, Page
from ..types.records import Attachment
from . import Resource

ATTACHMENT_FIELDS = (
    "id",
    "File_Name",
    "Size",
    "Parent_Id",
    "Owner",
    "Created_By",
    "Created_Time",
    "Modified_Time",
)


class Attachments(Resource):
    """Attachments (Zoho's manual: Attachments)."""

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/Attachments",
        key="data",
        returns=page,
        fields=ATTACHMENT_FIELDS,
        scopes=("ZohoCRM.modules.attachments.READ",),
    )
    def list(
        self,
        module: str,
        record_id: str,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        page: int | None = None,
        per_page: int | None = None,
        page_token: str | None = None,
    ) -> Page[Attachment]:
        """List what is attached to a record."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/Attachments",
        key="data",
        files=("file",),
        returns=one,
        scopes=("ZohoCRM.modules.attachments.CREATE",),
    )
    def upload(self, module: str, record_id: str, file: File) -> Outcome:
        """Attach a file: an open binary file, streamed, or `(name, bytes)`."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/Attachments",
        key="data",
        rename={"attachment_url": "attachmentUrl"},
        returns=one,
        scopes=("ZohoCRM.modules.attachments.CREATE",),
    )
    def link(
        self, module: str, record_id: str, attachment_url: str, *, title: str | None = None
    ) -> Outcome:
        """Attach a link."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{record_id}/Attachments",
        key="data",
        each="ids",
        returns=batch,
        scopes=("ZohoCRM.modules.attachments.DELETE",),
    )
    def delete(self, module: str, record_id: str, ids: Sequence[str]) -> BatchResult:
        """Delete attachments of a record; return the outcome of each."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{record_id}/Attachments/{id}",
        key="data",
        returns=one,
        scopes=("ZohoCRM.modules.attachments.DELETE",),
    )
    def delete_one(self, module: str, record_id: str, id: str) -> Outcome:
        """Delete one attachment."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/actions/download_fields_attachment",
        returns=download,
        stream=True,
        since="v2.1",
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def download_from_field(
        self, module: str, record_id: str, fields_attachment_id: str
    ) -> Download:
        """Return a file from a file upload field as a stream. Raises NotFound."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/Attachments/{id}",
        returns=download,
        stream=True,
        scopes=("ZohoCRM.modules.attachments.READ",),
    )
    def download(self, module: str, record_id: str, id: str) -> Download:
        """Return the file as a stream. Raises NotFound, and Invalid for an attached link."""
        ...
