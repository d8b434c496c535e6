"""How far the changes made here have come on their way to Zoho, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_zcrm.mirror.models import OutboxItem

from .models import Lead
from .rows import Leads

State = OutboxItem.State

SHOWN = 10
"""Changes on the page of a lead."""

SHOWN_IN_LISTS = (*OutboxItem.OPEN, State.FAILED)

LABELS = {
    State.NEW: gettext_lazy("waiting"),
    State.SENDING: gettext_lazy("being sent"),
    State.IN_DOUBT: gettext_lazy("waiting"),
    State.DONE: gettext_lazy("sent"),
    State.CONFLICT: gettext_lazy("changed in Zoho, too"),
    State.FAILED: gettext_lazy("refused"),
}
"""The states that have other names here than in the admin."""

OPERATIONS = {
    OutboxItem.Operation.CREATE: gettext_lazy("New lead"),
    OutboxItem.Operation.UPDATE: gettext_lazy("Edit"),
    OutboxItem.Operation.DELETE: gettext_lazy("Deletion"),
}


@dataclass(frozen=True)
class Change:
    """A change of a lead: its state in a word, and an explanation."""

    item: OutboxItem

    @property
    def label(self) -> str:
        """The state, for a tag."""
        state = State(self.item.state)
        return str(LABELS.get(state, state.label))

    @property
    def is_bad(self) -> bool:
        """Whether a person has to do something."""
        return self.item.state == State.FAILED

    @property
    def fields(self) -> str:
        """The fields that were changed."""
        if self.item.operation != OutboxItem.Operation.UPDATE:
            return str(OPERATIONS[OutboxItem.Operation(self.item.operation)])
        fields = dict.fromkeys([*self.item.changed, *self.item.conflict])
        return capfirst(", ".join(map(_name_of, fields)))

    @property
    def reason(self) -> str:
        """The reason for the state, if there is one."""
        if self.item.state == State.IN_DOUBT:
            return _("Zoho's answer was lost: it is looked up before anything is sent again.")
        if self.item.conflict:
            return " ".join(
                _both_sides(name, conflict) for name, conflict in self.item.conflict.items()
            )
        return "" if self.item.state == State.DONE else self.item.error


def open_changes(leads: Iterable[Lead]) -> dict[str, Change]:
    """Return the last change of each lead that waits or was refused, by the row's key."""
    keys = [str(lead.pk) for lead in leads]
    items = OutboxItem.objects.filter(module=Lead.Zoho.module, object_id__in=keys).order_by("pk")
    return {item.object_id: Change(item) for item in items.filter(state__in=SHOWN_IN_LISTS)}


def with_changes(leads: Leads, states: Iterable[str]) -> Leads:
    """Return those of the leads that have a change in one of these states."""
    owned = OutboxItem.objects.filter(connection__in=leads.order_by().values("connection"))
    items = owned.filter(module=Lead.Zoho.module, state__in=states)
    # The rows' keys are texts there, of whatever type they are.
    keys = items.values_list("object_id", flat=True).distinct()
    return leads.filter(pk__in=list(map(int, keys)))


def changes_of(lead: Lead) -> list[Change]:
    """Return the last changes of a lead, newest first."""
    items = OutboxItem.objects.filter(module=Lead.Zoho.module, object_id=str(lead.pk))
    return [Change(item) for item in items.order_by("-pk")[:SHOWN]]


def _both_sides(field: str, sides: Mapping[str, Any]) -> str:
    if sides.get("kept") == "zoho":
        words = _("%(field)s: Zoho's “%(zoho)s” counts, not “%(local)s”.")
    else:
        words = _("%(field)s: “%(local)s” counts, not Zoho's “%(zoho)s”.")
    return words % {
        "field": capfirst(_name_of(field)),
        "zoho": _format_value(sides.get("zoho")),
        "local": _format_value(sides.get("local")),
    }


def _format_value(value: object) -> str:
    return "-" if value in (None, "") else str(value)


def _name_of(field: str) -> str:
    for name, zoho_name in Lead.Zoho.fields.items():
        if zoho_name == field:
            return str(getattr(Lead._meta.get_field(name), "verbose_name", name))
    return field
