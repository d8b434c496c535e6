"""Connections in Django's admin: to look at, not to edit, and without any secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .models import Connection

if TYPE_CHECKING:
    ConnectionModelAdmin = admin.ModelAdmin[Connection]
else:
    ConnectionModelAdmin = admin.ModelAdmin


@admin.register(Connection)
class ConnectionAdmin(ConnectionModelAdmin):
    """What is connected, for whom, and in what state. Connecting is for the pages of the app."""

    list_display = (
        "user_identifier",
        "organisation_name",
        "owner",
        "state",
        "default",
        "data_center",
        "environment",
        "expires_at",
        "last_used_at",
    )
    list_filter = ("state", "data_center", "environment")
    list_select_related = ("owner",)
    search_fields = (
        "user_identifier",
        "organisation_id",
        "organisation_name",
        "zoho_user_email",
        "zoho_user_name",
    )
    fieldsets = (
        (None, {"fields": ("user_identifier", "owner", "default", "state", "last_error")}),
        (
            _("At Zoho"),
            {
                "fields": (
                    "organisation_name",
                    "organisation_id",
                    "zoho_user_name",
                    "zoho_user_email",
                    "zoho_user_id",
                    "environment",
                    "data_center",
                    "accounts_url",
                    "api_domain",
                    "client_id",
                    "scopes",
                )
            },
        ),
        (_("Times"), {"fields": ("expires_at", "last_used_at", "created_at", "updated_at")}),
    )

    @admin.display(description=_("default"), boolean=True, ordering="default_for")
    def default(self, connection: Connection) -> bool:
        """Whether it is its owner's (the site's, without one) default connection."""
        return connection.is_default

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody types in a grant."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What Zoho said is not edited."""
        return False
