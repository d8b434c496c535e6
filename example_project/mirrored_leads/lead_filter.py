"""The list's filters and order: a form over a URL's query, which narrows rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from django_zcrm.mirror.models import OutboxItem
from example_project.leads.list_filter import ListFilter

from .changes import with_changes
from .rows import Leads, values_in_use

COLUMNS = {
    "name": ("last_name", "first_name"),
    "company": ("company",),
    "status": ("status",),
    "source": ("source",),
    "revenue": ("revenue",),
    "created": ("created_time",),
}
"""The fields that order each column."""

SEARCHED = ("first_name", "last_name", "company", "email", "phone", "description")
"""Each word has to be in one of these. `icontains` is on every database; SQLite alone tells capital
from small letters beyond ASCII. For more rows than it can scan there are PostgreSQL's SearchVector
and FULLTEXT indexes."""

LOOKUPS = {
    "status": "status",
    "source": "source",
    "revenue_from": "revenue__gte",
    "revenue_to": "revenue__lte",
    "created_from": "created_time__date__gte",
    "created_to": "created_time__date__lte",
}

CHANGES = {"waiting": OutboxItem.OPEN, "refused": (OutboxItem.State.FAILED,)}


class LeadFilter(ListFilter):
    """Which rows to show, and in which order."""

    text = forms.CharField(
        label=_("Search in all texts"),
        required=False,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )
    changes = forms.ChoiceField(
        label=_("Changes made here"),
        required=False,
        choices=[("", _("Any")), ("waiting", _("waiting")), ("refused", _("refused"))],
    )

    def __init__(self, data: Any, *, leads: Leads) -> None:
        names = ("status", "source")
        super().__init__(
            data, {name: [(value, value) for value in values_in_use(leads, name)] for name in names}
        )

    def apply(self, leads: Leads) -> Leads:
        """Return those of the leads that match, in order; none when the form has errors."""
        if not self.is_valid():
            return leads.none()
        for name, value in self.cleaned_data.items():
            if name in LOOKUPS and value not in (None, ""):
                leads = leads.filter(**{LOOKUPS[name]: value})
        if chosen := self.cleaned_data["changes"]:
            leads = with_changes(leads, CHANGES[chosen])
        for word in self.cleaned_data["text"].split():
            leads = leads.filter(_contains(word))
        # The key decides between equals: so that no lead is on two pages, or on none.
        return leads.order_by(*self.order_by(COLUMNS, "pk"))


def _contains(word: str) -> Q:
    condition = Q()
    for name in SEARCHED:
        condition |= Q(**{f"{name}__icontains": word})
    return condition
