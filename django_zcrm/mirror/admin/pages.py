"""The base of the mirror's admin pages: they are read-only, and have buttons (POST) for actions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from ...access import has_permission
from ...admin.read_only import ReadOnlyMixin
from ...exceptions import ZCRMError
from ...views.protection import guard

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin


@dataclass(frozen=True)
class RowAction:
    """An action on rows: `perform` takes a query set, and returns the number of rows that changed.

    `permission` is the required permission, as `app_label.codename`. `makes_sense_for` returns
    whether a row allows the action; `why_not` is the reason if it does not.
    """

    name: str
    label: str | _StrPromise
    permission: str
    perform: Callable[[QuerySet[Any]], int]
    makes_sense_for: Callable[[Any], bool] = lambda row: True
    is_dangerous: bool = False
    why_not: str | _StrPromise = ""


class ReadOnlyAdmin(ReadOnlyMixin, Base):
    """Read-only pages for rows that the app writes, with the actions in `operations`."""

    operations: Mapping[str, RowAction] = {}
    change_form_template = "admin/zcrm_mirror/change_form.html"
    list_per_page = 50
    show_full_result_count = False

    class Media:
        css = {"all": ("zcrm/admin.css",)}  # noqa: RUF012

    def get_urls(self) -> list[URLPattern]:
        """Return the URL of actions and Django's own URLs; no page may be framed."""
        info = self.opts.app_label, self.opts.model_name
        own = path(
            "<path:object_id>/operation/<slug:name>/",
            self.admin_site.admin_view(self.operation_view),
            name="{}_{}_operation".format(*info),
        )
        every = [own, *super().get_urls()]
        for pattern in every:
            pattern.callback = guard(pattern.callback)
        return every

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> dict[str, Any]:
        """Return the actions for which the user has the permission.

        The page of one row has buttons for them. `action_location` comes from Django 6.1 on.
        """
        is_in_list = getattr(action_location, "name", "CHANGE_LIST") == "CHANGE_LIST"
        if not is_in_list or not self.has_view_permission(request):
            return {}
        return {
            operation.name: (_action(operation), operation.name, operation.label)
            for operation in self.operations.values()
            if has_permission(request.user, operation.permission)
        }

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show one row, and the actions that this user may take."""
        row = self.get_object(request, object_id)
        permitted = [
            operation
            for operation in self.operations.values()
            if row is not None
            and operation.makes_sense_for(row)
            and has_permission(request.user, operation.permission)
        ]
        return super().change_view(
            request,
            object_id,
            form_url,
            {
                **(extra_context or {}),
                "operations": [
                    (operation, self._url("operation", object_id, operation.name))
                    for operation in permitted
                ],
                "show_close": True,
            },
        )

    @method_decorator(require_POST)
    def operation_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Take an action on one row, and return to its page, or to the list if it is gone."""
        operation = self.operations.get(name)
        row = self.get_object(request, object_id)
        if operation is None or row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        self.perform(request, operation, [row])
        is_there = self.model._default_manager.filter(pk=row.pk).exists()
        return redirect(self._url("change", object_id) if is_there else self._url("changelist"))

    def perform(self, request: HttpRequest, operation: RowAction, rows: list[Model]) -> None:
        """Take an action on rows, show a message, and record it in the admin's log."""
        if not has_permission(request.user, operation.permission):
            raise PermissionDenied
        fitting = [row for row in rows if operation.makes_sense_for(row)]
        queryset = self.model._default_manager.filter(pk__in=[row.pk for row in fitting])
        try:
            count = operation.perform(queryset)
        except ZCRMError as error:
            self.message_user(request, f"{operation.label}: {error}", messages.ERROR)
            return
        LogEntry.objects.log_actions(str(request.user.pk), fitting, CHANGE, str(operation.label))
        words = ngettext("%(what)s: %(count)d row.", "%(what)s: %(count)d rows.", count)
        words %= {"what": operation.label, "count": count}
        if len(fitting) < len(rows) and operation.why_not:
            words = f"{words} {operation.why_not}"
        level = messages.SUCCESS if count else messages.WARNING
        self.message_user(request, words, level)

    def _url(self, page: str, *args: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=args, current_app=self.admin_site.name)


def _action(operation: RowAction) -> Callable[..., None]:
    def act(model_admin: ReadOnlyAdmin, request: HttpRequest, rows: QuerySet[Any]) -> None:
        model_admin.perform(request, operation, list(rows))

    return act


def as_json(value: Any) -> SafeString | str:
    """Return a value as indented JSON."""
    if not value:
        return _("none")
    return format_html(
        '<pre class="zcrm-json">{}</pre>',
        json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True, default=str),
    )


def excerpt(text: str, length: int = 120) -> SafeString | str:
    """Return the beginning of a text, with the whole text as a tooltip."""
    short = text if len(text) <= length else f"{text[: length - 1]}…"
    return format_html('<span class="zcrm-more" title="{}">{}</span>', text, short)
