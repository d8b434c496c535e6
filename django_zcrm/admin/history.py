"""The history of connections in the admin, read-only for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..access import has_permission
from ..models import Connection, ConnectionHistory
from .read_only import ReadOnlyMixin

if TYPE_CHECKING:
    HistoryModelAdmin = admin.ModelAdmin[ConnectionHistory]
else:
    HistoryModelAdmin = admin.ModelAdmin

MAX_ENTRIES = 5
"""Entries on the page of a connection; the list has them all."""


@admin.register(ConnectionHistory)
class ConnectionHistoryAdmin(ReadOnlyMixin, HistoryModelAdmin):
    """Changes of connections: the user, the time, the place and the organisation."""

    list_display = ("created_at", "change", "about", "place", "owners", "by_whom")
    list_filter = ("change", "source", "environment", "created_at")
    list_per_page = 50
    # No date_hierarchy: MariaDB has no time zones until they are loaded.
    search_fields = (
        "name",
        "owner_name",
        "former_owner_name",
        "user_name",
        "organisation_name",
        "organisation_id",
        "former_organisation_name",
        "former_organisation_id",
    )
    fields = ("created_at", "change", "about", "place", "environment", "owners", "by_whom")
    actions = None
    linked_lookups = ("connection",)

    class Media:
        css = {"all": ("zcrm/admin.css",)}  # noqa: RUF012

    @admin.display(description=gettext_lazy("connection"), ordering="name")
    def about(self, entry: ConnectionHistory) -> SafeString | str:
        """The connection's name at that time, with a link to the current connection."""
        if entry.connection_id is None or not self.admin_site.is_registered(Connection):
            return entry.name
        url = reverse(
            "admin:zcrm_connection_change",
            args=[entry.connection_id],
            current_app=self.admin_site.name,
        )
        return format_html('<a href="{}">{}</a>', url, entry.name)

    @admin.display(description=gettext_lazy("organisation"), ordering="organisation_name")
    def place(self, entry: ConnectionHistory) -> SafeString:
        """The organisation, and the one that was replaced."""
        former = " ".join(
            filter(None, (entry.former_organisation_name, entry.former_organisation_id))
        )
        return _lines(entry.organisation_name, entry.organisation_id, _before(former))

    @admin.display(description=gettext_lazy("belongs to"), ordering="owner_name")
    def owners(self, entry: ConnectionHistory) -> SafeString:
        """The owner, and the one it was handed over by."""
        former = ""
        if entry.former_owner_key:
            former = entry.former_owner_name or _("the whole site")
        return _lines(entry.owner_name or _("the whole site"), _before(former))

    @admin.display(description=gettext_lazy("by whom"), ordering="user_name")
    def by_whom(self, entry: ConnectionHistory) -> SafeString:
        """The user who made the change, and the place."""
        return _lines(*filter(None, (entry.user_name, entry.get_source_display())))


def _lines(first: str, *more: str) -> SafeString:
    """Return a text, with more in small print below."""
    below = format_html_join("", '<span class="zcrm-more">{}</span>', ((line,) for line in more))
    return format_html("{}{}", first, below)


def _before(former: str) -> str:
    return _("before: %(former)s") % {"former": former} if former else ""


def can_see_history(request: HttpRequest, site: admin.AdminSite) -> bool:
    """Return whether the user may see the history, and this admin site shows it."""
    permitted = has_permission(request.user, "zcrm.view_connectionhistory")
    return permitted and site.is_registered(ConnectionHistory)


def _when(entry: ConnectionHistory) -> str:
    at = localtime(entry.created_at) if is_aware(entry.created_at) else entry.created_at
    return date_format(at, "SHORT_DATETIME_FORMAT")


def latest_changes(connection: Connection, site: admin.AdminSite) -> SafeString:
    """Return the latest entries about a connection, and a link to all of them."""
    url = reverse("admin:zcrm_connectionhistory_changelist", current_app=site.name)
    rows = format_html_join(
        "",
        '<li>{}: {} <span class="zcrm-more">{}</span></li>',
        (
            (
                _when(entry),
                entry.get_change_display(),
                " · ".join(filter(None, (entry.user_name, entry.get_source_display()))),
            )
            for entry in connection.history.all()[:MAX_ENTRIES]
        ),
    )
    return format_html(
        '<ul class="zcrm-changes">{}</ul><a href="{}?connection={}">{}</a>',
        rows,
        url,
        connection.pk,
        _("All of them"),
    )
