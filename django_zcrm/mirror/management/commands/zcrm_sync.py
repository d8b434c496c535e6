"""Bring mirrors in step with Zoho, once or for ever."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import Error as DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ....clients import zcrm
from ....exceptions import ApiError, ZCRMError
from ....management.base import ZCRMCommand, add_connection_arguments, first_line
from ....management.progress import progress_bar
from ....zoho.client import Client
from ...apply import Applied
from ...mirror import Mirror
from ...models import MirrorState
from ...options import mirrored_models
from ...runners.due import run_due
from ...runners.states import connections_here, ensure_states
from ...runners.watch import watch
from ...runners.worker_run import RunResult, words_of
from ...status import MirrorStatus
from ..connections import connection_from

MAX_PROBLEMS = 10
"""Records that could not be stored and are named: the admin has more."""


class Command(ZCRMCommand):
    """Do what is due, or bring modules in step now."""

    is_batch = True
    help = (
        "Bring modules in step with Zoho now: those named, or all that are mirrored. A module "
        "without a model fills MirroredRecord. --watch does what is due until it is stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("modules", nargs="*", metavar="MODULE", help="API name, as in Leads")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--due", action="store_true", help="do what is due, and end; for cron")
        how.add_argument(
            "--watch", action="store_true", help="do what is due, again and again, until stopped"
        )
        how.add_argument("--backfill", action="store_true", help="read all records anew")
        how.add_argument(
            "--reconcile", action="store_true", help="compare all ids, and put right what differs"
        )
        add_connection_arguments(parser, "every connection that has the module mirrored")
        parser.add_argument("--json", action="store_true", help="one JSON list, for programs")

    def handle(self, *args: Any, modules: Sequence[str], **options: Any) -> None:
        """Run the command. Raises CommandError."""
        if options["due"] or options["watch"]:
            if modules or options["identifier"] or options["user"] or options["json"]:
                raise CommandError(_("--due and --watch do all mirrors, and take no other option."))
            self._watch(options["verbosity"]) if options["watch"] else self._due()
            return
        mirrors = self._mirrors(modules, options["identifier"], options["user"])
        awake = [mirror for mirror in mirrors if modules or not self._rests(mirror, options)]
        failed = [self._bring_in_step(mirror, options) for mirror in awake]
        if options["json"]:
            statuses = [mirror.status().as_dict() for mirror in mirrors]
            self.stdout.write(json.dumps(statuses, indent=2))
        if any(failed):
            words = ngettext("%(count)d mirror failed.", "%(count)d mirrors failed.", sum(failed))
            raise CommandError(words % {"count": sum(failed)})

    def _due(self) -> None:
        count = run_due()
        self.stdout.write(
            ngettext(
                "There was something due for %(count)d mirror.",
                "There was something due for %(count)d mirrors.",
                count,
            )
            % {"count": count}
        )

    def _watch(self, verbosity: int) -> None:
        self._log(_("Watching; Ctrl-C ends it."))
        watch(partial(self._report, verbosity), self._trouble)
        self._log(_("Stopped."))

    def _report(
        self, verbosity: int, state: MirrorState, outcome: RunResult, seconds: float
    ) -> None:
        """Print the result of a run; one without changes only at a higher verbosity."""
        has_news = outcome.error is not None or outcome.applied.is_news
        if outcome.was_free and (has_news or verbosity > 1):
            words = words_of(outcome.error) or in_words(outcome.applied)
            self._log(f"{state}: {words} ({seconds:.1f} s)")

    def _trouble(self, error: DatabaseError | None) -> None:
        if error is None:
            self._log(_("The database is back."))
        else:
            self._log(
                _("The database cannot be used: %(error)s. Trying again.")
                % {"error": first_line(error)}
            )

    def _log(self, words: str) -> None:
        self.stdout.write(f"{timezone.localtime():%Y-%m-%d %H:%M:%S} {words}")
        self.stdout.flush()

    def _mirrors(self, modules: Sequence[str], identifier: str, user: str) -> list[Mirror]:
        """Return the mirrors to sync. Raises CommandError, NotConnected and ConfigurationError."""
        if identifier or user:
            connection = connection_from(identifier, user)
            there = MirrorState.objects.filter(connection=connection)
            known = dict.fromkeys([*mirrored_models(), *there.values_list("module", flat=True)])
            return [
                Mirror(name, connection) if name in known else _new(Mirror(name, connection))
                for name in dict.fromkeys(modules or known)
            ]
        ensure_states()
        states = MirrorState.objects.filter(connection__in=connections_here())
        states = states.select_related("connection").order_by("module", "pk")
        if not modules:
            if not states and mirrored_models():
                zcrm.default()  # says what is missing; or else it is the owners' connections
            if not states:
                raise CommandError(_("Nothing is mirrored yet: name a module, as in Leads."))
            return [Mirror(state.module, state.connection) for state in states]
        mirrors: list[Mirror] = []
        for module in dict.fromkeys(modules):
            own = [Mirror(module, state.connection) for state in states if state.module == module]
            mirrors += own or [_new(zcrm.mirror(module))]
        return mirrors

    def _rests(self, mirror: Mirror, options: dict[str, Any]) -> bool:
        """Return whether a mirror is paused, after printing that it is."""
        is_paused = mirror.state.is_paused
        if is_paused and not options["json"]:
            self.stdout.write(f"{_title(mirror)}: " + _("paused"))
        return is_paused

    def _bring_in_step(self, mirror: Mirror, options: dict[str, Any]) -> bool:
        """Sync one mirror, and print the result; return whether it failed."""
        shows = options["verbosity"] > 0 and self.stderr.isatty() and not options["json"]
        title = _title(mirror)
        try:
            with progress_bar(mirror.module, 100, is_shown=shows) as advance:

                def show(status: MirrorStatus) -> None:
                    share = 1.0 if status.progress is None else status.progress
                    advance(round(100 * share), status.phase)

                if options["reconcile"]:
                    drift = mirror.reconcile(show)
                    words = ngettext("%(count)d row differed", "%(count)d rows differed", drift)
                    words %= {"count": drift}
                else:
                    bring = mirror.backfill if options["backfill"] else mirror.sync
                    words = in_words(bring(show))
        except ZCRMError as error:
            self.stderr.write(self.style.ERROR(f"{title}: {error}"))
            return True
        if not options["json"]:
            status = mirror.status()
            live = (status.rows or {}).get("live", 0)
            total = ngettext("%(count)d record", "%(count)d records", live) % {"count": live}
            self.stdout.write(f"{title}: {words}; {total}")
            self._tell_problems(list(status.problems.values()))
        return False

    def _tell_problems(self, problems: Sequence[str]) -> None:
        """Print which records could not be stored, and why."""
        for words in problems[:MAX_PROBLEMS]:
            self.stderr.write(self.style.WARNING(f"  {words}"))
        if (rest := len(problems) - MAX_PROBLEMS) > 0:
            self.stderr.write("  " + _("… and %(count)d more") % {"count": rest})


def _title(mirror: Mirror) -> str:
    return f"{mirror.module} ({mirror.connection})"


def _new(mirror: Mirror) -> Mirror:
    """Return a new mirror. Raises CommandError if Zoho has no such module."""
    if mirror.module not in mirrored_models():
        client = zcrm.for_connection(mirror.connection)
        try:
            client.session.module_fields(mirror.module)
        except ApiError as error:
            if error.code != "INVALID_MODULE":
                raise
            words = _("Zoho has no module '%(name)s', or hides it from this user.")
            words %= {"name": mirror.module}
            if close := _like(mirror.module, mirrored_models()) or _like_zohos(client, mirror):
                words += " " + _("Is it %(name)s?") % {"name": close}
            raise CommandError(words) from error
    return mirror


def _like(name: str, modules: Iterable[str]) -> str:
    """Return the module with the most similar name; empty if there is none."""
    by_name = {module.lower(): module for module in modules}
    close = get_close_matches(name.lower(), by_name, 1)
    return by_name[close[0]] if close else ""


def _like_zohos(client: Client, mirror: Mirror) -> str:
    try:
        return _like(
            mirror.module, (str(metadata["api_name"]) for metadata in client.modules.list())
        )
    except ApiError:  # such as a scope that was not granted: the name is wrong all the same
        return ""


def in_words(applied: Applied) -> str:
    """Return what was written and sent, in words."""
    parts = [
        (applied.created, _("new: %(count)d")),
        (applied.updated, _("changed: %(count)d")),
        (applied.removed, _("gone: %(count)d")),
        (len(applied.problems), _("could not be stored: %(count)d")),
        (applied.sent, _("sent: %(count)d")),
        (applied.unsent, _("not sent: %(count)d")),
    ]
    phrases = [words % {"count": count} for count, words in parts if count]
    return ", ".join(phrases) or _("nothing new")
