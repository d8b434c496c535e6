"""Audit log: exports of who did what in the organisation.

Written by tools/write_resources.py from zoho/resources/audit_log_export.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult
from ...types import Values
from ...types.organisation import AuditLogExportJob
from ..results import AsyncDownload


class AuditLogExport:
    """Exports of the audit log (Zoho's manual: Audit Log Export)."""

    async def list(self) -> Sequence[AuditLogExportJob]:
        """Return the exports that were requested."""
        ...

    async def get(self, id: str) -> AuditLogExportJob:
        """Return one export; `download_links` are there when it is done. Raises NotFound."""
        ...

    async def create(self, exports: Sequence[Values]) -> BatchResult:
        """Request an export of what its `criteria` select; the outcome has its `id`."""
        ...

    async def download(self, download_url: str) -> AsyncDownload:
        """Return an export as a stream, by one of a job's `download_links`.

        Raises ConfigurationError for a URL that is not on one of Zoho's servers: the token must not
        go there.
        """
        ...
