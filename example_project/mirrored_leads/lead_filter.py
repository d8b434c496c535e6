"""The list's filters and order: a form over a URL's query, which narrows rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from django_zcrm.mirror.models import OutboxItem
from example_project.leads.forms import PlainForm

from .changes import with_changes
from .rows import Leads, values_in_use

COLUMNS = {
    "name": (_("Name"), ("last_name", "first_name")),
    "company": (_("Company"), ("company",)),
    "status": (_("Status"), ("status",)),
    "source": (_("Source"), ("source",)),
    "revenue": (_("Annual revenue"), ("revenue",)),
    "created": (_("Created"), ("created_time",)),
}
"""The columns as `?sort=` names them, with their headings and the fields that order them."""

NEWEST_FIRST = "-created"

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

CHANGES = {"waiting": OutboxItem.OPEN, "refused": (OutboxItem.State.DEAD,)}


class LeadFilter(PlainForm):
    """Which leads to show, and in which order."""

    text = forms.CharField(
        label=_("Search in all texts"),
        required=False,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )
    status = forms.ChoiceField(label=_("Status"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False)
    revenue_from = forms.DecimalField(label=_("Annual revenue from"), required=False)
    revenue_to = forms.DecimalField(label=_("Annual revenue to"), required=False)
    created_from = forms.DateField(
        label=_("Created from"), required=False, widget=forms.DateInput({"type": "date"})
    )
    created_to = forms.DateField(
        label=_("Created to"), required=False, widget=forms.DateInput({"type": "date"})
    )

    changes = forms.ChoiceField(
        label=_("Changes made here"),
        required=False,
        choices=[("", _("Any")), ("waiting", _("waiting")), ("refused", _("refused"))],
    )

    def __init__(self, data: Any, *, leads: Leads) -> None:
        super().__init__(data)
        for name in ("status", "source"):
            field: Any = self.fields[name]
            known = values_in_use(leads, name)
            field.choices = [("", _("Any")), *((value, value) for value in known)]
        sort = data.get("sort", "")
        self.sort = sort if sort.removeprefix("-") in COLUMNS else NEWEST_FIRST

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """The fields that a page may keep folded."""
        return [self[name] for name in self.fields if name not in ("text", "status")]

    @property
    def shows_more(self) -> bool:
        """Whether one of them is in use."""
        return any(field.errors or field.data for field in self.more_fields)

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
        minus = "-" * self.sort.startswith("-")
        columns = COLUMNS[self.sort.removeprefix("-")][1]
        # The key decides between equals: so that no lead is on two pages, or on none.
        return leads.order_by(*(f"{minus}{name}" for name in (*columns, "pk")))

    def headings(self) -> Iterator[dict[str, Any]]:
        """Yield each column's heading, how it is ordered, and the `sort` that a click asks for."""
        for name, (label, _columns) in COLUMNS.items():
            order = {name: "ascending", f"-{name}": "descending"}.get(self.sort, "")
            sort = f"-{name}" if self.sort == name else name
            yield {"label": label, "order": order, "sort": sort}


def _contains(word: str) -> Q:
    condition = Q()
    for name in SEARCHED:
        condition |= Q(**{f"{name}__icontains": word})
    return condition
