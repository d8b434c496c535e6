"""Bulk read: exports of up to 200,000 records."""

from __future__ import annotations

from ..query.read.jobs import ReadJobs
from .bulk_read_jobs import BulkReadJobs


class BulkRead(BulkReadJobs, ReadJobs):
    """Bulk read (Zoho's manual: Bulk Read).

    `crm.objects(module).iterator(via="bulk")` performs the whole export; `job(id)` resumes a job.
    """
