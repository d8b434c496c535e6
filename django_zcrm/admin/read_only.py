"""Rows that only the app writes, in the admin."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = object

COMPARISONS = frozenset({"", "exact", "isnull", "isempty", "gte", "lt", "id__exact"})
"""What the links of Django's filters ask of a field."""


class ListedLookupsMixin(Base):
    """For a ModelAdmin: the URL of its list filters only by the fields that the list offers.

    Django allows each column, from which a stored token could be guessed letter by letter.
    `linked_lookups` are fields by which other pages link to the list.
    """

    linked_lookups: Collection[str] = ()

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Return whether the URL may filter by this lookup."""
        filters = (each[0] if isinstance(each, tuple) else each for each in self.list_filter)
        offered = {getattr(each, "parameter_name", each) for each in filters}
        name, _separator, comparison = lookup.partition("__")
        return name in {*offered, *self.linked_lookups} and comparison in COMPARISONS


class ReadOnlyMixin(ListedLookupsMixin):
    """For a ModelAdmin: no user can add, change or delete rows there, whatever the permissions."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False
