"""The operations of bulk read: a part of `bulk_read`.

Written by tools/write_resources.py from zoho/resources/bulk_read_jobs.py.
"""

from __future__ import annotations

from typing import Literal

from ...results import Outcome
from ...types.jobs import BulkReadJob, BulkReadQuery, Callback
from ..results import AsyncDownload


class BulkReadJobs:
    """Jobs that export records."""

    async def create(
        self,
        query: BulkReadQuery,
        *,
        callback: Callback | None = None,
        file_type: Literal["csv", "ics"] | None = None,
    ) -> Outcome:
        """Start an export, such as `{"module": "Leads"}`; the outcome's `id` is the job's.

        Modules and fields may be given as plain names; they are sent in the form that the version
        wants.
        """
        ...

    async def get(self, job_id: str) -> BulkReadJob:
        """Return a job: done when its `state` is COMPLETED or FAILURE. Raises NotFound."""
        ...

    async def download(self, job_id: str) -> AsyncDownload:
        """Return the result of a job as a stream: a zip file that holds one CSV or ics file."""
        ...
