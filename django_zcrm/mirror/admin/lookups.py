"""Searches in the form of a mirrored row in the admin: for its connection, and for rows of that."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.views import View

from ...clients import default_connection_or_none
from ...health.report import find_connections
from ...models import Connection
from ...views.request_user import parse_pk
from ..connections import is_usable_here
from ..models.foreign_keys import keys_to_rows
from ..models.organisations import is_current

PAGE_SIZE = 20
"""Number of connections that a search returns at once; Django's own has as many."""


class SearchSelect(AutocompleteSelect):
    """A select that searches at a URL while the user types."""

    def __init__(self, field: Any, admin_site: Any, url: str, using: str | None = None) -> None:
        super().__init__(field, admin_site, using=using)
        self.url = url

    def get_url(self) -> str:
        """Return the URL of the search."""
        return self.url


class RowSelect(SearchSelect):
    """A select that searches for rows of one connection.

    Without `connection_id`, which a new row does not have yet, they are those of the connection
    that is chosen in the form.
    """

    connection_id: int | None = None

    def get_url(self) -> str:
        """Return the URL of the search."""
        return self.url if self.connection_id is None else f"{self.url}?of={self.connection_id}"

    @property
    def media(self) -> forms.Media:
        """The scripts, with the one that adds the chosen connection to the URL."""
        # Both are named because that sets their order.
        return super().media + forms.Media(js=("admin/js/jquery.init.js", "zcrm/lookups.js"))


class RowLookupView(AutocompleteJsonView):
    """Searches for rows to which a foreign key of a mirrored row may lead, in one connection.

    `of` is the primary key of the connection; without it, the default one is meant.
    """

    model: Any = None

    def process_request(self, request: HttpRequest) -> Any:
        """Read the request; only the foreign keys of the admin's own model are served."""
        result = super().process_request(request)
        # PostgreSQL does not accept NUL.
        if result[2] not in keys_to_rows(self.model) or "\0" in result[0]:
            raise PermissionDenied
        return result

    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows that match, of the connection."""
        of, rows = self.request.GET.get("of", ""), super().get_queryset()
        rows = rows if rows.ordered else rows.order_by("pk")
        if of:
            return rows.filter(is_current(parse_pk(of)))
        default = default_connection_or_none()
        return rows.none() if default is None else rows.filter(is_current(default))


def describe_connection(connection: Connection) -> str:
    """Return a connection with its owner, whose name may not be part of its identifier."""
    owner = connection.owner
    return str(connection) if owner is None else f"{owner}: {connection}"


class ConnectionLookupView(View):
    """Searches for the connection of a new row, among those that are usable here.

    Users who may add rows may search, as they may choose each of these connections.
    """

    model_admin: Any = None

    def get(self, request: HttpRequest) -> JsonResponse:
        """Return a page of the connections that contain all words of `term`."""
        term = request.GET.get("term", "")
        if "\0" in term or not self.model_admin.has_add_permission(request):
            raise PermissionDenied
        rows = find_connections(term).filter(is_usable_here()).select_related("owner")
        pages = Paginator(rows.order_by("organisation_name", "pk"), PAGE_SIZE)
        page = pages.get_page(request.GET.get("page"))
        results = [{"id": str(row.pk), "text": describe_connection(row)} for row in page]
        return JsonResponse({"results": results, "pagination": {"more": page.has_next()}})
