"""The admin of connections: the list, the page of a connection, and the operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib import admin, messages
from django.db.models import Min, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..access import Action, has_permission
from ..health.connection_health import condition_of
from ..models import ApiUsage, Connection
from ..models.usage import today
from ..monitoring.usage import counter
from .columns import ConnectionColumns, settings_or_none
from .history import can_see_history, latest_changes
from .operations import OPERATIONS, AdminOperation
from .pages import MAX_SELECTED, VIEW_HEALTH, ConnectionPages
from .read_only import ListedLookupsMixin

if TYPE_CHECKING:
    ConnectionModelAdmin = admin.ModelAdmin[Connection]
else:
    ConnectionModelAdmin = admin.ModelAdmin


def _action(operation: AdminOperation) -> Callable[..., HttpResponse | None]:
    """Return the list action that opens an operation's confirmation page."""

    @admin.action(
        description=operation.label,
        permissions=[operation.action],
    )
    def ask(
        model_admin: ConnectionAdmin, request: HttpRequest, rows: QuerySet[Connection]
    ) -> HttpResponse | None:
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[: MAX_SELECTED + 1])
        if len(ids) > MAX_SELECTED:
            words = _("Choose %(count)d connections at most.") % {"count": MAX_SELECTED}
            model_admin.message_user(request, words, messages.WARNING)
            return None
        joined_ids = ",".join(map(str, ids))
        return redirect(model_admin._url("operation", operation.name, query={"ids": joined_ids}))

    # This name replaces Django's own deletion, which would not revoke.
    ask.__name__ = "delete_selected" if operation.name == "delete" else operation.name
    return ask


class Button(NamedTuple):
    """A link on the page of a connection; its kind is `main`, `danger` or empty."""

    label: str
    url: str
    kind: str


class DataCenterFilter(admin.SimpleListFilter):
    """The data centres that have connections, rather than all of Zoho's."""

    title = gettext_lazy("data centre")
    parameter_name = "data_center"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return codes and names."""
        used = set(Connection.objects.values_list("data_center", flat=True).distinct())
        names = Connection._meta.get_field("data_center").flatchoices
        return [(code, str(name)) for code, name in names if code in used]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Connection]
    ) -> QuerySet[Connection]:
        """Narrow the list."""
        return queryset.filter(data_center=self.value()) if self.value() else queryset


@admin.register(Connection)
class ConnectionAdmin(ConnectionColumns, ConnectionPages, ListedLookupsMixin, ConnectionModelAdmin):
    """Connections with their owners and states. Nothing is edited here."""

    list_display = (
        "who",
        "place",
        "condition",
        "access",
        "use",
    )
    list_filter = ("state", "environment", DataCenterFilter, "last_used_at")
    list_select_related = ("owner",)
    list_per_page = 50
    ordering = ("user_identifier", "pk")
    search_fields = (
        "user_identifier",
        "organisation_id",
        "organisation_name",
        "zoho_user_email",
        "zoho_user_name",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "user_identifier",
                    "belongs_to",
                    "condition",
                    "error",
                    "scopes_missing",
                )
            },
        ),
        (
            gettext_lazy("At Zoho"),
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
                    "refresh_token",
                )
            },
        ),
        (
            gettext_lazy("Use"),
            {"fields": ("expires", "last_used", "today", "created_at", "updated_at")},
        ),
    )
    readonly_fields = (
        "belongs_to",
        "condition",
        "error",
        "scopes_missing",
        "refresh_token",
        "expires",
        "last_used",
        "today",
        "changes",
    )

    actions = tuple(_action(operation) for operation in OPERATIONS.values() if operation.for_many)

    class Media:
        css = {"all": ("zcrm/admin.css",)}  # noqa: RUF012

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields, including the history for users who may see it."""
        fieldsets = [*super().get_fieldsets(request, obj)]
        if can_see_history(request, self.admin_site):
            fieldsets.append((_("Owner history"), {"fields": ("changes",)}))
        return fieldsets

    @admin.display(description=gettext_lazy("latest"))
    def changes(self, connection: Connection) -> SafeString:
        """The latest entries of the history."""
        return latest_changes(connection, self.admin_site)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        """Return the rows with today's usage, in the same query."""
        used = (
            ApiUsage.objects.filter(connection=OuterRef("pk"), day=today())
            .order_by()
            .values("connection")
        )
        return (
            super()
            .get_queryset(request)
            .annotate(
                calls_today=Subquery(used.annotate(sum=Sum("calls")).values("sum")),
                credits_today=Subquery(used.annotate(min=Min("credits_remaining")).values("min")),
            )
        )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether a user may see connections; the permission to replace them is not enough."""
        return self.may(request, Action.VIEW)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: values from Zoho are not edited."""
        return False

    def has_test_permission(self, request: HttpRequest) -> bool:
        """Return whether a user may test connections; this and those below are for the actions."""
        return self.may(request, Action.TEST)

    def has_refresh_permission(self, request: HttpRequest) -> bool:
        """Return whether a user may refresh tokens."""
        return self.may(request, Action.REFRESH)

    def has_hand_over_permission(self, request: HttpRequest) -> bool:
        """Return whether a user may hand connections over."""
        return self.may(request, Action.HAND_OVER)

    def has_disconnect_permission(self, request: HttpRequest) -> bool:
        """Return whether a user may disconnect."""
        return self.may(request, Action.DISCONNECT)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list, after writing the calls that this process has counted so far."""
        counter.flush()
        return super().changelist_view(
            request,
            {
                **(extra_context or {}),
                "may_connect": self.has_add_permission(request),
                "may_see_health": has_permission(request.user, VIEW_HEALTH),
            },
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a connection with its calls so far and the operations that this user may perform."""
        counter.flush()
        connection = self.get_object(request, object_id)
        return super().change_view(
            request,
            object_id,
            form_url,
            {
                **(extra_context or {}),
                "buttons": self._buttons(request, connection) if connection else [],
                "show_delete": False,
            },
        )

    def _buttons(self, request: HttpRequest, connection: Connection) -> list[Button]:
        """Return the operations that this user may perform, the most urgent first."""
        ids = {"ids": str(connection.pk)}
        buttons = [
            Button(
                str(operation.label),
                self._url("operation", operation.name, query=ids),
                "danger" if operation.is_dangerous else "",
            )
            for operation in OPERATIONS.values()
            if self.may(request, operation.action) and operation.makes_sense_for(connection)
        ]
        if self.has_add_permission(request):
            works = condition_of(connection, settings_or_none()).kind in {"good", "wait"}
            url = self._url("add", query={"connection": str(connection.pk)})
            again = Button(_("Connect again"), url, "" if works else "main")
            first_danger = sum(button.kind != "danger" for button in buttons)
            buttons.insert(first_danger if works else 0, again)
        return buttons

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Redirect to the operation, since a deletion has to revoke at Zoho first."""
        return redirect(self._url("operation", "delete", query={"ids": object_id}))
