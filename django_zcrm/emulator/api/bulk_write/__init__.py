"""Bulk write: jobs that import records (Zoho docs v7 bulk-write)."""

from __future__ import annotations

from ...core import merge_routes
from . import jobs, upload

routes = merge_routes(jobs.routes, upload.routes)
