"""The admin's own pages for connections: connect, come back, paste a grant token, confirm, health.

Each checks its permission; changes are made by POST and recorded in the admin's log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET

from ..access import Action, Actor, Source, has_permission
from ..doctor.advice import advice_on
from ..exceptions import ZCRMError
from ..models import Connection
from ..oauth import flow
from ..oauth.errors import ConnectError
from ..owners import acting, owner_of
from ..views.errors import in_words
from ..views.grant_token import GrantTokenForm, connect_from
from ..views.protection import guard
from ..views.request_user import parse_pk
from .columns import badge, settings_or_none
from .forms import ConnectForm, HandOverForm, KeepForm
from .operations import OPERATIONS, AdminOperation, Failed

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Base = ModelAdmin[Connection]
else:
    Base = object

VIEW_HEALTH = "zcrm.view_health"

PAGE_SIZE = 10
"""How many connections and organisations the health page shows at once."""

MAX_SELECTED = 50
"""Connections in one operation; each may have to wait for Zoho."""


class ConnectionPages(Base):
    """Views of the admin of connections, in addition to Django's own.

    The admin site restricts all of them to staff, and protects them from forgery and caching; they
    protect themselves and Django's own views from framing.
    """

    def get_urls(self) -> list[URLPattern]:
        """Return our URLs, then Django's own, which match any word."""
        pages: list[tuple[str, Callable[..., HttpResponse], str]] = [
            ("connected/", self.connected_view, "connected"),
            ("grant-token/", self.grant_token_view, "grant_token"),
            ("health/", self.health_view, "health"),
            ("operation/<slug:name>/", self.operation_view, "operation"),
        ]
        own = [
            path(route, self.admin_site.admin_view(view), name=f"zcrm_connection_{name}")
            for route, view, name in pages
        ]
        every = [*own, *super().get_urls()]
        for pattern in every:
            pattern.callback = guard(pattern.callback)
        return every

    def may(self, request: HttpRequest, action: Action) -> bool:
        """Return whether the user has the permission for this: here, owners need it too."""
        return has_permission(request.user, action.permission)

    def _acting(self, request: HttpRequest) -> AbstractContextManager[Actor]:
        return acting(request.user, request, source=Source.ADMIN)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the form for the owner (GET), or redirect to Zoho's consent page (POST).

        `connection` in the query is the primary key of a connection to reconnect.
        """
        if not self.has_add_permission(request):
            raise PermissionDenied
        parameters = request.POST if request.method == "POST" else request.GET
        renewed = self._get_connection_to_renew(request, parameters.get("connection", ""))
        form = ConnectForm(request.POST or None)
        if request.method == "POST" and (renewed or form.is_valid()):
            try:
                owner = None
                if not renewed and form.cleaned_data["owner"] == ConnectForm.MYSELF:
                    owner = owner_of(request.user, request)
                    if owner is None:
                        raise ConnectError(_("You do not act for any owner of connections."))
                connect_request = flow.ConnectRequest(
                    owner=owner, renews=renewed, next=self._url("connected")
                )
                with self._acting(request):
                    return redirect(flow.begin(request, connect_request))
            except ZCRMError as error:
                messages.error(request, in_words(error))
        title = (
            _("Connect again: %(name)s") % {"name": renewed}
            if renewed
            else _("Connect a Zoho account")
        )
        config = settings_or_none()
        return self._page(
            request,
            "connect",
            title,
            form=form,
            renewed=renewed,
            scopes=config.scopes if config else (),
            place=config.home if config else None,
        )

    def _get_connection_to_renew(self, request: HttpRequest, pk: str) -> Connection | None:
        if not pk:
            return None
        connection = self.get_object(request, pk)
        if connection is None:
            raise Http404
        return connection

    def connected_view(self, request: HttpRequest) -> HttpResponse:
        """Log the new connection; the flow returns to this page."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        connection = self.get_object(request, str(request.session.pop(flow.CONNECTED, "")))
        if connection is not None:
            self._log_connected(request, connection, _("Connected on Zoho's consent page."))
        return self._back(request, connection)

    @method_decorator([sensitive_post_parameters("grant_token"), sensitive_variables()])
    def grant_token_view(self, request: HttpRequest) -> HttpResponse:
        """Exchange a self client's grant token."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        config = settings_or_none()
        form = GrantTokenForm(
            request.POST or None,
            initial={"user_identifier": config.user_identifier if config else ""},
        )
        if form.is_valid():
            with self._acting(request):
                connection = connect_from(form)
            if connection is not None:
                self._log_connected(request, connection, _("Connected with a grant token."))
                words = _("Connected: %(name)s.") % {"name": connection}
                self.message_user(request, words, messages.SUCCESS)
                return self._back(request, connection)
        return self._page(request, "grant_token", _("Paste a grant token"), form=form)

    def operation_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Ask for confirmation (GET), then perform the operation with each connection (POST)."""
        operation = OPERATIONS.get(name)
        if operation is None:
            raise Http404
        if not self.may(request, operation.action):
            raise PermissionDenied
        rows = self._get_chosen(request, operation)
        form = self._form(request, operation)
        if request.method == "POST" and form.is_valid():
            for connection in rows:
                self._perform(request, operation, connection, form.cleaned_data)
            is_left = len(rows) == 1 and Connection.objects.filter(pk=rows[0].pk).exists()
            return self._back(request, rows[0] if is_left else None)
        title = f"{operation.label}: {rows[0]}" if len(rows) == 1 else str(operation.label)
        return self._page(
            request,
            "operation",
            title,
            form=form,
            operation=operation,
            connections=rows,
            ids=",".join(str(row.pk) for row in rows),
        )

    def _get_chosen(self, request: HttpRequest, operation: AdminOperation) -> list[Connection]:
        parameters = request.POST if request.method == "POST" else request.GET
        ids = [parse_pk(pk) for pk in parameters.get("ids", "").split(",")]
        most = MAX_SELECTED if operation.for_many else 1
        rows = list(self.get_queryset(request).select_related("owner").filter(pk__in=ids[:most]))
        if not rows:
            raise Http404
        return rows

    def _form(self, request: HttpRequest, operation: AdminOperation) -> forms.Form:
        data = request.POST if request.method == "POST" else None
        if operation.name == "hand-over":
            return HandOverForm(data, admin_site=self.admin_site)
        return KeepForm(data) if operation.name == "delete" else forms.Form(data)

    def _perform(
        self,
        request: HttpRequest,
        operation: AdminOperation,
        connection: Connection,
        form_data: dict[str, Any],
    ) -> None:
        """Perform an operation with one connection; show and log the outcome."""
        name, pk = str(connection), connection.pk
        try:
            with self._acting(request):
                words, level = operation.perform(connection, form_data), messages.SUCCESS
        except Failed as error:
            words, level = str(error), messages.ERROR
        except Connection.DoesNotExist:  # another request deleted it in the meantime
            words, level = _("The row was deleted."), messages.ERROR
        except ZCRMError as error:
            words = f"{str(error).removesuffix('.')}. {advice_on(error)}"
            level = messages.ERROR
        connection.pk = pk  # deletion resets it, and the log needs it
        is_gone = operation.name == "delete" and level == messages.SUCCESS
        LogEntry.objects.log_actions(
            str(request.user.pk),
            [connection],
            DELETION if is_gone else CHANGE,
            f"{operation.label}: {words}",
            single_object=True,
        )
        self.message_user(request, f"{name}: {words}", level)

    @method_decorator(require_GET)
    def health_view(self, request: HttpRequest) -> HttpResponse:
        """Show the health of the connections."""
        if not has_permission(request.user, VIEW_HEALTH):
            raise PermissionDenied
        # Only now: the admin is loaded at a project's start, and few processes show this page.
        from ..health.report import make_report
        from .chart import make_chart, make_hour_chart

        search = request.GET.get("q", "")
        report = make_report(search, request.GET.get("page", "1"), PAGE_SIZE)
        limits = Paginator(report.limits, PAGE_SIZE).get_page(request.GET.get("limits"))
        return self._page(
            request,
            "health",
            _("Health of the Zoho connections"),
            report=report,
            chart=make_chart(report.days),
            search=search,
            limits_page=limits,
            limits=[(organisation, make_hour_chart(organisation.hours)) for organisation in limits],
            sections=[
                (section, [(entry, badge(*entry.condition)) for entry in section.entries])
                for section in report.sections
            ],
            counts=[(badge(*condition), count) for condition, count in report.conditions],
            conditions=[(row, badge(*row.condition)) for row in report.connections],
            may_see_connections=self.has_view_permission(request),
        )

    def _log_connected(self, request: HttpRequest, connection: Connection, words: str) -> None:
        is_new = connection.token_version == 1
        (self.log_addition if is_new else self.log_change)(request, connection, words)

    def _back(self, request: HttpRequest, connection: Connection | None) -> HttpResponse:
        """Redirect to a connection's page or the list; to the index without the permission."""
        if not self.has_view_permission(request):
            return redirect(reverse("admin:index", current_app=self.admin_site.name))
        return redirect(
            self._url("change", connection.pk) if connection else self._url("changelist")
        )

    def _url(self, name: str, *arguments: object, query: Mapping[str, str] | None = None) -> str:
        url = reverse(
            f"admin:zcrm_connection_{name}", args=arguments, current_app=self.admin_site.name
        )
        return f"{url}?{urlencode(query)}" if query else url

    def _page(
        self, request: HttpRequest, name: str, title: str, **context: Any
    ) -> TemplateResponse:
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            f"admin/zcrm/connection/{name}.html",
            {
                **self.admin_site.each_context(request),
                "title": title,
                "original": title,
                "opts": self.opts,
                "has_view_permission": self.has_view_permission(request),
                "media": self.media,
                **context,
            },
        )
