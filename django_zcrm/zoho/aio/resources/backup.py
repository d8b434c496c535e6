"""Data backup: a copy of everything that the organisation has.

Written by tools/write_resources.py from zoho/resources/backup.py.
"""

from __future__ import annotations

from ...results import Outcome
from ...types import Values
from ...types.organisation import BackupEntry, BackupSchedule, BackupUrls
from ..results import AsyncDownload, AsyncPage


class Backup:
    """Backups (Zoho's manual: Data Backup)."""

    async def get(self) -> BackupSchedule:
        """Return the scheduled backup. Raises NotFound when there is none."""
        ...

    async def create(self, schedule: Values | None = None) -> Outcome:
        """Back up as `rrule` says, or now when there is no schedule."""
        ...

    async def history(
        self, *, page: int | None = None, per_page: int | None = None
    ) -> AsyncPage[BackupEntry]:
        """List backups and their outcome."""
        ...

    async def urls(self) -> BackupUrls:
        """Return where to fetch the last backup. Raises NotFound when there is none."""
        ...

    async def cancel(self, id: str) -> Outcome:
        """Cancel a scheduled backup."""
        ...

    async def download(self, download_url: str) -> AsyncDownload:
        """Return a part of a backup as a stream, by one of `urls`.

        Raises ConfigurationError for a URL that is not on one of Zoho's servers: the token must not
        go there.
        """
        ...
