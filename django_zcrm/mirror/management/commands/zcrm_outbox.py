"""Show new, waiting, failed and conflicting changes; send them again, or discard them."""

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
"""Items that are printed; problems come first."""

MAX_WITHOUT_PROBLEM = 1000
"""Items without a problem that --json has; it has all problems."""

COLUMNS = (
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
"""The columns of an item that --json has."""

MAX_DIGITS = 19
"""Digits of a number that no primary key has."""

ALL = "all"


class Command(ZCRMCommand):
    """Print the outbox, or retry or discard items. Makes no request to Zoho."""

    help = (
        "Show how many changes are on their way to Zoho, and list them with their ids: first those "
        "that wait, failed or are in conflict, with the reasons. --retry sends items again, "
        "--discard discards them. The command makes no request to Zoho: a runner sends what is "
        "due."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--retry",
            nargs="+",
            metavar="ID",
            help="send these items again: their ids, or 'all' for all failed items",
        )
        how.add_argument(
            "--discard",
            nargs="+",
            metavar="ID",
            help="discard these items: they are not sent, and no longer reported as problems",
        )
        how.add_argument("--failed", action="store_true", help="only failed changes")
        add_connection_arguments(parser, "all")
        parser.add_argument("--json", action="store_true", help="one JSON object, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command. Raises CommandError."""
        items = OutboxItem.objects.all()
        whose = options["identifier"], options["user"], options["owner"]
        if any(whose):
            connection = connection_from(*whose)
            items = items.filter(connection=connection)
        if options["retry"]:
            failed_items = _select_items(items, options["retry"], items.filter(state=State.FAILED))
            self._print_count(failed_items.retry(), _("to be sent again: %(count)d"))
        elif options["discard"]:
            self._print_count(
                _select_items(items, options["discard"]).discard(), _("discarded: %(count)d")
            )
        else:
            self._print(items, only_failed=options["failed"], as_json=options["json"])

    def _print_count(self, count: int, words: str) -> None:
        self.stdout.write(words % {"count": count})

    def _print(self, items: OutboxQuerySet, *, only_failed: bool, as_json: bool) -> None:
        counts = dict(items.order_by().values_list("state").annotate(Count("pk")))
        condition, others, listed_states = Q(state=State.FAILED), items.none(), [State.FAILED]
        if not only_failed:
            on_the_way = Q(error="", waits_for="")
            condition |= Q(state=State.CONFLICT) | Q(state__in=OutboxItem.OPEN) & ~on_the_way
            others = items.open().filter(on_the_way).order_by("pk")
            listed_states += [State.CONFLICT, *OutboxItem.OPEN]
        problems = items.filter(condition).order_by("pk")
        if as_json:
            rows = [*problems.values(*COLUMNS), *others.values(*COLUMNS)[:MAX_WITHOUT_PROBLEM]]
            count_by_state = {str(state): counts.get(state, 0) for state in State}
            self.stdout.write(json.dumps({"counts": count_by_state, "items": rows}, indent=2))
            return
        labels = [f"{state.label}: {counts[state]}" for state in State if counts.get(state)]
        self.stdout.write(", ".join(labels) or _("The outbox is empty."))
        listed_items = list(problems[:MAX_SHOWN])
        listed_items += others[: MAX_SHOWN - len(listed_items)]
        for item in listed_items:
            self.stdout.write(f"  {item.pk}: {in_words(item)}")
        more = sum(counts.get(state, 0) for state in listed_states) - MAX_SHOWN
        if more > 0:
            words = ngettext("and %(count)d more", "and %(count)d more", more)
            self.stdout.write("  " + words % {"count": more})


def in_words(item: OutboxItem) -> str:
    """Return the state of an item in words."""
    row = f"{item.get_operation_display()} {item.module} {item.object_id}"
    fields = ", ".join(item.conflict)
    parts = [item.get_state_display(), fields and f"({fields})", item.error]
    return f"{row}: {' '.join(part for part in parts if part)}"


def _select_items(
    items: OutboxQuerySet, arguments: Sequence[str], everything: OutboxQuerySet | None = None
) -> OutboxQuerySet:
    """Return the items with the given numbers. Raises CommandError for missing ones."""
    if everything is not None and list(arguments) == [ALL]:
        return everything
    pk_by_argument = {
        argument: int(argument)
        for argument in arguments
        if argument.isdecimal() and len(argument) < MAX_DIGITS
    }
    selection = items.filter(pk__in=pk_by_argument.values())
    chosen_pks = set(selection.values_list("pk", flat=True))
    missing = [argument for argument in arguments if pk_by_argument.get(argument) not in chosen_pks]
    if missing:
        raise CommandError(
            _("There is no item %(ids)s in the outbox.") % {"ids": ", ".join(missing)}
        )
    return selection
