"""How far the changes made here have come on their way to Zoho, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_zcrm.mirror.models import OutboxItem

from .models import Lead

State = OutboxItem.State

SHOWN = 10

LABELS = {
    State.NEW: gettext_lazy("waiting"),
    State.SENDING: gettext_lazy("being sent"),
    State.UNSURE: gettext_lazy("waiting"),
    State.DONE: gettext_lazy("sent"),
    State.CONFLICT: gettext_lazy("changed in Zoho, too"),
    State.DEAD: gettext_lazy("refused"),
}


@dataclass(frozen=True)
class Change:
    """A change of a lead: its state in a word, and what there is to say about it."""

    item: OutboxItem

    @property
    def label(self) -> str:
        """The state, for a tag."""
        return str(LABELS[State(self.item.state)])

    @property
    def is_bad(self) -> bool:
        """Whether a person has to do something."""
        return self.item.state == State.DEAD

    @property
    def fields(self) -> str:
        """The fields that were changed."""
        names = [_name_of(field) for field in self.item.changed]
        return ", ".join(names) or str(self.item.get_operation_display())

    @property
    def reason(self) -> str:
        """Why it is as it is, if there is anything to say."""
        if self.item.state == State.UNSURE:
            return _("Zoho's answer was lost: it is looked up before anything is sent again.")
        return "" if self.item.state == State.DONE else self.item.error


def open_changes(leads: Iterable[Lead]) -> dict[str, Change]:
    """Return the last change of each lead that has not simply reached Zoho, by the row's key."""
    keys = [str(lead.pk) for lead in leads]
    items = OutboxItem.objects.filter(module=Lead.Zoho.module, object_id__in=keys)
    return {item.object_id: Change(item) for item in items.order_by("pk") if _matters(item)}


def changes_of(lead: Lead) -> list[Change]:
    """Return the last changes of a lead, newest first."""
    items = OutboxItem.objects.filter(module=Lead.Zoho.module, object_id=str(lead.pk))
    return [Change(item) for item in items.order_by("-pk")[:SHOWN]]


def _matters(item: OutboxItem) -> bool:
    return item.state != State.DONE


def _name_of(field: str) -> str:
    for name, zoho_name in Lead.Zoho.fields.items():
        if zoho_name == field:
            return str(getattr(Lead._meta.get_field(name), "verbose_name", name))
    return field
