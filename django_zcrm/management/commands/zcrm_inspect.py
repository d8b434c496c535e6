"""Write classes of records from an organisation's metadata, or check existing classes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...exceptions import ApiError
from ...records import mirrored
from ...records.drift import differences
from ...records.inspecting import FoundField, is_generated, parse_fields, source
from ...records.merging import describe_owners, merge_fields
from ...records.meta import registered_classes
from ...transfer.errors import cannot_write
from ...zoho.client import Client
from ..base import (
    ZCRMCommand,
    add_connection_arguments,
    check_writable,
    client_from,
)
from ..declared import Declared, collect_declared

STARTAPP = "from django.db import models"
"""All that there is in the models.py of a new app, apart from a comment."""


class Command(ZCRMCommand):
    """Fetch the fields of modules; write classes, or compare the fields with existing classes."""

    help = (
        "Write a class of records for each module, to standard output or a file. With --check, "
        "show instead where the organisation's fields differ from those that the project's classes "
        "and mirrored models declare, and end with exit code 1 if there is such a field. "
        "No record is read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("modules", nargs="*", metavar="MODULE", help="API names, as in Leads")
        add_connection_arguments(parser, is_repeatable=True)
        parser.add_argument(
            "-o", "--output", metavar="FILE", help="file to write (default: standard output)"
        )
        parser.add_argument(
            "--mirror",
            action="store_true",
            help="write models for django_zcrm.mirror instead; --identifier, --user or --owner may "
            "be repeated, and comments name the fields that not all organisations have",
        )
        parser.add_argument(
            "--check", action="store_true", help="compare with the classes that the project has"
        )
        parser.add_argument(
            "--classes",
            action="append",
            default=[],
            metavar="PATH",
            help="with --check: the Python module whose classes are compared, as in shop.zoho; "
            "repeatable (default: all that the project has imported)",
        )

    def handle(
        self,
        *args: Any,
        modules: list[str],
        identifier: str | list[str],
        user: str | list[str],
        owner: str | list[str],
        output: str | None,
        mirror: bool,
        check: bool,
        classes: list[str],
        **options: Any,
    ) -> None:
        """Write the classes, or check them. Raises CommandError."""
        if check and (output is not None or mirror):
            raise CommandError(_("--check writes nothing: leave out --output and --mirror."))
        if classes and not check:
            raise CommandError(_("--classes needs --check."))
        selected = _select_connections(identifier, user, owner)
        if len(selected) > 1 and not mirror:
            raise CommandError(_("Several connections need --mirror."))
        if check:
            declared = _choose_classes(modules, classes)
            self._check(client_from(*selected[0]), declared)
            return
        if not modules:
            raise CommandError(_("Name the modules, as in: manage.py zcrm_inspect Leads Contacts"))
        path = None if output is None else Path(output)
        if path is not None:
            _check_replaceable(path, mirrored.is_generated if mirror else is_generated)
        clients = {"".join(options): client_from(*options) for options in selected}
        by_module, only_in = _inspect(clients, modules)
        text = mirrored.source(by_module, only_in) if mirror else source(by_module)
        if path is None:
            self.stdout.write(text, ending="")
            return
        _write(path, text)
        self.stdout.write(
            ngettext(
                "%(path)s has %(count)d class", "%(path)s has %(count)d classes", len(by_module)
            )
            % {"path": path, "count": len(by_module)}
        )

    def _check(self, client: Client, classes: Sequence[Declared]) -> None:
        by_module: dict[str, list[FoundField] | None] = {}
        drifted = 0
        for declared in classes:
            module, declaring = declared.module, declared.declaring
            if module not in by_module:
                by_module[module] = _fields_if_there(client, module)
            fields = by_module[module]
            lines = [f"gone: {module}"] if fields is None else declared.differences(fields)
            drifted += bool(lines)
            name = f"{declaring.__module__}.{declaring.__qualname__} ({module})"
            if not lines:
                self.stdout.write(f"{self.style.SUCCESS('ok')}  {name}")
                continue
            self.stdout.write(f"{self.style.ERROR('XX')}  {name}")
            for line in lines:
                self.stdout.write(f"    {line}")
        if drifted:
            raise CommandError(
                ngettext(
                    "%(count)d class no longer fits the organisation.",
                    "%(count)d classes no longer fit the organisation.",
                    drifted,
                )
                % {"count": drifted}
            )


def _select_connections(
    identifier: str | list[str], user: str | list[str], owner: str | list[str]
) -> list[tuple[str, str, str]]:
    """Return the arguments of `client_from` for each connection; without options, for the default.

    Values are texts, or lists of the repeated options.
    """
    identifiers, users, owners = (
        [value] * bool(value) if isinstance(value, str) else value
        for value in (identifier, user, owner)
    )
    if sum(map(bool, (identifiers, users, owners))) > 1:
        raise CommandError(_("Give only one of --identifier, --user and --owner."))
    selected = [(name, "", "") for name in identifiers]
    selected += [("", name, "") for name in users]
    selected += [("", "", name) for name in owners]
    return list(dict.fromkeys(selected)) or [("", "", "")]


def _inspect(
    clients: Mapping[str, Client], modules: Sequence[str]
) -> tuple[dict[str, list[FoundField]], dict[str, str]]:
    """Return the fields of modules, and comments on those that not all organisations have."""
    by_module: dict[str, list[FoundField]] = {}
    only_in: dict[str, str] = {}
    for module in dict.fromkeys(modules):
        if len(clients) == 1:
            by_module[module] = _fields_of(next(iter(clients.values())), module)
            continue
        fields_by_client = {
            name: _fields_if_there(client, module) for name, client in clients.items()
        }
        there = {name: fields for name, fields in fields_by_client.items() if fields is not None}
        if not there:
            raise CommandError(
                _("None of these organisations has the module %(module)s.") % {"module": module}
            )
        by_module[module] = merge_fields(there)
        only_in[module] = describe_owners(list(there), len(clients))
    return by_module, only_in


def _choose_classes(modules: Sequence[str], paths: Sequence[str]) -> list[Declared]:
    declared_ids = {id(value) for path in paths for value in vars(_import_module(path)).values()}
    record_classes = [
        Declared(record_class, record_class._meta.module, partial(differences, record_class))
        for record_class in registered_classes()
    ]
    classes = [
        declared
        for declared in [*record_classes, *collect_declared()]
        if (not paths or id(declared.declaring) in declared_ids)
        and (not modules or declared.module in modules)
    ]
    missing = sorted({*modules} - {declared.module for declared in classes})
    if missing or not classes:
        raise CommandError(
            _(
                "The project has no typed record for %(modules)s; name the Python module that "
                "has it, as in --classes shop.zoho"
            )
            % {"modules": ", ".join(missing) or _("any module")}
        )
    return classes


def _import_module(path: str) -> ModuleType:
    try:
        return import_module(path)
    except ImportError as error:
        raise CommandError(
            _("%(path)s cannot be imported: %(error)s") % {"path": path, "error": error}
        ) from error


def _fields_of(client: Client, module: str) -> list[FoundField]:
    try:
        return parse_fields(module, client.fields.list(module))
    except ApiError as error:
        raise CommandError(f"{module}: {error}") from error


def _fields_if_there(client: Client, module: str) -> list[FoundField] | None:
    """Return the fields of a module; None if the organisation has no such module (any more)."""
    try:
        return _fields_of(client, module)
    except CommandError as error:
        cause = error.__cause__
        if isinstance(cause, ApiError) and cause.code == "INVALID_MODULE":
            return None
        raise


def _check_replaceable(path: Path, is_own: Callable[[str], bool]) -> None:
    """Raise CommandError for a file that is not writable, or not generated by this command."""
    check_writable(path)  # before the calls, which cost credits
    if not path.is_file():
        return
    text = path.read_text("utf-8", "replace")
    if not is_own(text) and not _is_blank(text):
        raise CommandError(
            _(
                "%(path)s was not written by zcrm_inspect, so it was not overwritten: name "
                "another file, or leave out --output and copy what you need."
            )
            % {"path": path}
        )


def _is_blank(text: str) -> bool:
    """Return whether a file is empty or the models.py that `startapp` creates."""
    return text.replace("# Create your models here.", "").strip() in ("", STARTAPP)


def _write(path: Path, text: str) -> None:
    """Write a file atomically: no reader sees a partly written file."""
    if path.exists() and not path.is_file():  # a pipe or the like
        path.write_text(text, "utf-8")
        return
    target = path.resolve()
    part = target.with_name(f"{target.name}.part")
    try:
        part.write_text(text, "utf-8")
        os.replace(part, target)
    except OSError as error:  # such as a full disk
        part.unlink(missing_ok=True)
        raise cannot_write(path, error) from error
