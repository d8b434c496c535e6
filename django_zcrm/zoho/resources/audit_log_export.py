"""Audit log: exports of what users did in the organisation."""

from __future__ import annotations

from collections.abc import Sequence

from ..http.downloads import Download
from ..operations.operation import operation
from ..operations.results import BatchResult
from ..types import Values
from ..types.organisation import AuditLogExportJob
from . import Resource


class AuditLogExport(
    Resource, scope="ZohoCRM.settings.audit_logs", key="audit_log_export", since="v7"
):
    """Exports of the audit log (Zoho's manual: Audit Log Export)."""

    @operation("GET", "/crm/{version}/settings/audit_log_export")
    def list(self) -> Sequence[AuditLogExportJob]:
        """Return the exports that were requested."""
        ...

    @operation("GET", "/crm/{version}/settings/audit_log_export/{id}")
    def get(self, id: str) -> AuditLogExportJob:
        """Return one export. A finished export has `download_links`. Raises NotFound.

        Args:
            id: Id of the export.
        """
        ...

    @operation("POST", "/crm/{version}/settings/audit_log_export", body="exports")
    def create(self, exports: Sequence[Values]) -> BatchResult:
        """Request exports of the entries that the `criteria` select; each outcome has the `id` of
        its export.

        Args:
            exports: Exports to request, by Zoho's key, each with its `criteria`.
        """
        ...

    @operation(
        "GET",
        "/{download_url}",
        slashes=("download_url",),
        adapt="download_url",
        since="v2",
        key="",
    )
    def download(self, download_url: str) -> Download:
        """Return an export as a stream.

        Raises ConfigurationError for a URL that is not on one of Zoho's servers: the token must not
        go there.

        Args:
            download_url: URL of the file: one of the `download_links` of an export.
        """
        ...
