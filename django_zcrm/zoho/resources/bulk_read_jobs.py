"""The operations of bulk read: a part of `bulk_read`."""

from __future__ import annotations

from typing import Literal

from ..downloads import Download
from ..operation import operation
from ..readers import download, item, one
from ..results import Outcome
from ..types.jobs import BulkReadJob, BulkReadQuery, Callback
from . import Resource


class BulkReadJobs(Resource):
    """Jobs that export records."""

    @operation(
        "POST",
        "/crm/bulk/{version}/read",
        key="data",
        beside=("query", "callback", "file_type"),
        returns=one,
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
        """Start an export, such as `{"module": "Leads"}`; the outcome's `id` is the job's.

        Modules and fields may be given as plain names; they are sent in the form that the version
        wants.
        """
        ...

    @operation(
        "GET",
        "/crm/bulk/{version}/read/{job_id}",
        key="data",
        returns=item,
        scopes=("ZohoCRM.bulk.READ",),
    )
    def get(self, job_id: str) -> BulkReadJob:
        """Return a job: done when its `state` is COMPLETED or FAILURE. Raises NotFound."""
        ...

    @operation(
        "GET",
        "/crm/bulk/{version}/read/{job_id}/result",
        returns=download,
        stream=True,
        scopes=("ZohoCRM.bulk.READ",),
    )
    def download(self, job_id: str) -> Download:
        """Return the result of a job as a stream: a zip file that holds one CSV or ics file."""
        ...
