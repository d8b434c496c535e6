"""Sync mirrors with Zoho, once or continuously."""

from __future__ import annotations

import json
import logging
from argparse import ArgumentTypeError
from collections.abc import Iterable, Sequence
from contextlib import suppress
from difflib import get_close_matches
from functools import partial
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import Error as DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ....clients import zcrm
from ....exceptions import ApiError, NotConnected, ZCRMError
from ....management.base import ZCRMCommand, add_connection_arguments, first_line
from ....management.progress import progress_bar
from ....reasons import translate
from ....zoho.client import Client
from ...apply import SyncResult
from ...connections import connections_here
from ...failures import stored_reason
from ...health_state import missing_in_words, problems_in_words, unstored_in_words
from ...mirror import Mirror
from ...models import MirrorState
from ...options import mirrored_models
from ...policies import policy_of
from ...runners.due import run_due
from ...runners.mirror_states import ensure_states
from ...runners.poll import RunResult
from ...runners.watch import watch
from ...status import MirrorStatus
from ...tenants import forget_mirror
from ..connections import connection_from

logger = logging.getLogger("django_zcrm.mirror")

MAX_PROBLEMS = 10
"""Printed messages about records that could not be stored; the admin shows more."""


class Command(ZCRMCommand):
    """Do the due work, or sync modules now."""

    is_batch = True
    help = (
        "Sync modules with Zoho now: those named, or all that are mirrored. A module "
        "without a model fills MirroredRecord. --watch does what is due until it is stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("modules", nargs="*", metavar="MODULE", help="API name, as in Leads")
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--due",
            action="store_true",
            help="do the pending work of all mirrors, and exit; for cron",
        )
        how.add_argument(
            "--watch", action="store_true", help="do pending work continuously, until stopped"
        )
        how.add_argument(
            "--restart",
            action="store_true",
            help="repeat the initial sync: read all records again",
        )
        how.add_argument(
            "--reconcile", action="store_true", help="compare all ids, and correct rows that differ"
        )
        how.add_argument(
            "--forget",
            action="store_true",
            help="remove the state, the outbox and the notices of the named modules",
        )
        parser.add_argument(
            "--delete-rows",
            action="store_true",
            help="with --forget: remove the mirrored rows, too",
        )
        parser.add_argument(
            "--concurrency",
            type=_positive,
            metavar="N",
            help="with --watch: number of mirrors to work on at a time (default: 1)",
        )
        add_connection_arguments(parser, "every connection that has the module mirrored")
        parser.add_argument("--json", action="store_true", help="one JSON list, for programs")

    def handle(self, *args: Any, modules: Sequence[str], **options: Any) -> None:
        """Run the command. Raises CommandError."""
        if options["concurrency"] and not options["watch"]:
            raise CommandError(_("--concurrency needs --watch."))
        if options["delete_rows"] and not options["forget"]:
            raise CommandError(_("--delete-rows needs --forget."))
        if options["due"] or options["watch"]:
            if modules or any(_whose(options)) or options["json"]:
                raise CommandError(
                    _(
                        "--due and --watch work on all mirrors: leave out modules, "
                        "connections and --json."
                    )
                )
            if options["watch"]:
                self._watch(options["verbosity"], options["concurrency"] or 1)
            else:
                self._due()
            return
        if options["forget"]:
            self._forget(modules, options)
            return
        mirrors = self._mirrors(modules, _whose(options))
        awake = [
            mirror for mirror in mirrors if modules or not self._report_resting(mirror, options)
        ]
        failed = [self._sync_mirror(mirror, options) for mirror in awake]
        if options["json"]:
            statuses = [mirror.status().as_dict() for mirror in mirrors]
            self.stdout.write(json.dumps(statuses, indent=2))
        if any(failed):
            words = ngettext("%(count)d mirror failed.", "%(count)d mirrors failed.", sum(failed))
            raise CommandError(words % {"count": sum(failed)})

    def _forget(self, modules: Sequence[str], options: dict[str, Any]) -> None:
        """Forget the mirrors of modules. Raises CommandError without any."""
        if not modules:
            raise CommandError(_("--forget needs the names of modules."))
        states = MirrorState.objects.filter(module__in=modules).select_related("connection__owner")
        if any(_whose(options)):
            states = states.filter(connection=connection_from(*_whose(options)))
        if missing := set(modules).difference(states.values_list("module", flat=True)):
            words = _("No mirror of %(modules)s is stored.")
            raise CommandError(words % {"modules": ", ".join(sorted(missing))})
        busy = [
            str(state)
            for state in states.order_by("module", "pk").iterator(chunk_size=500)
            if not self._forget_one(state, with_rows=options["delete_rows"])
        ]
        if busy:
            words = _("A worker has %(mirrors)s now: pause these mirrors, and try again.")
            raise CommandError(words % {"mirrors": ", ".join(busy[:MAX_PROBLEMS])})

    def _forget_one(self, state: MirrorState, *, with_rows: bool) -> bool:
        name = str(state)
        is_done = forget_mirror(state, with_rows=with_rows)
        if is_done:
            self.stdout.write(_("%(mirror)s: forgotten") % {"mirror": name})
        return is_done

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

    def _watch(self, verbosity: int, concurrency: int) -> None:
        self._log(_("Watching; Ctrl-C ends it."))
        watch(partial(self._report, verbosity), self._trouble, concurrency)
        self._log(_("Stopped."))

    def _report(
        self, verbosity: int, state: MirrorState, outcome: RunResult, seconds: float
    ) -> None:
        """Print the result of a run; one without changes only at a higher verbosity."""
        has_news = outcome.error is not None or outcome.applied.is_news
        if outcome.was_free and (has_news or verbosity > 1):
            words = (
                in_words(outcome.applied)
                if outcome.error is None
                else translate(stored_reason(outcome.error))
            )
            self._log(f"{state}: {words} ({seconds:.1f} s)")

    def _trouble(self, error: DatabaseError | None) -> None:
        if error is None:
            self._log(_("The database is back."))
        else:
            self._log(
                _("The database cannot be used: %(error)s. Retrying.")
                % {"error": first_line(error)}
            )

    def _log(self, words: str) -> None:
        self.stdout.write(f"{timezone.localtime():%Y-%m-%d %H:%M:%S} {words}")
        self.stdout.flush()

    def _mirrors(self, modules: Sequence[str], whose: Sequence[str]) -> list[Mirror]:
        """Return the mirrors to sync. Raises CommandError, NotConnected and ConfigurationError."""
        if any(whose):
            connection = connection_from(*whose)
            there = MirrorState.objects.filter(connection=connection)
            names = dict.fromkeys([*mirrored_models(), *there.values_list("module", flat=True)])
            return [
                Mirror(name, connection) if name in names else _new(Mirror(name, connection))
                for name in dict.fromkeys(modules or names)
            ]
        ensure_states()
        states = MirrorState.objects.filter(connection__in=connections_here())
        states = states.select_related("connection__owner").order_by("module", "pk")
        if not modules:
            if not states and mirrored_models():
                zcrm.default()  # says what is missing; or else it is the owners' connections
            if not states:
                raise CommandError(_("Nothing is mirrored yet: name a module, as in Leads."))
            return [Mirror(state.module, state.connection) for state in states]
        mirrors: list[Mirror] = []
        for module in dict.fromkeys(modules):
            own = [Mirror(module, state.connection) for state in states if state.module == module]
            mirrors += own or [_first(module)]
        return mirrors

    def _report_resting(self, mirror: Mirror, options: dict[str, Any]) -> bool:
        """Return whether a mirror is paused or disabled, after printing that it is."""
        words = _("paused") if mirror.state.is_paused else ""
        with suppress(Exception):  # of the project's function: the sync raises it again
            if not words and not policy_of(mirror.connection, mirror.module).enabled:
                words = _("rests: disabled by GET_POLICY")
        if words and not options["json"]:
            self.stdout.write(f"{_title(mirror)}: {words}")
        return bool(words)

    def _sync_mirror(self, mirror: Mirror, options: dict[str, Any]) -> bool:
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
                    bring = mirror.restart_initial_sync if options["restart"] else mirror.sync
                    words = in_words(bring(show))
        except ZCRMError as error:
            self.stderr.write(self.style.ERROR(f"{title}: {error}"))
            return True
        except DatabaseError:
            raise
        except Exception as error:  # of the project, such as GET_POLICY: other mirrors go on
            logger.exception("the mirror %s failed", mirror.state)
            reason = translate(stored_reason(error))
            self.stderr.write(self.style.ERROR(f"{title}: {reason}"))
            return True
        if not options["json"]:
            status = mirror.status()
            live = (status.rows or {}).get("live", 0)
            total = ngettext("%(count)d record", "%(count)d records", live) % {"count": live}
            self.stdout.write(f"{title}: {words}; {total}")
            if status.unstored:
                words = unstored_in_words(status.unstored)
                self.stderr.write(self.style.WARNING(f"  {words}:"))
                self._print_problems(problems_in_words(status.problems))
            if missing := missing_in_words(mirror.state):
                self.stderr.write(self.style.WARNING(f"  {missing}"))
            self._print_waiting(status)
        return False

    def _print_waiting(self, status: MirrorStatus) -> None:
        """Print how many changes could not be sent yet, and why."""
        if status.waiting:
            words = ngettext(
                "%(count)d change waits to be sent: %(reason)s",
                "%(count)d changes wait to be sent: %(reason)s",
                status.waiting,
            )
            words %= {"count": status.waiting, "reason": status.waiting_for}
            self.stderr.write(self.style.WARNING(f"  {words}"))

    def _print_problems(self, problems: Sequence[str]) -> None:
        """Print why records could not be stored, a line for each reason."""
        for words in problems[:MAX_PROBLEMS]:
            self.stderr.write(self.style.WARNING(f"  {words}"))
        if (rest := len(problems) - MAX_PROBLEMS) > 0:
            self.stderr.write("  " + _("… and %(count)d more") % {"count": rest})


def _whose(options: dict[str, Any]) -> tuple[str, str, str]:
    """Return the options that name a connection."""
    return options["identifier"], options["user"], options["owner"]


def _positive(value: str) -> int:
    """Return a number of at least 1. Raises ArgumentTypeError."""
    if not value.isdecimal() or int(value) < 1:
        raise ArgumentTypeError(f"{value!r} is not a whole number of at least 1")
    return int(value)


def _title(mirror: Mirror) -> str:
    return f"{mirror.module} ({mirror.connection})"


def _first(module: str) -> Mirror:
    """Return the mirror of a module that is not mirrored yet, of the default connection.

    Raises CommandError if there is no such module, or no default connection.
    """
    try:
        return _new(zcrm.mirror(module))
    except NotConnected as error:
        words = _("No module '%(name)s' is mirrored.") % {"name": module}
        if close := _like(module, mirrored_models()):
            words += " " + _("Is it %(name)s?") % {"name": close}
            raise CommandError(words) from error
        raise CommandError(f"{words} {error}") from error


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
    except ApiError:  # such as a scope that was not granted: the name is wrong anyway
        return ""


def in_words(applied: SyncResult) -> str:
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
