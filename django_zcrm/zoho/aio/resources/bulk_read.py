"""Bulk read: exports of up to 200,000 records.

Written by tools/write_resources.py from zoho/resources/bulk_read.py.
"""

from __future__ import annotations

from ...query.jobs import ReadJobs
from .bulk_read_jobs import BulkReadJobs


class BulkRead(BulkReadJobs, ReadJobs):
    """Bulk read (Zoho's manual: Bulk Read).

    `crm.objects(module).iterator(via="bulk")` does all of it; `job(id)` goes on with one.
    """
