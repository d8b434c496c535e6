"""Attachments: files and links of a record."""

from __future__ import annotations

from collections.abc import Sequence

from ..http.downloads import Download
from ..http.encoding import File
from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
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


class Attachments(Resource, scope="ZohoCRM.modules.attachments", key="data"):
    """Attachments (Zoho's manual: Attachments)."""

    @operation("GET", "/crm/{version}/{module}/{record_id}/Attachments", fields=ATTACHMENT_FIELDS)
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
        """List the attachments of a record.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            fields: API names of the fields to return. By default the standard fields of an
                attachment.
            ids: Return only the attachments with these ids.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Attachments per page, 1 to 200; 200 by default.
            page_token: Token of the only page to return: `next_page_token` from the `info` of a
                page. Not together with `page`. From v3.
        """
        ...

    @operation("POST", "/crm/{version}/{module}/{record_id}/Attachments", files=("file",))
    def upload(self, module: str, record_id: str, file: File) -> Outcome:
        """Attach a file to a record.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            file: Open binary file, which is streamed, or a pair of name and content. Zoho's manual
                allows 20 MB.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/Attachments",
        rename={"attachment_url": "attachmentUrl"},
    )
    def link(
        self, module: str, record_id: str, attachment_url: str, *, title: str | None = None
    ) -> Outcome:
        """Attach a link to a record.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            attachment_url: URL to attach.
            title: Name to show for the link.
        """
        ...

    @operation("DELETE", "/crm/{version}/{module}/{record_id}/Attachments", each="ids")
    def delete(self, module: str, record_id: str, ids: Sequence[str]) -> BatchResult:
        """Delete attachments of a record; return the outcome of each.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            ids: Ids of the attachments.
        """
        ...

    @operation("DELETE", "/crm/{version}/{module}/{record_id}/Attachments/{id}")
    def delete_one(self, module: str, record_id: str, id: str) -> Outcome:
        """Delete one attachment.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            id: Id of the attachment.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/actions/download_fields_attachment",
        since="v2.1",
        scopes=("ZohoCRM.modules.{module}.READ",),
        key="",
    )
    def download_from_field(
        self, module: str, record_id: str, fields_attachment_id: str
    ) -> Download:
        """Return a file from a file upload field as a stream. Raises NotFound.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            fields_attachment_id: Id of the file in the field, from the value of the field.
        """
        ...

    @operation("GET", "/crm/{version}/{module}/{record_id}/Attachments/{id}", key="")
    def download(self, module: str, record_id: str, id: str) -> Download:
        """Return the file as a stream. Raises NotFound, and Invalid for an attached link.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            id: Id of the attachment.
        """
        ...
