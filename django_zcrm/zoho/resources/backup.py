"""Data backup: copies of all data of the organisation."""

from __future__ import annotations

from ..http.downloads import Download
from ..operations.operation import operation
from ..operations.results import Outcome, Page
from ..types import Values
from ..types.organisation import BackupEntry, BackupSchedule, BackupUrls
from . import Resource


class Backup(Resource, scope="ZohoCRM.bulk.backup", key="backup", since="v3"):
    """Backups (Zoho's manual: Data Backup)."""

    @operation("GET", "/crm/bulk/{version}/backup")
    def get(self) -> BackupSchedule:
        """Return the scheduled backup. Raises NotFound when there is none."""
        ...

    @operation("POST", "/crm/bulk/{version}/backup", body="schedule")
    def create(self, schedule: Values | None = None) -> Outcome:
        """Start a backup now, or schedule backups.

        Args:
            schedule: When to back up: `rrule` (a recurrence rule as in iCalendar) and `start_date`.
                Without it, Zoho backs up once, now.
        """
        ...

    @operation("GET", "/crm/bulk/{version}/backup/history", key="history")
    def history(self, *, page: int | None = None, per_page: int | None = None) -> Page[BackupEntry]:
        """List the backups and their outcomes.

        Args:
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Entries per page.
        """
        ...

    @operation("GET", "/crm/bulk/{version}/backup/urls", key="urls")
    def urls(self) -> BackupUrls:
        """Return the URLs of the files of the last backup. Raises NotFound when there is none."""
        ...

    @operation("PUT", "/crm/bulk/{version}/backup/{id}/actions/cancel")
    def cancel(self, id: str) -> Outcome:
        """Cancel a scheduled backup.

        Args:
            id: Id of the scheduled backup.
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
        """Return a part of a backup as a stream.

        Raises ConfigurationError for a URL that is not on one of Zoho's servers: the token must not
        go there.

        Args:
            download_url: URL of the file: one of those that `urls` returns.
        """
        ...
