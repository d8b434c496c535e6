"""Notifications: channels through which Zoho reports changes."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types.jobs import Channel
from . import Resource


class Notifications(Resource, scope="ZohoCRM.notifications", key="watch"):
    """Notification channels (Zoho's manual: Notifications).

    The `details["events"]` of an outcome contain the actual `channel_expiry`. If Zoho does not
    accept the requested time, it sets one hour and reports no error.
    """

    @operation("GET", "/crm/{version}/actions/watch")
    def list(
        self,
        *,
        channel_id: str | None = None,
        module: str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> Page[Channel]:
        """List channels, one entry for each module that they watch.

        Args:
            channel_id: Only this channel.
            module: API name of a module; only channels that watch it.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            per_page: Channels per page, 1 to 200; 200 by default.
        """
        ...

    @operation("POST", "/crm/{version}/actions/watch", body="channels", batch=50)
    def create(self, channels: Sequence[Channel]) -> BatchResult:
        """Open channels, each with `channel_id`, `events` and `notify_url`.

        Args:
            channels: Channels to create. `channel_id` is a number of your choice, at most 64
                digits. Each has `events` such as `Leads.create` (at most 50), a `notify_url` of at
                most 255 characters and optionally a `token` of at most 50. `channel_expiry` is at
                most a week ahead, a day up to v3. Any number, sent 50 per request.
        """
        ...

    @operation("POST", "/crm/{version}/actions/watch", body="channel", in_list=True)
    def create_one(self, channel: Channel) -> Outcome:
        """Open one channel.

        Args:
            channel: `channel_id`, `events`, `notify_url`, `token` and `channel_expiry` as for
                `create`.
        """
        ...

    @operation("PUT", "/crm/{version}/actions/watch", body="channels", batch=50)
    def update(self, channels: Sequence[Channel]) -> BatchResult:
        """Replace the whole configuration of channels; return the outcome of each.

        Args:
            channels: Channels to change, each with its `channel_id` and all values as for `create`.
                Any number, sent 50 per request.
        """
        ...

    @operation("PATCH", "/crm/{version}/actions/watch", body="channel", in_list=True, since="v4")
    def update_one(self, channel: Channel, *, channel_id: str | None = None) -> Outcome:
        """Change part of the configuration of one channel.

        Args:
            channel: `channel_id` and the values to change. With `"_delete_events": True`, its
                `events` are removed.
            channel_id: Id of the channel, sent in the query too.
        """
        ...

    @operation("DELETE", "/crm/{version}/actions/watch", each="channel_ids", batch=200)
    def delete(self, channel_ids: Sequence[str]) -> BatchResult:
        """Close channels; return the outcome of each.

        Args:
            channel_ids: Ids of the channels; 200 are sent per request.
        """
        ...
