"""Bulk write: imports of CSV files of up to 25,000 rows.

Written by tools/write_resources.py from zoho/resources/bulk_write.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ...encoding import File
from ...results import Outcome
from ...types.jobs import BulkWriteJob, BulkWriteOperation, BulkWriteResource, Callback
from ..results import AsyncDownload


class BulkWrite:
    """Bulk write (Zoho's manual: Bulk Write)."""

    async def upload(
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

    async def create(
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

    async def get(self, job_id: str) -> BulkWriteJob:
        """Return a job: done when its `status` is COMPLETED or FAILED."""
        ...

    async def download(self, download_url: str) -> AsyncDownload:
        """Return the outcome of each row as a stream: a zip file at a job's `result`.

        Only this file says why a row was refused. Raises ConfigurationError for a URL that is not
        on one of Zoho's servers: the token must not go there.
        """
        ...
