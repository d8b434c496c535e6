"""Show the notification channels, and open or renew them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ....conf import get_settings
from ....exceptions import ConfigurationError
from ....management.base import ZCRMCommand
from ....models import Connection
from ...connections import connections_here
from ...models import Channel
from ...notifications.channels import ensure_channels, renew
from ...notifications.probe import probe
from ...runners.mirror_states import ensure_states


class Command(ZCRMCommand):
    """Print channels; with --renew, renew them at Zoho first."""

    is_batch = True
    help = (
        "Show the channels through which Zoho notifies changes: until when they live, what they "
        "watch, and when the last notice came. Zoho is not asked, unless by --renew."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--renew", action="store_true", help="open or renew all of them now, at Zoho"
        )
        parser.add_argument(
            "--test",
            action="store_true",
            help="post a notice to NOTIFY_URL from here, and print whether the site accepts it",
        )
        parser.add_argument("--json", action="store_true", help="one JSON list, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the channels. Raises CommandError when one could not be renewed."""
        if not get_settings().mirror.notify_url:
            raise ConfigurationError(
                "There are no channels: ZCRM['MIRROR']['NOTIFY_URL'] is not set. Set it to "
                "the public URL of zcrm:notify.",
                "MIRROR",
            )
        failed = self._renew() if options["renew"] else 0
        rows = Channel.objects.exclude(connection__state=Connection.State.DISCONNECTED)
        rows = rows.select_related("connection__owner").order_by("pk")
        rows = rows.prefetch_related("connection__mirrors")
        if options["json"]:
            self.stdout.write(json.dumps([_plain(row) for row in rows], indent=2))
        else:
            self._print(list(rows))
        if options["test"]:
            failed += self._test(list(rows))
        if failed:
            words = ngettext("%(count)d channel failed.", "%(count)d channels failed.", failed)
            raise CommandError(words % {"count": failed})

    def _renew(self) -> int:
        """Renew all; return how many failed."""
        ensure_states()
        ensure_channels()
        # Try again the events that Zoho refused before.
        Channel.objects.update(refused={})
        rows = Channel.objects.filter(connection__in=connections_here())
        errors = [renew(channel) for channel in rows.select_related("connection__owner")]
        return sum(error is not None for error in errors)

    def _test(self, rows: list[Channel]) -> int:
        """Post a notice for each channel; return how many were not accepted."""
        url, failed = get_settings().mirror.notify_url, 0
        for row in rows:
            if problem := probe(row, url):
                failed += 1
                self.stderr.write(self.style.ERROR(f"{row}: {url}: {problem}"))
            else:
                words = _("%(url)s accepts notices from this machine.") % {"url": url}
                self.stderr.write(self.style.SUCCESS(f"{row}: {words}"))
        return failed

    def _print(self, rows: list[Channel]) -> None:
        if not rows:
            self.stdout.write(_("There are no channels yet; --renew opens them."))
        for row in rows:
            self.stdout.write(self.style.MIGRATE_HEADING(str(row.connection)))
            self.stdout.write("  " + _("watches: %(events)s") % {"events": ", ".join(row.events)})
            if row.polled_only:
                words = _("polled only: %(modules)s") % {"modules": ", ".join(row.polled_only)}
                self.stdout.write(self.style.WARNING(f"  {words}"))
            self.stdout.write(
                "  " + _("open until: %(time)s") % {"time": _format_time(row.expires_at)}
            )
            last = _("last notice: %(time)s") % {"time": _format_time(row.last_notice_at)}
            self.stdout.write(f"  {last}")
            for event, words in row.refused.items():
                self.stdout.write(self.style.WARNING(f"  {event}: {words}"))
            if row.last_error:
                self.stdout.write(self.style.ERROR(f"  {row.last_error}"))


def _format_time(moment: datetime | None) -> str:
    return "-" if moment is None else f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _plain(row: Channel) -> dict[str, Any]:
    moments = {
        "expires_at": row.expires_at,
        "renew_at": row.renew_at,
        "last_notice_at": row.last_notice_at,
    }
    return {
        "connection": str(row.connection),
        "channel_id": row.channel_id,
        "events": row.events,
        "refused": row.refused,
        "polled_only": row.polled_only,
        **{name: moment and moment.isoformat() for name, moment in moments.items()},
        "last_error": row.last_error,
    }
