"""List the operations of Zoho's API and the calls that perform them."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ...zoho.catalogue.operations import CatalogueEntry, entries
from ..base import ZCRMCommand


class Command(ZCRMCommand):
    """Print all operations, or those that contain all of the given words."""

    help = "List what crm.<resource>.<method>(...) can do: call, HTTP method, path, scopes."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "words", nargs="*", help="show only operations that contain all of these words"
        )
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, words: list[str], format: str, **options: Any) -> None:
        """Print the operations. Raises CommandError when there are none."""
        matching = [entry for entry in entries() if entry.matches(words)]
        if format == "json":
            self.stdout.write(json.dumps([_facts(entry) for entry in matching], indent=2))
        elif not matching:
            raise CommandError(f"No operation contains {' and '.join(words)}.")
        else:
            for entry in matching:
                self._show(entry)

    def _show(self, entry: CatalogueEntry) -> None:
        operation = entry.operation
        self.stdout.write(self.style.MIGRATE_HEADING(entry.call))
        self.stdout.write(f"    {operation.method} {operation.path}")
        self.stdout.write(f"    {entry.summary}")
        self.stdout.write(f"    {', '.join(operation.scopes) or 'no scope is published'}")


def _facts(entry: CatalogueEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "call": entry.call,
        "method": entry.operation.method,
        "path": entry.operation.path,
        "envelope": entry.operation.key,
        "scopes": list(entry.operation.scopes),
        "since": entry.operation.since,
        "manual": entry.manual,
        "summary": entry.summary,
    }
