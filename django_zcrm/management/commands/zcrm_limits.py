"""Show what is used of Zoho's limits: calls at once, waits, credits."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from ...conf import get_settings
from ...exceptions import ConfigurationError
from ...health.limits import OrganisationLimits, limits_in_use
from ...models import Connection
from ..base import ZCRMCommand

BAR = 20
"""Characters of a full bar."""


class Command(ZCRMCommand):
    """Print the limits of each connected organisation. Zoho is not asked."""

    help = (
        "Show what is used of Zoho's limits: calls at once, waits, credits and until when they "
        "last. Zoho is not asked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--watch", action="store_true", help="print again every second, until Ctrl-C"
        )
        parser.add_argument("--json", action="store_true", help="one JSON list, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print once, or again and again."""
        if get_settings().governor is None:
            raise ConfigurationError(
                "ZCRM['GOVERNOR'] is None, so that nothing is counted.", "GOVERNOR"
            )
        try:
            while True:
                self._print(as_json=options["json"])
                if not options["watch"]:
                    return
                time.sleep(1)
                self.stdout.write("")
        except KeyboardInterrupt:
            return

    def _print(self, *, as_json: bool) -> None:
        rows = Connection.objects.usable().defer(
            "encrypted_access_token", "encrypted_refresh_token"
        )
        found = limits_in_use(rows, get_settings())
        if as_json:
            self.stdout.write(
                json.dumps([asdict(one) for one in found], default=datetime.isoformat)
            )
            return
        if not found:
            self.stdout.write(_("Nothing is connected yet."))
        for one in found:
            write_limits(self, one)


def write_limits(command: ZCRMCommand, one: OrganisationLimits) -> None:
    """Write an organisation's limits in a few lines."""
    edition = one.edition or _("edition not known")
    command.stdout.write(f"{command.style.MIGRATE_HEADING(one.name)} ({edition})")
    bar = "#" * round(BAR * min(one.in_use / one.concurrency, 1))
    calls = _("calls at once: %(count)d of %(limit)d, heavy ones: %(heavy)d of %(most)d") % {
        "count": one.in_use,
        "limit": one.concurrency,
        "heavy": one.heavy,
        "most": one.heavy_limit,
    }
    waiting = _("waiting: %(count)d") % {"count": one.waiting}
    command.stdout.write(f"  [{bar:.<{BAR}}] {calls}; {waiting}")
    if not one.is_shared:
        command.stdout.write(
            "  " + _("Those of this process: ZCRM['GOVERNOR'] shares them with no other.")
        )
    command.stdout.write("  " + "; ".join(credits_in_words(one)))
    waits = _("in 24 hours: waits: %(waits)d, of %(seconds)d s together; refused: %(refused)d")
    counts = {"waits": one.waits, "seconds": one.waited_ms / 1000, "refused": one.refused}
    command.stdout.write("  " + waits % counts)


def credits_in_words(one: OrganisationLimits) -> list[str]:
    """Return what is said of an organisation's credits."""
    words = [_("credits used in 24 hours: %(count)d") % {"count": one.credits_spent}]
    if one.credits_left is None:
        words.append(_("left: more than half"))
    else:
        words.append(_("left: %(count)d") % {"count": one.credits_left})
    if one.runs_out_at is not None:
        at = timezone.localtime(one.runs_out_at)
        words.append(_("at this rate none are left at %(time)s") % {"time": f"{at:%Y-%m-%d %H:%M}"})
    return words
