"""Show the use of Zoho's limits: concurrent calls, waits, credits."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...conf import get_settings
from ...exceptions import ConfigurationError
from ...health.limits import MAX_LIMITED, OrganisationLimits, busiest, limits_in_use
from ...health.report import find_connections
from ..base import ZCRMCommand
from ..limits_screen import draw_screen

CLEAR, HOME, CLEAR_LINE, CLEAR_BELOW = "\x1b[2J", "\x1b[H", "\x1b[K", "\x1b[J"
"""What a terminal understands: where to draw, and what to remove."""

BAR = 20
"""Characters of a full bar."""


class Command(ZCRMCommand):
    """Print the limits of the busiest organisations, without a call to Zoho."""

    help = (
        "Show what is used of Zoho's limits: calls at once, waits, credits and until when they "
        "last. Zoho is not asked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--watch",
            action="store_true",
            help="show one screen, organisations with problems first, and update it every second",
        )
        parser.add_argument(
            "--page", type=int, default=1, help="which page --watch shows if one is not enough"
        )
        parser.add_argument(
            "--json", action="store_true", help="one JSON list in a line, for programs"
        )

        parser.add_argument(
            "--search", default="", metavar="WORDS", help="only connections that contain all words"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print once, or every second with `--watch`."""
        if get_settings().limits is None:
            raise ConfigurationError("ZCRM['LIMITS'] is None, so nothing is counted.", "LIMITS")
        self._found = find_connections(options["search"])
        if options["watch"]:
            self._watch(options["page"], is_json=options["json"])
            return
        if options["json"]:
            self._write_json()
            return
        organisations = self._read()
        if not organisations:
            self.stdout.write(_("Nothing is connected yet."))
        for limits in organisations:
            write_limits(self, limits)
        if (count := self._found.usable().count()) > MAX_LIMITED:
            words = ngettext(
                "%(count)d connection; these are the busiest, --search finds others.",
                "%(count)d connections; these are the busiest, --search finds others.",
                count,
            )
            self.stdout.write(words % {"count": count})

    def _read(self) -> list[OrganisationLimits]:
        return limits_in_use(busiest(self._found), get_settings())

    def _write_json(self) -> None:
        """Write the limits of the organisations as a list in one line."""
        values = [asdict(limits) for limits in self._read()]
        self.stdout.write(json.dumps(values, default=datetime.isoformat))

    def _watch(self, page: int, *, is_json: bool) -> None:
        """Show a page of the organisations and redraw it every second, until Ctrl-C.

        With `is_json`, write all of them as a line of JSON every second.
        """
        is_terminal = self.stdout.isatty() and not is_json
        if is_terminal:
            self.data_stream.write(CLEAR)
        try:
            while True:
                if is_json:
                    self._write_json()
                else:
                    self._draw(page, is_terminal=is_terminal)
                self.stdout.flush()
                time.sleep(1)
        except KeyboardInterrupt:
            if not is_json:
                self.stdout.write("")

    def _draw(self, page: int, *, is_terminal: bool) -> None:
        """Write a page; on a terminal, replace the last one."""
        lines = draw_screen(self._read(), page, shutil.get_terminal_size())
        if is_terminal:
            screen = "\n".join(line + CLEAR_LINE for line in lines)
            self.data_stream.write(f"{HOME}{screen}{CLEAR_BELOW}")  # passes escape sequences on
        else:
            self.stdout.write("\n".join([*lines, ""]))


def write_limits(command: ZCRMCommand, limits: OrganisationLimits) -> None:
    """Write an organisation's limits in a few lines."""
    edition = limits.edition or _("edition not known")
    command.stdout.write(f"{command.style.MIGRATE_HEADING(limits.name)} ({edition})")
    bar = "#" * round(BAR * min(limits.in_use / limits.concurrency, 1))
    calls = _("calls at once: %(count)d of %(limit)d, heavy ones: %(heavy)d of %(most)d") % {
        "count": limits.in_use,
        "limit": limits.concurrency,
        "heavy": limits.heavy,
        "most": limits.heavy_limit,
    }
    if limits.lost.slots:
        lost = _("slots lost by processes that ended: %(count)d") % {"count": limits.lost.slots}
        command.stdout.write("  " + command.style.WARNING(lost))
    waiting = _("waiting: %(count)d") % {"count": limits.waiting}
    command.stdout.write(f"  [{bar:.<{BAR}}] {calls}; {waiting}")
    if limits.is_store_away:
        away = _("The store that ZCRM['LIMITS'] names did not respond.")
        command.stdout.write("  " + command.style.ERROR(away))
    elif not limits.is_shared:
        command.stdout.write(
            "  " + _("Those of this process: ZCRM['LIMITS'] shares them with no other.")
        )
    command.stdout.write("  " + "; ".join(credits_in_words(limits)))
    waits = _("in 24 hours: waits: %(waits)d, of %(seconds)d s together; refused: %(refused)d")
    counts = {"waits": limits.waits, "seconds": limits.waited_ms / 1000, "refused": limits.refused}
    command.stdout.write("  " + waits % counts)


def credits_in_words(limits: OrganisationLimits) -> list[str]:
    """Return the text about an organisation's credits."""
    words = [_("credits used in 24 hours: %(count)d") % {"count": limits.credits_spent}]
    if limits.credits_left is None:
        words.append(_("left: more than half"))
    else:
        words.append(_("left: %(count)d") % {"count": limits.credits_left})
    if limits.runs_out_at is not None:
        at = timezone.localtime(limits.runs_out_at)
        words.append(_("at this rate none are left at %(time)s") % {"time": f"{at:%Y-%m-%d %H:%M}"})
    return words
