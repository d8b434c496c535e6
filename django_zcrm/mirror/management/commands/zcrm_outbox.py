"""Show changes to be sent to Zoho and refused ones; send them again, or give them up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ....management.base import ZCRMCommand, add_connection_arguments
from ...models import OutboxItem, OutboxQuerySet
from ..connections import connection_from

State = OutboxItem.State

MAX_SHOWN = 50
"""Items that are printed; --json has all of them."""

ALL = "all"


class Command(ZCRMCommand):
    """Print the outbox, or retry or drop items. Makes no request to Zoho."""

    help = (
        "Show how many changes are on their way to Zoho, and those that wait, were given up or are "
        "in conflict, with the reasons. --retry has items sent again, --give-up drops them. Zoho "
        "is not asked: a runner sends what is due."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--retry",
            nargs="+",
            metavar="ID",
            help="send these again: numbers, or 'all' that were given up",
        )
        how.add_argument(
            "--give-up",
            nargs="+",
            metavar="ID",
            help="drop these: they are not sent, and alarm nobody",
        )
        how.add_argument("--dead", action="store_true", help="only those that were given up")
        add_connection_arguments(parser, "all")
        parser.add_argument("--json", action="store_true", help="one JSON object, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command. Raises CommandError."""
        items = OutboxItem.objects.all()
        if options["identifier"] or options["user"]:
            connection = connection_from(options["identifier"], options["user"])
            items = items.filter(connection=connection)
        if options["retry"]:
            chosen = _chosen(items, options["retry"], items.filter(state=State.DEAD))
            self._say(chosen.retry(), _("to be sent again: %(count)d"))
        elif options["give_up"]:
            self._say(_chosen(items, options["give_up"]).give_up(), _("dropped: %(count)d"))
        else:
            self._print(items, only_dead=options["dead"], as_json=options["json"])

    def _say(self, count: int, words: str) -> None:
        self.stdout.write(words % {"count": count})

    def _print(self, items: OutboxQuerySet, *, only_dead: bool, as_json: bool) -> None:
        counts = dict(items.order_by().values_list("state").annotate(Count("pk")))
        shown = Q(state=State.DEAD)
        if not only_dead:
            waits = Q(state__in=OutboxItem.OPEN) & (~Q(error="") | ~Q(waits_for=""))
            shown |= Q(state=State.CONFLICT) | waits
        listed = items.filter(shown).order_by("pk")
        if as_json:
            rows = listed.values(
                "id",
                "module",
                "object_id",
                "zoho_id",
                "operation",
                "state",
                "attempts",
                "error",
                "conflict",
            )
            counted = {str(state): counts.get(state, 0) for state in State}
            self.stdout.write(json.dumps({"counts": counted, "items": list(rows)}, indent=2))
            return
        labels = [f"{state.label}: {counts[state]}" for state in State if counts.get(state)]
        self.stdout.write(", ".join(labels) or _("The outbox is empty."))
        for item in listed[:MAX_SHOWN]:
            self.stdout.write(f"  {item.pk}: {in_words(item)}")
        more = listed.count() - MAX_SHOWN
        if more > 0:
            words = ngettext("and %(count)d more", "and %(count)d more", more)
            self.stdout.write("  " + words % {"count": more})


def in_words(item: OutboxItem) -> str:
    """Return the state of an item in words."""
    row = f"{item.get_operation_display()} {item.module} {item.object_id}"
    fields = ", ".join(item.conflict)
    parts = [item.get_state_display(), fields and f"({fields})", item.error]
    return f"{row}: {' '.join(part for part in parts if part)}"


def _chosen(
    items: OutboxQuerySet, arguments: Sequence[str], everything: OutboxQuerySet | None = None
) -> OutboxQuerySet:
    """Return the items with the given numbers. Raises CommandError for missing ones."""
    if everything is not None and list(arguments) == [ALL]:
        return everything
    numbers = [int(number) for number in arguments if number.isdecimal()]
    chosen = items.filter(pk__in=numbers)
    known = set(chosen.values_list("pk", flat=True))
    missing = [number for number in arguments if not number.isdecimal() or int(number) not in known]
    if missing:
        raise CommandError(
            _("There is no item %(ids)s in the outbox.") % {"ids": ", ".join(missing)}
        )
    return chosen
