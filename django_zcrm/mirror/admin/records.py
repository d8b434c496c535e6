"""Mirrored rows in the admin: those without a model, and a base class for the others."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from json import dumps
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.db import connections
from django.db.models import CharField, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...admin.columns import badge, moment
from ...zoho.http.datacenters import DATA_CENTERS
from ..models import MirroredRecord, MirroredRow, OutboxItem, RecordState
from ..models.base import MirrorModel
from ..models.foreign_keys import keys_to_rows
from ..options import options_of
from .forms import for_new_row, for_row
from .lookups import ConnectionLookupView, RowLookupView, RowSelect, SearchSelect
from .pages import ReadOnlyAdmin, as_json

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin

KINDS = {RecordState.LIVE: "good", RecordState.DELETED: "off", RecordState.UNREACHABLE: "wait"}

_UNSAID = object()

OWN = ("zoho_state_badge", "zoho_link", "connection", "zoho_modified", "read_at")
"""The mirror's own fields, at the end of a row's page."""


def url_in_zoho(row: MirroredRow, module: str) -> str:
    """Return the URL of a record in Zoho CRM; empty if it is not known."""
    connection = row.connection
    home = DATA_CENTERS.get(connection.data_center)
    is_there = row.zoho_id and row.zoho_state == RecordState.LIVE
    if not is_there or home is None or not connection.organisation_id:
        return ""
    host = home.accounts.replace("https://accounts.", "https://crm.", 1)
    organisation = quote(f"org{connection.organisation_id}", safe="")
    return f"{host}/crm/{organisation}/tab/{quote(module, safe='')}/{row.zoho_id}"


class ZohoColumns:
    """Display methods for rows of records."""

    @admin.display(description=gettext_lazy("in Zoho"), ordering="zoho_state")
    def zoho_state_badge(self, row: MirroredRow) -> SafeString:
        """The state of the record in Zoho, or that it is not there yet."""
        if not row.zoho_id:
            return badge("wait", _("not in Zoho yet"))
        return badge(KINDS[RecordState(row.zoho_state)], row.get_zoho_state_display())

    @admin.display(description=gettext_lazy("modified in Zoho"), ordering="zoho_modified_time")
    def zoho_modified(self, row: MirroredRow) -> SafeString | str:
        """When the record was last changed in Zoho, if known."""
        return moment(row.zoho_modified_time, _("unknown"))

    @admin.display(description=gettext_lazy("read"), ordering="synced_at")
    def read_at(self, row: MirroredRow) -> SafeString | str:
        """When the record was last read."""
        return moment(row.synced_at, _("never"))

    @admin.display(description=gettext_lazy("record"))
    def zoho_link(self, row: MirroredRow) -> SafeString | str:
        """A link to the record in Zoho CRM."""
        url = url_in_zoho(row, self.module_of(row))
        if not url:
            return row.zoho_id or "-"
        words = _("Open in Zoho")
        return format_html('<a href="{}" rel="noopener noreferrer">{}</a>', url, words)

    def module_of(self, row: Any) -> str:
        """Return the module of a row."""
        model: type[MirrorModel] = type(row)
        return options_of(model).module


class MirrorAdmin(ZohoColumns, Base):
    """A base for the admin of a mirrored model.

        @admin.register(Lead)
        class LeadAdmin(MirrorAdmin):
            list_display = ("name", "email", "zoho_state_badge")

    Mirrored fields that are not in `push` cannot be edited, because only Zoho writes them. Changes
    of `push` fields are sent to Zoho. Without `push`, rows cannot be added or deleted here, because
    the next sync would undo that.
    """

    list_select_related = ("connection",)

    class Media:
        css = {"all": ("zcrm/admin.css",)}  # noqa: RUF012

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields that are not sent to Zoho, and the mirror's own."""
        options = options_of(self._get_model())
        read = [name for name in options.fields if name not in options.push]
        inherited = super().get_readonly_fields(request, obj)
        names = dict.fromkeys([*inherited, *read, *OWN, "zoho_waiting"])
        return tuple(name for name in names if obj is not None or name != "connection")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form, whose lookups are limited to rows of the same connection."""
        names = kwargs.pop("fields", _UNSAID)
        if names is _UNSAID:
            names = flatten_fieldsets(self.get_fieldsets(request, obj))
        if names is not None:
            names = [name for name in names if name != "connection"]
        form = super().get_form(request, obj, change, fields=names, **kwargs)
        if obj is not None:
            return for_row(form, obj)
        key = self.opts.get_field("connection")
        url = self._lookup_url("zcrm_connections")
        return for_new_row(form, SearchSelect(key, self.admin_site, url))

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Return a field that searches, within a connection, for a lookup to a mirrored row.

        If the other model's admin has no search, the field takes a primary key. `raw_id_fields`,
        `radio_fields` and `formfield_overrides` have precedence.
        """
        name = db_field.name
        is_free = "widget" not in kwargs and name not in {*self.raw_id_fields, *self.radio_fields}
        if is_free and db_field in keys_to_rows(self._get_model()):
            if self._can_search(db_field.related_model, request):
                url = self._lookup_url("zcrm_lookup")
                kwargs["widget"] = RowSelect(db_field, self.admin_site, url, kwargs.get("using"))
            else:
                kwargs["widget"] = ForeignKeyRawIdWidget(
                    db_field.remote_field, self.admin_site, using=kwargs.get("using")
                )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _can_search(self, model: Any, request: HttpRequest) -> bool:
        if not self.admin_site.is_registered(model):
            return False
        return bool(self.admin_site.get_model_admin(model).get_search_fields(request))

    def get_search_fields(self, request: HttpRequest) -> Any:
        """Return `search_fields`; without them, the short texts that are mirrored, and the id."""
        if declared := super().get_search_fields(request):
            return declared
        model = self._get_model()
        names = options_of(model).fields
        fields = (model._meta.get_field(name) for name in names)
        return ("=zoho_id", *(field.name for field in fields if isinstance(field, CharField)))

    def get_urls(self) -> list[URLPattern]:
        """Return the URLs of lookups, then Django's own."""
        rows = RowLookupView.as_view(admin_site=self.admin_site, model=self.model)
        connections = ConnectionLookupView.as_view(model_admin=self)
        name = f"{self.opts.app_label}_{self.opts.model_name}_zcrm"
        protect = self.admin_site.admin_view
        return [
            path("zcrm-lookup/", protect(rows), name=f"{name}_lookup"),
            path("zcrm-connections/", protect(connections), name=f"{name}_connections"),
            *super().get_urls(),
        ]

    def _lookup_url(self, name: str) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}"
        return reverse(name, current_app=self.admin_site.name)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether rows can be added: only if the model sends new rows to Zoho."""
        return bool(options_of(self._get_model()).push) and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows can be deleted: only if the model sends deletions to Zoho."""
        is_sent = bool(options_of(self._get_model()).push)
        return is_sent and super().has_delete_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields, and for an existing row those of the mirror."""
        # Copies: what the project declares is the same for all requests.
        declared = super().get_fieldsets(request, obj)
        fieldsets: list[Any] = [(name, {**options}) for name, options in declared]
        placed = flatten_fieldsets(fieldsets) if self.fieldsets and obj is not None else ()
        rest = [name for name in (*OWN, "zoho_waiting") if name not in placed]
        for _name, options in fieldsets:
            options["fields"] = list(_without(rest, options["fields"]))
        if obj is None:
            first = fieldsets[0][1]
            first["fields"] = ["connection", *first["fields"]]
        elif rest:
            fieldsets.append((_("In Zoho"), {"fields": rest}))
        return fieldsets

    @admin.display(description=gettext_lazy("to be sent"))
    def zoho_waiting(self, row: Any) -> str:
        """Changes of this row that have not been sent to Zoho."""
        items = OutboxItem.objects.open().filter(
            connection=row.connection_id, module=self.module_of(row), object_id=str(row.pk)
        )
        names = dict.fromkeys(name for item in items for name in item.changed)
        return ", ".join(names) or _("nothing")

    def _get_model(self) -> type[MirrorModel]:
        model: type[MirrorModel] = self.model
        return model


def _without(names: Collection[str], lines: Iterable[Any]) -> Iterator[Any]:
    """Yield the lines of a fieldset, each a name or a list of names, without some names."""
    for line in lines:
        if isinstance(line, str):
            if line not in names:
                yield line
        elif left := [name for name in line if name not in names]:
            yield left


@admin.register(MirroredRecord)
class MirroredRecordAdmin(ZohoColumns, ReadOnlyAdmin):
    """Records of modules without a model; a search covers all their fields."""

    list_display = ("title", "module", "connection", "zoho_state_badge", "zoho_modified")
    list_filter = ("module", "zoho_state")
    list_select_related = ("connection",)
    search_fields = ("zoho_id", "data")
    search_help_text = gettext_lazy("An id, or a text in any field")
    ordering = ("-pk",)
    fields = ("title", "module", *OWN, "fields_read")

    def get_queryset(self, request: HttpRequest) -> QuerySet[MirroredRecord]:
        """Return the rows."""
        rows: QuerySet[MirroredRecord] = super().get_queryset(request)
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search for the letters as JSON is stored: SQLite and MariaDB store them escaped."""
        database: Any = connections[queryset.db]
        if database.vendor == "sqlite" or getattr(database, "mysql_is_mariadb", False):
            search_term = re.sub(r"[^\0-\x7f]", lambda match: dumps(match[0])[1:-1], search_term)
        return super().get_search_results(request, queryset, search_term)

    def module_of(self, row: MirroredRecord) -> str:
        """Return the module of a row."""
        return row.module

    @admin.display(description=gettext_lazy("record"))
    def title(self, row: MirroredRecord) -> str:
        """The name of a record, if its fields have one."""
        for name in ("Full_Name", "Last_Name", "Subject", "Name", f"{row.module[:-1]}_Name"):
            if value := row.data.get(name):
                return str(value)
        titles = (v for k, v in row.data.items() if k.endswith("_Name") and isinstance(v, str))
        return next(titles, str(row.zoho_id))

    @admin.display(description=gettext_lazy("fields"))
    def fields_read(self, row: MirroredRecord) -> SafeString | str:
        """All fields, as read from Zoho."""
        return as_json(row.data)
