"""Bulk write: jobs that import records (Zoho docs v7 bulk-write)."""

from __future__ import annotations

from django_zcrm.emulator.api.bulk_write import jobs, upload
from django_zcrm.emulator.core.routing import merged

routes = merged(jobs.routes, upload.routes)
