"""Write an organisation's modules and fields to a file that the emulator can load."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...exceptions import Forbidden, Invalid, NotFound
from ...transfer.errors import cannot_write
from ...zoho.client import Client
from ...zoho.text import replace_surrogates
from ..base import (
    ZCRMCommand,
    add_connection_arguments,
    check_writable,
    client_from,
)
from ..output import closing_silently

WITH_RECORDS = frozenset({"default", "custom", "subform", "linking"})
"""Kinds of modules whose fields are worth exporting (Zoho's generated_type)."""


class Command(ZCRMCommand):
    """Fetch modules and fields, and write them as JSON. No record is read."""

    is_batch = True
    help = (
        "Write the modules and fields of an organisation as JSON, which zcrm_emulator --import "
        "takes. No record is read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("output", nargs="?", help="file to write (default: standard output)")
        add_connection_arguments(parser)
        parser.add_argument(
            "--module", action="append", dest="modules", help="only this module; repeatable"
        )

    def handle(
        self,
        *args: Any,
        output: str | None,
        identifier: str,
        user: str,
        owner: str,
        modules: list[str] | None,
        **options: Any,
    ) -> None:
        """Write the file. Raises CommandError."""
        path = None if output is None else Path(output)
        if path is not None:
            check_writable(path)  # before the calls, which cost credits
        metadata = self._read(client_from(identifier, user, owner), modules)
        text = replace_surrogates(json.dumps(metadata, indent=1, ensure_ascii=False) + "\n")
        if path is None:
            with closing_silently():
                self.data_stream.write(text)
            return
        try:
            path.write_text(text, "utf-8")
        except OSError as error:  # such as a full disk
            raise cannot_write(path, error) from error
        count = sum(map(len, metadata["fields"].values()))
        self.stdout.write(
            _("%(modules)s with %(fields)s")
            % {"modules": _modules(len(metadata["fields"])), "fields": _fields(count)}
        )

    def _read(self, client: Client, module_names: list[str] | None) -> dict[str, Any]:
        modules = [
            dict(module)
            for module in client.modules.list()
            if module.get("api_supported")
            and module.get("generated_type") in WITH_RECORDS
            and (module_names is None or module["api_name"] in module_names)
        ]
        if module_names and (
            unknown := set(module_names) - {module["api_name"] for module in modules}
        ):
            raise CommandError(f"There is no module {min(unknown)!r}.")
        fields = {}
        for module in modules:
            try:
                module_fields = client.fields.list(str(module["api_name"]))
            except (Forbidden, Invalid, NotFound) as error:
                # Zoho refuses to show the fields of some modules that it lists.
                self.stderr.write(f"{module['api_name']} left out: {error}")
                continue
            fields[str(module["api_name"])] = [dict(field) for field in module_fields]
        return {"modules": modules, "fields": fields}


def _modules(count: int) -> str:
    return ngettext("%(count)d module", "%(count)d modules", count) % {"count": count}


def _fields(count: int) -> str:
    return ngettext("%(count)d field", "%(count)d fields", count) % {"count": count}
