"""Bulk read: jobs that export records (Zoho docs v7 bulk-read)."""

from __future__ import annotations

from . import jobs

routes = jobs.routes
