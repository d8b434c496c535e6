"""Notifications: channels through which Zoho reports changes.

Written by tools/write_resources.py from zoho/resources/notifications.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome
from ...types.jobs import Channel
from ..results import AsyncPage


class Notifications:
    """Notification channels (Zoho's manual: Notifications).

    An outcome's `details["events"]` hold the actual `channel_expiry`: one that Zoho does not accept
    is silently cut to an hour.
    """

    async def list(
        self,
        *,
        channel_id: str | None = None,
        module: str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> AsyncPage[Channel]:
        """List channels, one entry for each module that they watch."""
        ...

    async def create(self, channels: Sequence[Channel]) -> BatchResult:
        """Open channels, each with `channel_id`, `events` and `notify_url`, 50 per request."""
        ...

    async def create_one(self, channel: Channel) -> Outcome:
        """Open one channel."""
        ...

    async def update(self, channels: Sequence[Channel]) -> BatchResult:
        """Replace the whole configuration of channels, 50 per request."""
        ...

    async def update_one(self, channel: Channel, *, channel_id: str | None = None) -> Outcome:
        """Change part of the configuration of one channel; `_delete_events` removes `events`.

        `channel_id` is a key of the channel; Zoho's newer description has it in the query too.
        """
        ...

    async def delete(self, channel_ids: Sequence[str]) -> BatchResult:
        """Close channels."""
        ...
