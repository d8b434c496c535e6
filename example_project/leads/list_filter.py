"""What the filters of both lists of leads have in common: a form over a URL's query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .forms import PlainForm

HEADINGS = {
    "name": _("Name"),
    "company": _("Company"),
    "status": _("Status"),
    "source": _("Source"),
    "revenue": _("Annual revenue"),
    "created": _("Created"),
}
"""The columns as `?sort=` names them, with their headings."""

NEWEST_FIRST = "-created"


class ListFilter(PlainForm):
    """Which leads to show, and in which order.

    `choices` are the values of `status` and `source`.
    """

    text = forms.CharField(required=False)  # each list defines where it searches
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

    def __init__(self, data: Any, choices: Mapping[str, Iterable[tuple[str, str]]]) -> None:
        super().__init__(data)
        for name, offered in choices.items():
            field: Any = self.fields[name]
            field.choices = [("", _("Any")), *offered]
        sort = data.get("sort", "")
        self.sort = sort if sort.removeprefix("-") in HEADINGS else NEWEST_FIRST

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """The fields that a page may keep folded."""
        return [self[name] for name in self.fields if name not in ("text", "status")]

    @property
    def shows_more(self) -> bool:
        """Whether one of them is in use."""
        return any(field.errors or field.data for field in self.more_fields)

    def headings(self) -> Iterator[dict[str, Any]]:
        """Yield each column's heading, how it is ordered, and the `sort` that a click requests."""
        for name, label in HEADINGS.items():
            order = {name: "ascending", f"-{name}": "descending"}.get(self.sort, "")
            sort = f"-{name}" if self.sort == name else name
            yield {"label": label, "order": order, "sort": sort}

    def order_by(self, columns: Mapping[str, Sequence[str]], *last: str) -> list[str]:
        """Return the fields to order by: those of the chosen column, and the last, alike."""
        minus = "-" * self.sort.startswith("-")
        return [f"{minus}{name}" for name in (*columns[self.sort.removeprefix("-")], *last)]
