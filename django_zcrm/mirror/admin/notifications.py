"""Channels and notices in the admin, read-only. The token is never shown."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...admin.columns import badge, moment
from ..condition import options_in_force
from ..models import Channel, Notice
from .pages import ReadOnlyAdmin


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
        if not (channel.notify_url or options_in_force().notify_url):
            return badge("off", _("closed: there is no NOTIFY_URL"))
        if channel.expires_at is None or channel.expires_at <= timezone.now():
            return badge("bad", _("expired") if channel.expires_at else _("not made yet"))
        if channel.failures:
            return badge("wait", _("the last renewal failed"))
        return badge("good", _("open"))

    @admin.display(description=gettext_lazy("expires"), ordering="expires_at")
    def expires(self, channel: Channel) -> SafeString | str:
        """When the channel expires."""
        return moment(channel.expires_at, _("unknown"))

    @admin.display(description=gettext_lazy("last notice"), ordering="last_notice_at")
    def notified(self, channel: Channel) -> SafeString | str:
        """When the last notification came."""
        return moment(channel.last_notice_at, _("never"))

    @admin.display(description=gettext_lazy("events"))
    def events_named(self, channel: Channel) -> str:
        """The events that it watches."""
        return ", ".join(channel.events)

    @admin.display(description=gettext_lazy("polled only"))
    def polled_only(self, channel: Channel) -> str:
        """Mirrored modules without events in this channel: they are polled only."""
        return ", ".join(channel.polled_only)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        """Return channels, with the mirrors of their connections."""
        return super().get_queryset(request).prefetch_related("connection__mirrors")


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """What Zoho notified, the latest first."""

    list_display = ("module", "operation", "records", "received_at", "server_time", "done_at")
    list_filter = ("module", "operation", "received_at", ("done_at", admin.EmptyFieldListFilter))
    list_select_related = ("channel", "channel__connection")
    search_fields = ("module", "channel__channel_id")
    ordering = ("-pk",)
    fields = ("channel", "module", "operation", "ids", "server_time", "received_at", "done_at")

    @admin.display(description=gettext_lazy("records"))
    def records(self, notice: Notice) -> int:
        """How many records it names."""
        return len(notice.ids)
