"""Bulk write: imports of CSV files of up to 25,000 rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..http.downloads import Download
from ..http.encoding import File
from ..operations.operation import operation
from ..operations.readers import value
from ..operations.results import Outcome
from ..types.jobs import BulkWriteJob, BulkWriteOperation, BulkWriteResource, Callback
from . import Resource


class BulkWrite(Resource):
    """Bulk write (Zoho's manual: Bulk Write)."""

    @operation(
        "POST",
        "/crm/{version}/upload",
        host="upload",
        files=("file",),
        headers={"x_crm_org": "X-CRM-ORG", "feature": "feature"},
        organisation="x_crm_org",
        scopes=("ZohoFiles.files.ALL", "ZohoCRM.org.READ"),
    )
    def upload(
        self,
        file: File,
        *,
        x_crm_org: str | None = None,
        feature: Literal["bulk-write"] = "bulk-write",
    ) -> Outcome:
        """Upload a zip file that holds CSV files. A job needs the outcome's `details["file_id"]`.

        Args:
            file: Zip file of at most 25 MB: an open binary file, which is streamed, or a pair of
                name and content.
            x_crm_org: The organisation's `zgid`, which `org.get()` returns. By default the client
                fetches it, once.
            feature: Constant that Zoho requires.
        """
        ...

    @operation(
        "POST",
        "/crm/bulk/{version}/write",
        key="resource",
        body="resource",
        top_level=("operation", "callback", "character_encoding", "ignore_empty"),
        adapt="bulk_write",
        scopes=("ZohoCRM.bulk.CREATE", "ZohoCRM.modules.{module}.CREATE"),
    )
    def create(
        self,
        resource: Sequence[BulkWriteResource],
        operation: BulkWriteOperation,
        *,
        callback: Callback | None = None,
        character_encoding: str | None = None,
        ignore_empty: bool | None = None,
    ) -> Outcome:
        """Start an import of uploaded files; the outcome's `id` is the id of the job.

        Args:
            resource: Files to import: `{"type": "data", "module": "Leads", "file_id": ...}`.
                `field_mappings` is required if the header of the file has no API names, `find_by`
                (the unique field that identifies a record) for `update` and `upsert`.
            operation: What to do with each row: `insert`, `update` or `upsert`.
            callback: URL to which Zoho posts when the job is done. Zoho does not sign the request.
            character_encoding: Encoding of the files, such as `UTF-8`.
            ignore_empty: Whether empty cells leave the values of a record unchanged.
        """
        ...

    @operation(
        "GET", "/crm/bulk/{version}/write/{job_id}", returns=value, scopes=("ZohoCRM.bulk.CREATE",)
    )
    def get(self, job_id: str) -> BulkWriteJob:
        """Return a job: done when its `status` is COMPLETED or FAILED.

        Args:
            job_id: Id of the job.
        """
        ...

    @operation(
        "GET",
        "/{download_url}",
        slashes=("download_url",),
        adapt="download_url",
        scopes=("ZohoFiles.files.ALL",),
    )
    def download(self, download_url: str) -> Download:
        """Return the outcome of each row as a stream: a zip file.

        Only this file contains the reason why a row failed. Raises ConfigurationError for a URL
        that is not on one of Zoho's servers: the token must not go there.

        Args:
            download_url: URL of the file: `result["download_url"]` of a finished job.
        """
        ...
