"""Channels and notices in the admin, read-only. The token is never shown."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...admin.columns import badge, labelled_display, moment
from ...models import Connection
from ..health_state import options_in_force
from ..models import Channel, Notice
from .pages import ReadOnlyAdmin

_OPERATIONS = {
    "insert": gettext_lazy("create"),
    "update": gettext_lazy("update"),
    "delete": gettext_lazy("delete"),
}
"""Zoho's names of operations."""


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    """The channels through which Zoho notifies, and when they expire."""

    list_display = (
        "channel_id",
        "connection",
        "condition",
        "expires",
        "notified",
        "events_named",
        "polled_only",
    )
    list_select_related = ("connection",)
    search_fields = ("channel_id", "connection__user_identifier", "connection__organisation_name")
    fields = (
        "channel_id",
        "connection",
        "condition",
        "events_named",
        "polled_only",
        "notify_url",
        "expires_at",
        "renew_at",
        "last_notice_at",
        "failures",
        "last_error",
    )

    @admin.display(description=gettext_lazy("state"))
    def condition(self, channel: Channel) -> SafeString:
        """Whether the channel is open."""
        if channel.connection.state == Connection.State.DISCONNECTED:
            return badge("off", channel.connection.get_state_display())
        if not (channel.notify_url or options_in_force().notify_url):
            return badge("off", _("closed: there is no NOTIFY_URL"))
        if channel.expires_at is None or channel.expires_at <= timezone.now():
            return badge("bad", _("expired") if channel.expires_at else _("not made yet"))
        if channel.failures:
            return badge("wait", _("the last renewal failed"))
        return badge("good", _("open"))

    @labelled_display(description=gettext_lazy("expires"), ordering="expires_at")
    def expires(self, channel: Channel) -> SafeString | str:
        """When the channel expires."""
        return moment(channel.expires_at, _("unknown"))

    @labelled_display(description=gettext_lazy("last notice"), ordering="last_notice_at")
    def notified(self, channel: Channel) -> SafeString | str:
        """The time of the last notification."""
        return moment(channel.last_notice_at, _("never"))

    @admin.display(description=gettext_lazy("events"))
    def events_named(self, channel: Channel) -> str:
        """The events that the channel watches."""
        return ", ".join(channel.events)

    @labelled_display(description=gettext_lazy("polled only"))
    def polled_only(self, channel: Channel) -> str:
        """Mirrored modules without events in this channel: they are polled only."""
        return ", ".join(channel.polled_only)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        """Return channels, with the mirrors of their connections."""
        return super().get_queryset(request).prefetch_related("connection__mirrors")


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """The notices from Zoho, newest first."""

    list_display = ("module", "kind", "records", "received", "changed", "done")
    list_filter = ("module", "operation", "received_at", ("done_at", admin.EmptyFieldListFilter))
    list_select_related = ("channel", "channel__connection")
    search_fields = ("module", "channel__channel_id")
    ordering = ("-pk",)
    fields = ("channel", "module", "kind", "ids", "server_time", "received_at", "done_at")

    @admin.display(description=gettext_lazy("operation"), ordering="operation")
    def kind(self, notice: Notice) -> str:
        """What happened to the records; a name of Zoho's that is new as it is."""
        return str(_OPERATIONS.get(notice.operation, notice.operation))

    @labelled_display(description=gettext_lazy("records"))
    def records(self, notice: Notice) -> int:
        """The number of records that the notice names."""
        return len(notice.ids)

    @labelled_display(description=gettext_lazy("received"), ordering="received_at")
    def received(self, notice: Notice) -> SafeString | str:
        """The time when the notice arrived."""
        return moment(notice.received_at, "-")

    @labelled_display(description=gettext_lazy("Zoho's time"), ordering="server_time")
    def changed(self, notice: Notice) -> SafeString | str:
        """The time of the change, by Zoho's clock."""
        return moment(notice.server_time, _("unknown"))

    @labelled_display(description=gettext_lazy("done"), ordering="done_at")
    def done(self, notice: Notice) -> SafeString | str:
        """The time when the records were read again."""
        return moment(notice.done_at, _("not yet"))
