"""Audit log: exports of who did what in the organisation."""

from __future__ import annotations

from collections.abc import Sequence

from ..downloads import Download
from ..operation import operation
from ..readers import batch, download, item, items
from ..results import BatchResult
from ..types import Values
from ..types.organisation import AuditLogExportJob
from . import Resource


class AuditLogExport(Resource):
    """Exports of the audit log (Zoho's manual: Audit Log Export)."""

    @operation(
        "GET",
        "/crm/{version}/settings/audit_log_export",
        key="audit_log_export",
        returns=items,
        since="v7",
        scopes=("ZohoCRM.settings.audit_logs.READ",),
    )
    def list(self) -> Sequence[AuditLogExportJob]:
        """Return the exports that were requested."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/audit_log_export/{id}",
        key="audit_log_export",
        returns=item,
        since="v7",
        scopes=("ZohoCRM.settings.audit_logs.READ",),
    )
    def get(self, id: str) -> AuditLogExportJob:
        """Return one export; `download_links` are there when it is done. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/audit_log_export",
        key="audit_log_export",
        body="exports",
        returns=batch,
        since="v7",
        scopes=("ZohoCRM.settings.audit_logs.CREATE",),
    )
    def create(self, exports: Sequence[Values]) -> BatchResult:
        """Request an export of what its `criteria` select; the outcome has its `id`."""
        ...

    @operation(
        "GET",
        "/{download_url}",
        returns=download,
        stream=True,
        slashes=("download_url",),
        adapt="download_url",
        scopes=("ZohoCRM.settings.audit_logs.READ",),
    )
    def download(self, download_url: str) -> Download:
        """Return an export as a stream, by one of a job's `download_links`.

        Raises ConfigurationError for a URL that is not on one of Zoho's servers: the token must not
        go there.
        """
        ...
