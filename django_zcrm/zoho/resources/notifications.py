"""Notifications: channels through which Zoho reports changes."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, one, page
from ..results import BatchResult, Outcome, Page
from ..types.jobs import Channel
from . import Resource


class Notifications(Resource):
    """Notification channels (Zoho's manual: Notifications).

    An outcome's `details["events"]` hold the actual `channel_expiry`: one that Zoho does not accept
    is silently cut to an hour.
    """

    @operation(
        "GET",
        "/crm/{version}/actions/watch",
        key="watch",
        returns=page,
        scopes=("ZohoCRM.notifications.READ",),
    )
    def list(
        self,
        *,
        channel_id: str | None = None,
        module: str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[Channel]:
        """List channels, one entry for each module that they watch."""
        ...

    @operation(
        "POST",
        "/crm/{version}/actions/watch",
        key="watch",
        body="channels",
        batch=50,
        returns=batch,
        scopes=("ZohoCRM.notifications.CREATE",),
    )
    def create(self, channels: Sequence[Channel]) -> BatchResult:
        """Open channels, each with `channel_id`, `events` and `notify_url`, 50 per request."""
        ...

    @operation(
        "POST",
        "/crm/{version}/actions/watch",
        key="watch",
        body="channel",
        in_list=True,
        returns=one,
        scopes=("ZohoCRM.notifications.CREATE",),
    )
    def create_one(self, channel: Channel) -> Outcome:
        """Open one channel."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/actions/watch",
        key="watch",
        body="channels",
        batch=50,
        returns=batch,
        scopes=("ZohoCRM.notifications.UPDATE",),
    )
    def update(self, channels: Sequence[Channel]) -> BatchResult:
        """Replace the whole configuration of channels, 50 per request."""
        ...

    @operation(
        "PATCH",
        "/crm/{version}/actions/watch",
        key="watch",
        body="channel",
        in_list=True,
        returns=one,
        since="v4",
        scopes=("ZohoCRM.notifications.UPDATE",),
    )
    def update_one(self, channel: Channel, *, channel_id: str | None = None) -> Outcome:
        """Change part of the configuration of one channel; `_delete_events` removes `events`.

        `channel_id` is a key of the channel; Zoho's newer description has it in the query too.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/actions/watch",
        key="watch",
        each="channel_ids",
        batch=200,
        returns=batch,
        scopes=("ZohoCRM.notifications.DELETE",),
    )
    def delete(self, channel_ids: Sequence[str]) -> BatchResult:
        """Close channels."""
        ...
