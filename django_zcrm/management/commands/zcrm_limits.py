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
        organisations = limits_in_use(rows, get_settings())
        if as_json:
            self.stdout.write(
                json.dumps([asdict(limits) for limits in organisations], default=datetime.isoformat)
            )
            return
        if not organisations:
            self.stdout.write(_("Nothing is connected yet."))
        for limits in organisations:
            write_limits(self, limits)


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
    waiting = _("waiting: %(count)d") % {"count": limits.waiting}
    command.stdout.write(f"  [{bar:.<{BAR}}] {calls}; {waiting}")
    if not limits.is_shared:
        command.stdout.write(
            "  " + _("Those of this process: ZCRM['GOVERNOR'] shares them with no other.")
        )
    command.stdout.write("  " + "; ".join(credits_in_words(limits)))
    waits = _("in 24 hours: waits: %(waits)d, of %(seconds)d s together; refused: %(refused)d")
    counts = {"waits": limits.waits, "seconds": limits.waited_ms / 1000, "refused": limits.refused}
    command.stdout.write("  " + waits % counts)


def credits_in_words(limits: OrganisationLimits) -> list[str]:
    """Return what is said of an organisation's credits."""
    words = [_("credits used in 24 hours: %(count)d") % {"count": limits.credits_spent}]
    if limits.credits_left is None:
        words.append(_("left: more than half"))
    else:
        words.append(_("left: %(count)d") % {"count": limits.credits_left})
    if limits.runs_out_at is not None:
        at = timezone.localtime(limits.runs_out_at)
        words.append(_("at this rate none are left at %(time)s") % {"time": f"{at:%Y-%m-%d %H:%M}"})
    return words
