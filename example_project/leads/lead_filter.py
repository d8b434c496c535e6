"""The lead list's filters and order: a form over a URL's query, which narrows a record set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from django_zcrm import ConfigurationError, NotSupported
from django_zcrm.query import RecordSet
from django_zcrm.zoho.operations.results import RecordDict

from .list_filter import ListFilter
from .pick_lists import PickLists

COLUMNS = {
    "name": ("Last_Name",),
    "company": ("Company",),
    "status": ("Lead_Status",),
    "source": ("Lead_Source",),
    "revenue": ("Annual_Revenue",),
    "created": ("Created_Time",),
}
"""The fields that order each column."""

LOOKUPS = {
    "company": "Company__icontains",
    "status": "Lead_Status",
    "source": "Lead_Source",
    "revenue_from": "Annual_Revenue__gte",
    "revenue_to": "Annual_Revenue__lte",
    "created_from": "Created_Time__date__gte",
    "created_to": "Created_Time__date__lte",
}
"""What the fields of the form mean, except for `text`."""


class LeadFilter(ListFilter):
    """Which of Zoho's leads to show, and in which order."""

    field_order = ("text", "status", "source", "company")

    text = forms.CharField(
        label=_("Name, company or e-mail"),
        required=False,
        min_length=2,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )
    company = forms.CharField(label=_("Company contains"), required=False)

    def __init__(self, data: Any, *, offered: PickLists) -> None:
        super().__init__(
            data,
            {"status": offered.get("Lead_Status", []), "source": offered.get("Lead_Source", [])},
        )

    def clean(self) -> dict[str, Any]:
        """Refuse ranges that hold nothing."""
        data = super().clean() or {}
        for name in ("revenue", "created"):
            low, high = data.get(f"{name}_from"), data.get(f"{name}_to")
            if low is not None and high is not None and low > high:
                self.add_error(f"{name}_to", _("The range ends before it begins."))
        return data

    def apply(self, leads: RecordSet[RecordDict]) -> RecordSet[RecordDict]:
        """Return those of the leads that match, in order.

        There are none when the form has errors; values that Zoho cannot search for become errors.
        """
        if not self.is_valid():
            return leads.none()
        leads = leads.order_by(*self.order_by(COLUMNS))
        for name, condition in self._conditions():
            narrowed = leads.filter(condition)
            try:
                narrowed.explain(via="coql")
            except (ConfigurationError, NotSupported) as error:
                reason = gettext("Zoho cannot look for this: %(reason)s")
                self.add_error(name, reason % {"reason": error.message})
                return leads.none()
            leads = narrowed
        return leads

    def _conditions(self) -> Iterator[tuple[str, Q]]:
        """Yield the fields that are filled in, and what they mean."""
        for name, value in self.cleaned_data.items():
            if name == "text":
                for word in value.split():
                    yield name, _names(word)
            elif value not in (None, ""):
                yield name, Q(**{LOOKUPS[name]: value})


def _names(word: str) -> Q:
    return (
        Q(First_Name__icontains=word)
        | Q(Last_Name__icontains=word)
        | Q(Company__icontains=word)
        | Q(Email__icontains=word)
    )
