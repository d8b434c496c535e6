"""Bulk write: imports of CSV files of up to 25,000 rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..downloads import Download
from ..encoding import File
from ..operation import operation
from ..readers import download, one, value
from ..results import Outcome
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
        returns=one,
        scopes=("ZohoFiles.files.ALL", "ZohoCRM.org.READ"),
    )
    def upload(
        self,
        file: File,
        *,
        x_crm_org: str | None = None,
        feature: Literal["bulk-write"] = "bulk-write",
    ) -> Outcome:
        """Upload a zip file that holds the CSV; a job takes the outcome's `details["file_id"]`.

        At most 25 MB. If left out, `x_crm_org`, the organisation's `zgid`, is looked up once.
        """
        ...

    @operation(
        "POST",
        "/crm/bulk/{version}/write",
        key="resource",
        body="resource",
        beside=("operation", "callback", "character_encoding", "ignore_empty"),
        returns=one,
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
        """Start an import of uploaded files; the outcome's `id` is the job's.

        A resource is `{"type": "data", "module": "Leads", "file_id": ...}`, with `field_mappings`
        if the file has no header of API names, and `find_by` to update and upsert.
        """
        ...

    @operation(
        "GET",
        "/crm/bulk/{version}/write/{job_id}",
        returns=value,
        scopes=("ZohoCRM.bulk.CREATE",),
    )
    def get(self, job_id: str) -> BulkWriteJob:
        """Return a job: done when its `status` is COMPLETED or FAILED."""
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
    def download(self, download_url: str) -> Download:
        """Return the outcome of each row as a stream: a zip file at a job's `result`.

        Only this file says why a row was refused. Raises ConfigurationError for a URL that is not
        on one of Zoho's servers: the token must not go there.
        """
        ...
