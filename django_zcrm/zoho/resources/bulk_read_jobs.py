"""The operations of bulk read: a part of `bulk_read`."""

from __future__ import annotations

from typing import Literal

from ..http.downloads import Download
from ..operations.operation import operation
from ..operations.results import Outcome
from ..types.jobs import BulkReadJob, BulkReadQuery, Callback
from . import Resource


class BulkReadJobs(Resource, scope="ZohoCRM.bulk", key="data"):
    """Jobs that export records."""

    @operation(
        "POST",
        "/crm/bulk/{version}/read",
        top_level=("query", "callback", "file_type"),
        adapt="bulk_read",
        scopes=("ZohoCRM.bulk.READ", "ZohoCRM.modules.{module}.READ"),
    )
    def create(
        self,
        query: BulkReadQuery,
        *,
        callback: Callback | None = None,
        file_type: Literal["csv", "ics"] | None = None,
    ) -> Outcome:
        """Start an export; the outcome's `id` is the id of the job.

        Modules and fields may be plain names; they are sent in the form that the version requires.

        Args:
            query: What to export: `module` is required. Optional: `cvid`, `fields` (all by
                default), `criteria`, `page`, and `page_token` (from v7). One job exports at most
                200,000 records, or 20,000 events as `ics`.
            callback: URL to which Zoho posts when the job is done. Zoho does not sign the request.
            file_type: Format of the result: `csv` (the default), or `ics` for events.
        """
        ...

    @operation("GET", "/crm/bulk/{version}/read/{job_id}")
    def get(self, job_id: str) -> BulkReadJob:
        """Return a job: done when its `state` is COMPLETED or FAILURE. Raises NotFound.

        Args:
            job_id: Id of the job.
        """
        ...

    @operation("GET", "/crm/bulk/{version}/read/{job_id}/result", key="")
    def download(self, job_id: str) -> Download:
        """Return the result of a job as a stream: a zip file that holds one CSV or ics file.

        Args:
            job_id: Id of the job.
        """
        ...
