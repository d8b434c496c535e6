"""Diagnose a connection that does not work, and recommend what to do."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...doctor.diagnostics import diagnose
from ...doctor.findings import Finding, Level
from ..base import ZCRMCommand, add_connection_arguments, owner_from

MARKS = {Level.OK: "ok", Level.WARNING: "!!", Level.FAULT: "XX", Level.SKIPPED: "--"}


class Command(ZCRMCommand):
    """Examine one connection step by step; end with an error if there is a fault."""

    help = (
        "Find out why a Zoho connection does not work: settings, names, TLS, clock, client, "
        "tokens, scopes, a live call. It recommends fixes, shows no secret, and ends with an error "
        "when calls cannot work. It requests at most one access token from Zoho."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_connection_arguments(parser)
        parser.add_argument("--json", action="store_true", help="one JSON list, for programs")

    def handle(self, *args: Any, identifier: str, user: str, owner: str, **options: Any) -> None:
        """Print the findings. Raises CommandError if there is a fault."""
        findings = []
        for finding in diagnose(identifier, owner_from(identifier, user, owner)):
            findings.append(finding)
            if not options["json"]:
                self._say(finding)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2))
        faults = sum(finding.level is Level.FAULT for finding in findings)
        if faults:
            raise CommandError(
                ngettext("There is %(count)d fault.", "There are %(count)d faults.", faults)
                % {"count": faults}
            )
        if not options["json"]:
            self.stdout.write(self.style.SUCCESS(_("Nothing prevents calls.")))

    def _say(self, finding: Finding) -> None:
        style = {
            Level.OK: self.style.SUCCESS,
            Level.WARNING: self.style.WARNING,
            Level.FAULT: self.style.ERROR,
            Level.SKIPPED: self.style.NOTICE,
        }[finding.level]
        self.stdout.write(f"{style(MARKS[finding.level])}  {finding.step}: {finding.words}")
        if finding.advice:
            self.stdout.write(f"    -> {finding.advice}")
