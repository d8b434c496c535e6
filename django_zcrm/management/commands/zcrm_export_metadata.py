"""Write an organisation's modules and fields to a file, for an emulator that should be like it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...clients import zcrm
from ...exceptions import ApiError, ZCRMError
from ...zoho.client import Client

WITH_RECORDS = frozenset({"default", "custom", "subform", "linking"})
"""Kinds of modules whose fields are worth exporting (Zoho's generated_type)."""


class Command(BaseCommand):
    """Fetch modules and fields, and write them as JSON. No record is read."""

    help = (
        "Write the modules and fields of an organisation as JSON, which zcrm_emulator --import "
        "takes. No record is read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("output", nargs="?", help="file to write (default: standard output)")
        parser.add_argument(
            "--identifier", default="", help="user_identifier of the connection to ask through"
        )
        parser.add_argument(
            "--module", action="append", dest="modules", help="only this module; repeatable"
        )

    def handle(
        self,
        *args: Any,
        output: str | None,
        identifier: str,
        modules: list[str] | None,
        **options: Any,
    ) -> None:
        """Write the file. Raises CommandError."""
        try:
            client = zcrm.for_identifier(identifier) if identifier else zcrm.default()
            found = self._read(client, modules)
        except ZCRMError as error:
            raise CommandError(str(error)) from None
        text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
        if output is None:
            sys.stdout.write(text)
            return
        Path(output).write_text(text, "utf-8")
        count = sum(map(len, found["fields"].values()))
        self.stdout.write(f"{len(found['fields'])} modules with {count} fields")

    def _read(self, client: Client, wanted: list[str] | None) -> dict[str, Any]:
        modules = [
            dict(module)
            for module in client.modules.list()
            if module.get("api_supported")
            and module.get("generated_type") in WITH_RECORDS
            and (wanted is None or module["api_name"] in wanted)
        ]
        if wanted and (unknown := set(wanted) - {module["api_name"] for module in modules}):
            raise CommandError(f"There is no module {min(unknown)!r}.")
        fields = {}
        for module in modules:
            try:
                found = client.fields.list(str(module["api_name"]))
            except ApiError as error:
                # Zoho refuses to show the fields of some modules that it lists.
                self.stderr.write(f"{module['api_name']} left out: {error}")
                continue
            fields[str(module["api_name"])] = [dict(field) for field in found]
        return {"modules": modules, "fields": fields}
