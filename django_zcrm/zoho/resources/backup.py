"""Data backup: a copy of everything that the organisation has."""

from __future__ import annotations

from ..downloads import Download
from ..operation import operation
from ..readers import download, item, one, page
from ..results import Outcome, Page
from ..types import Values
from ..types.organisation import BackupEntry, BackupSchedule, BackupUrls
from . import Resource


class Backup(Resource):
    """Backups (Zoho's manual: Data Backup)."""

    @operation(
        "GET",
        "/crm/bulk/{version}/backup",
        key="backup",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.bulk.backup.READ",),
    )
    def get(self) -> BackupSchedule:
        """Return the scheduled backup. Raises NotFound when there is none."""
        ...

    @operation(
        "POST",
        "/crm/bulk/{version}/backup",
        key="backup",
        body="schedule",
        returns=one,
        since="v3",
        scopes=("ZohoCRM.bulk.backup.CREATE",),
    )
    def create(self, schedule: Values | None = None) -> Outcome:
        """Back up as `rrule` says, or now when there is no schedule."""
        ...

    @operation(
        "GET",
        "/crm/bulk/{version}/backup/history",
        key="history",
        returns=page,
        since="v3",
        scopes=("ZohoCRM.bulk.backup.READ",),
    )
    def history(self, *, page: int | None = None, per_page: int | None = None) -> Page[BackupEntry]:
        """List backups and their outcome."""
        ...

    @operation(
        "GET",
        "/crm/bulk/{version}/backup/urls",
        key="urls",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.bulk.backup.READ",),
    )
    def urls(self) -> BackupUrls:
        """Return where to fetch the last backup. Raises NotFound when there is none."""
        ...

    @operation(
        "PUT",
        "/crm/bulk/{version}/backup/{id}/actions/cancel",
        key="backup",
        returns=one,
        since="v3",
        scopes=("ZohoCRM.bulk.backup.UPDATE",),
    )
    def cancel(self, id: str) -> Outcome:
        """Cancel a scheduled backup."""
        ...

    @operation(
        "GET",
        "/{download_url}",
        returns=download,
        stream=True,
        slashes=("download_url",),
        adapt="download_url",
        scopes=("ZohoCRM.bulk.backup.READ",),
    )
    def download(self, download_url: str) -> Download:
        """Return a part of a backup as a stream, by one of `urls`.

        Raises ConfigurationError for a URL that is not on one of Zoho's servers: the token must not
        go there.
        """
        ...
