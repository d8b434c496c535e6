"""Show the health of the Zoho connections, as the admin's health page does, in a terminal."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...health.connection_health import HealthCondition
from ...health.report import HealthReport, make_report
from ...models.connection import MINTS_ALLOWED
from ..base import ZCRMCommand
from .zcrm_limits import write_limits

LISTED = 10
"""Connections and organisations that are listed, the worst first."""


class Command(ZCRMCommand):
    """Print settings, checks, connections and usage, without a call to Zoho."""

    help = (
        "Show the settings in force (secrets as fingerprints), the results of the checks, the "
        "connections and the API usage of the last days. It sends nothing to Zoho."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
        parser.add_argument(
            "--fail-on-problems",
            action="store_true",
            help="exit with code 1 if something is bad, and name it",
        )
        parser.add_argument(
            "--search", default="", metavar="WORDS", help="only connections that contain all words"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report. With --fail-on-problems, problems raise CommandError."""
        report = make_report(options["search"], page_size=LISTED)
        self._print(report, options)
        bad = names_of_bad(report)
        if options["fail_on_problems"] and bad:
            raise CommandError(_("These need attention: %(names)s.") % {"names": ", ".join(bad)})

    def _print(self, report: HealthReport, options: Any) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(_plain(report), indent=2, ensure_ascii=False))
            return
        self._settings(report)
        self._connections(report)
        self._sections(report)
        self._limits(report)
        self._usage(report)

    def _sections(self, report: HealthReport) -> None:
        for section in report.sections:
            self._title(section.title)
            self.stdout.write("  " + self._style(section.condition))
            for entry in section.entries:
                about = "; ".join(filter(None, (self._style(entry.condition), entry.words)))
                self.stdout.write(f"  {entry.name}: {about}")
                if entry.error:
                    self.stdout.write("    " + _("Last error: %(error)s") % {"error": entry.error})
            if section.more:
                self.stdout.write("  " + _("… and %(count)d more") % {"count": section.more})

    def _style(self, condition: HealthCondition) -> str:
        styles = {
            "good": self.style.SUCCESS,
            "wait": self.style.WARNING,
            "bad": self.style.ERROR,
            "off": self.style.NOTICE,
        }
        return styles[condition.kind](condition.words)

    def _limits(self, report: HealthReport) -> None:
        if report.limits:
            self._title(_("Zoho's limits"))
        for limits in report.limits[:LISTED]:
            write_limits(self, limits)

    def _settings(self, report: HealthReport) -> None:
        self._title(_("Settings"))
        width = max((len(setting.key) for setting in report.settings), default=0)
        for setting in report.settings:
            self.stdout.write(f"  {setting.key:<{width}}  {setting.value}  ({setting.source})")
        self._title(_("Checks"))
        for message in report.messages:
            style = self.style.ERROR if message.is_error else self.style.WARNING
            self.stdout.write(f"  {style(message.id)} {message.words}")
            if message.hint:
                self.stdout.write(f"    -> {message.hint}")
        if not report.messages:
            self.stdout.write("  " + _("They find nothing wrong."))
        self._title(_("Data centres"))
        for data_center in report.data_centers:
            home = _("this site's") if data_center.is_home else ""
            count = _("connections: %(count)d") % {"count": data_center.connections}
            about = f"{data_center.code}  {data_center.name}  {data_center.api}  {count}  {home}"
            self.stdout.write(f"  {about.rstrip()}")

    def _connections(self, report: HealthReport) -> None:
        self._title(_("Connections"))
        if not report.connections:
            self.stdout.write("  " + _("There are none."))
        for condition, count in report.conditions:
            self.stdout.write(f"  {self._style(condition)}: {count}")
        for connection in report.connections:
            about = [
                self._style(connection.condition),
                _("default") if connection.is_default else "",
                connection.owner,
                _("tokens in ten minutes: %(count)d of %(allowed)d")
                % {"count": connection.mints, "allowed": MINTS_ALLOWED},
                _("calls today: %(count)d") % {"count": connection.calls},
                ""
                if connection.credits_left is None
                else _("credits left: %(count)d") % {"count": connection.credits_left},
            ]
            self.stdout.write(f"  {connection.name}: " + "; ".join(filter(None, about)))
            if connection.missing_scopes:
                scopes = ", ".join(connection.missing_scopes)
                self.stdout.write("    " + _("Not granted: %(scopes)s") % {"scopes": scopes})
            if connection.last_error:
                self.stdout.write(
                    "    " + _("Last error: %(error)s") % {"error": connection.last_error}
                )
        if report.more_connections:
            more = _("… and %(count)d more") % {"count": report.more_connections}
            self.stdout.write(f"  {more}")

    def _usage(self, report: HealthReport) -> None:
        self._title(_("API usage by day (UTC)"))
        if not report.counts_usage:
            self.stdout.write("  " + _("It is not counted: ZCRM['TRACK_USAGE'] is off."))
        for day in report.days:
            if day.calls:
                limited_calls = _("%(count)d rate-limited") % {"count": day.limited}
                counts = f"{_calls(day.calls)}, {_errors(day.errors)}, {limited_calls}"
                self.stdout.write(f"  {day.day:%Y-%m-%d}  {counts}")
        if report.slowest:
            self._title(_("Slowest operations"))
        for operation in report.slowest:
            words = _("%(mean_ms)d ms on average, %(max_ms)d ms at most") % vars(operation)
            self.stdout.write(f"  {operation.operation}: {words}, {_calls(operation.calls)}")

    def _title(self, words: str) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(words))


def _calls(count: int) -> str:
    return ngettext("%(count)d call", "%(count)d calls", count) % {"count": count}


def _errors(count: int) -> str:
    return ngettext("%(count)d error", "%(count)d errors", count) % {"count": count}


def names_of_bad(report: HealthReport) -> list[str]:
    """Return the connections and the entries of sections that need attention."""
    connections = [
        connection.name for connection in report.connections if connection.condition.kind == "bad"
    ]
    entries = [entry for section in report.sections for entry in section.entries]
    return connections + [entry.name for entry in entries if entry.condition.kind == "bad"]


def _plain(report: HealthReport) -> Any:
    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(inner) for name, inner in value.items()}
        if hasattr(value, "_asdict"):
            return value._asdict()
        if isinstance(value, list | tuple):
            return [plain(inner) for inner in value]
        return value.isoformat() if isinstance(value, date | datetime) else value

    return plain(asdict(report))
