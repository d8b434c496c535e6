"""Bulk read and bulk write: jobs on many records at once, with files in and out.

Zoho docs v7 bulk-read and bulk-write. `settle` does the work that is due, `take` returns the
callbacks to post.
"""

from __future__ import annotations

from django_zcrm.emulator.bulk import reading, uploading, writing
from django_zcrm.emulator.bulk.jobs import settle, take, unattended
from django_zcrm.emulator.bulk.routing import routes

__all__ = ["reading", "routes", "settle", "take", "unattended", "uploading", "writing"]
